# What holds for every target of this project and for none of its users.

if(PROJECT_IS_TOP_LEVEL)
  find_program(CCACHE_PROGRAM ccache)
  if(CCACHE_PROGRAM AND NOT DEFINED CMAKE_CXX_COMPILER_LAUNCHER)
    set(CMAKE_C_COMPILER_LAUNCHER "${CCACHE_PROGRAM}")
    # Without these ccache refuses whatever uses a precompiled header.
    set(CMAKE_CXX_COMPILER_LAUNCHER
      env CCACHE_SLOPPINESS=pch_defines,time_macros "${CCACHE_PROGRAM}")
  endif()
  if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    include(CheckLinkerFlag)
    check_linker_flag(CXX -fuse-ld=lld ASIDE_HAVE_LLD)
    if(ASIDE_HAVE_LLD)
      add_link_options(-fuse-ld=lld)
    endif()
  endif()
  if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
    set(CMAKE_BUILD_TYPE Release CACHE STRING "Release or Debug" FORCE)
  endif()
endif()

if(ASIDE_SANITIZE)
  add_compile_options("-fsanitize=${ASIDE_SANITIZE}" -fno-sanitize-recover=all
    -fno-omit-frame-pointer)
  add_link_options("-fsanitize=${ASIDE_SANITIZE}")
endif()

# No path of the machine that built it lands in a binary.
set(aside_prefix_map
  "-ffile-prefix-map=${PROJECT_SOURCE_DIR}/="
  "-ffile-prefix-map=${PROJECT_BINARY_DIR}=.")
set(aside_warnings -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion)

function(aside_flags target)
  set_target_properties(${target} PROPERTIES
    CXX_EXTENSIONS OFF
    CXX_VISIBILITY_PRESET hidden
    VISIBILITY_INLINES_HIDDEN ON)
  target_compile_options(${target} PRIVATE ${aside_prefix_map})
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND NOT ASIDE_SANITIZE)
    # Without it symmetric transfer grows the native stack at -O0 and -O1.
    target_compile_options(${target} PRIVATE
      "$<$<COMPILE_LANGUAGE:CXX>:-foptimize-sibling-calls>")
  endif()
  if(PROJECT_IS_TOP_LEVEL)
    target_compile_options(${target} PRIVATE ${aside_warnings})
    if(ASIDE_WERROR)
      target_compile_options(${target} PRIVATE -Werror)
    endif()
  endif()
endfunction()
