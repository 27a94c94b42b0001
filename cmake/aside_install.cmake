# cmake --install: find_package(aside [COMPONENTS http compute]) and pkg-config.
include(CMakePackageConfigHelpers)

set(config_dir "${CMAKE_INSTALL_LIBDIR}/cmake/aside")
install(TARGETS aside EXPORT aside_targets
  FILE_SET HEADERS DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
install(EXPORT aside_targets NAMESPACE aside:: DESTINATION "${config_dir}")

set(aside_components "")
if(TARGET aside_http)
  list(APPEND aside_components http)
  install(TARGETS aside_http EXPORT aside_http_targets
    FILE_SET HEADERS DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
  install(EXPORT aside_http_targets NAMESPACE aside:: DESTINATION "${config_dir}")
endif()

if(TARGET aside_compute)
  list(APPEND aside_components compute)
  install(TARGETS aside_compute EXPORT aside_compute_targets
    FILE_SET HEADERS DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
  install(EXPORT aside_compute_targets NAMESPACE aside:: DESTINATION "${config_dir}")
endif()
list(JOIN aside_components ", " aside_components)
if(NOT aside_components)
  set(aside_components "none")
endif()

get_property(ASIDE_SYSTEM_LLHTTP GLOBAL PROPERTY ASIDE_SYSTEM_LLHTTP)
configure_package_config_file(
  "${PROJECT_SOURCE_DIR}/cmake/asideConfig.cmake.in" "${PROJECT_BINARY_DIR}/asideConfig.cmake"
  INSTALL_DESTINATION "${config_dir}")
write_basic_package_version_file("${PROJECT_BINARY_DIR}/asideConfigVersion.cmake"
  COMPATIBILITY SameMinorVersion)
install(FILES
  "${PROJECT_BINARY_DIR}/asideConfig.cmake"
  "${PROJECT_BINARY_DIR}/asideConfigVersion.cmake"
  "${PROJECT_SOURCE_DIR}/cmake/Findliburing.cmake"
  DESTINATION "${config_dir}")

set(ASIDE_PC_CFLAGS "")
set(ASIDE_PC_REQUIRES "Requires")  # a static library's users link what it needs
if(BUILD_SHARED_LIBS)
  set(ASIDE_PC_REQUIRES "Requires.private")
  set(ASIDE_PC_CFLAGS " -DASIDE_SHARED")
endif()
configure_file("${PROJECT_SOURCE_DIR}/aside.pc.in" "${PROJECT_BINARY_DIR}/aside.pc" @ONLY)
install(FILES "${PROJECT_BINARY_DIR}/aside.pc" DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig")
if(TARGET aside_http)
  set(ASIDE_HTTP_PC_REQUIRES "")
  if(ASIDE_SYSTEM_LLHTTP AND NOT BUILD_SHARED_LIBS)
    set(ASIDE_HTTP_PC_REQUIRES ", libllhttp")
  endif()
  configure_file("${PROJECT_SOURCE_DIR}/cmake/aside-http.pc.in"
    "${PROJECT_BINARY_DIR}/aside-http.pc" @ONLY)
  install(FILES "${PROJECT_BINARY_DIR}/aside-http.pc"
    DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig")
endif()
if(TARGET aside_compute)
  configure_file("${PROJECT_SOURCE_DIR}/cmake/aside-compute.pc.in"
    "${PROJECT_BINARY_DIR}/aside-compute.pc" @ONLY)
  install(FILES "${PROJECT_BINARY_DIR}/aside-compute.pc"
    DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig")
endif()
