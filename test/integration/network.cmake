# descriptors_*, reset_peers_test and hostile_env_test: servers under hostile peers and in hostile environments.
function(aside_add_network_test stem)
  set(target "integration_${stem}")
  add_executable(${target} "${CMAKE_CURRENT_SOURCE_DIR}/${stem}.cpp")
  set_target_properties(${target} PROPERTIES
    RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/test")
  target_include_directories(${target} PRIVATE "${PROJECT_SOURCE_DIR}/src" "${PROJECT_SOURCE_DIR}/test")
  target_link_libraries(${target} PRIVATE test_main aside_for_tests)
  aside_flags(${target})
  target_compile_options(${target} PRIVATE ${test_options})
  target_precompile_headers(${target} REUSE_FROM test_main)
  foreach(engine IN ITEMS epoll uring)
    set(name "integration/${stem}@${engine}")
    add_test(NAME "${name}" COMMAND ${target} ${ARGN})
    set_tests_properties("${name}" PROPERTIES
      LABELS "integration;${engine}" TIMEOUT 300 SKIP_RETURN_CODE 77 RUN_SERIAL ON
      ENVIRONMENT "ASIDE_ENGINE=${engine}")
    if(ASIDE_SANITIZE MATCHES "thread" AND stem MATCHES "^descriptors")
      # It takes one number in two tables for one descriptor, and its symbolizer's pipe is in one only.
      set_tests_properties("${name}" PROPERTIES FAIL_REGULAR_EXPRESSION "Location is [^f]"
        ENVIRONMENT "ASIDE_ENGINE=${engine};TSAN_OPTIONS=symbolize=0:exitcode=0")
    endif()
  endforeach()
endfunction()

aside_add_network_test(descriptors_test)
aside_add_network_test(descriptors_elsewhere_test)
aside_add_network_test(hostile_env_test)
aside_add_network_test(reset_peers_test)
