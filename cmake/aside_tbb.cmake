# oneTBB runs the calls of aside::compute, and is what they may use inside.
find_package(TBB CONFIG QUIET)
set(ASIDE_HAS_TBB ${TBB_FOUND})
if(NOT TBB_FOUND AND (ASIDE_TESTS OR NOT ASIDE_COMPUTE STREQUAL "AUTO"))
  message(FATAL_ERROR "aside::compute needs oneTBB: on Debian, apt-get install libtbb-dev, or "
    "configure with -DASIDE_COMPUTE=OFF")
endif()
