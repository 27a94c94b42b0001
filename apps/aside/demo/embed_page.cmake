# Writes page.html into a C++ source that defines aside_app::page_html():
#   cmake -DFROM=page.html -DTO=page_html.cpp -P embed_page.cmake
# As hexadecimal numbers: a string literal may not be that long everywhere.
file(READ "${FROM}" hex HEX)
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," numbers "${hex}")
string(REGEX REPLACE "(................................................................................)" "\\1\n" numbers "${numbers}")
file(WRITE "${TO}" "#include \"demo/page_feed.hpp\"

namespace aside_app {
namespace {
constexpr unsigned char text[] = {
${numbers}};
}  // namespace

std::string_view page_html() noexcept { return {reinterpret_cast<const char*>(text), sizeof text}; }

}  // namespace aside_app
")
