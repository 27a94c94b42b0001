# Adds to `sources` the page as a generated C++ source. Included by apps/CMakeLists.txt.
set(page_source "${CMAKE_CURRENT_BINARY_DIR}/page_html.cpp")
add_custom_command(
  OUTPUT "${page_source}"
  COMMAND "${CMAKE_COMMAND}"
    "-DFROM=${CMAKE_CURRENT_LIST_DIR}/page.html" "-DTO=${page_source}"
    -P "${CMAKE_CURRENT_LIST_DIR}/embed_page.cmake"
  DEPENDS "${CMAKE_CURRENT_LIST_DIR}/page.html" "${CMAKE_CURRENT_LIST_DIR}/embed_page.cmake"
  COMMENT "Embedding the demo's page"
  VERBATIM)
list(APPEND sources "${page_source}")
