#include "text/colours.hpp"

#include <unistd.h>
#include <cstdlib>
#include <string_view>

namespace aside_app {

bool can_redraw(int descriptor) noexcept {
  const char* terminal = std::getenv("TERM");
  const bool dumb = terminal == nullptr || std::string_view{terminal} == "dumb";
  return isatty(descriptor) != 0 && !dumb;
}

colours colours::of(int descriptor) {
  const char* refused = std::getenv("NO_COLOR");
  if (!can_redraw(descriptor) || (refused != nullptr && *refused != '\0')) return {};
  return {"\033[1m", "\033[2m", "\033[32m", "\033[0m"};
}

}  // namespace aside_app
