# The reference compiler: clang 22, or clang 19 where 22 is not to be had.
if(NOT CMAKE_CXX_COMPILER AND NOT DEFINED ENV{CXX})
  find_program(ASIDE_CLANGXX NAMES clang++-22 clang++-19 REQUIRED)
  string(REPLACE "clang++" "clang" clang "${ASIDE_CLANGXX}")
  set(CMAKE_C_COMPILER "${clang}")
  set(CMAKE_CXX_COMPILER "${ASIDE_CLANGXX}")
endif()
