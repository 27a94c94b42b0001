# llhttp parses HTTP/1: a system library where there is one, otherwise the C sources that Debian
# ships in node-llhttp, compiled in strict mode into the component. Its header stays private.
find_package(PkgConfig QUIET)
if(PkgConfig_FOUND)
  pkg_check_modules(LLHTTP QUIET IMPORTED_TARGET libllhttp)
endif()

if(NOT LLHTTP_FOUND)
  find_path(ASIDE_LLHTTP_SOURCE_DIR llhttp.c PATHS /usr/share/llhttp NO_DEFAULT_PATH)
  find_path(ASIDE_LLHTTP_INCLUDE_DIR llhttp.h
    PATHS /usr/share/include/llhttp NO_DEFAULT_PATH)
  mark_as_advanced(ASIDE_LLHTTP_SOURCE_DIR ASIDE_LLHTTP_INCLUDE_DIR)
  if(NOT ASIDE_LLHTTP_SOURCE_DIR OR NOT ASIDE_LLHTTP_INCLUDE_DIR)
    message(FATAL_ERROR "aside::http needs llhttp, found neither pkg-config's libllhttp nor "
      "Debian's sources: apt-get install node-llhttp, or configure with -DASIDE_HTTP=OFF")
  endif()
endif()

function(aside_use_llhttp target)
  if(LLHTTP_FOUND)
    target_link_libraries(${target} PRIVATE PkgConfig::LLHTTP)
    set_property(GLOBAL PROPERTY ASIDE_SYSTEM_LLHTTP ON)
    return()
  endif()
  add_library(aside_llhttp OBJECT
    "${ASIDE_LLHTTP_SOURCE_DIR}/llhttp.c"
    "${ASIDE_LLHTTP_SOURCE_DIR}/api.c"
    "${ASIDE_LLHTTP_SOURCE_DIR}/http.c")
  set_target_properties(aside_llhttp PROPERTIES
    C_VISIBILITY_PRESET hidden
    POSITION_INDEPENDENT_CODE ON)
  target_include_directories(aside_llhttp PRIVATE "${ASIDE_LLHTTP_INCLUDE_DIR}")
  target_compile_definitions(aside_llhttp PRIVATE LLHTTP_STRICT_MODE=1)
  target_compile_options(aside_llhttp PRIVATE -w ${aside_prefix_map})
  target_sources(${target} PRIVATE "$<TARGET_OBJECTS:aside_llhttp>")
  target_include_directories(${target} SYSTEM PRIVATE "${ASIDE_LLHTTP_INCLUDE_DIR}")
  target_compile_definitions(${target} PRIVATE LLHTTP_STRICT_MODE=1)
endfunction()
