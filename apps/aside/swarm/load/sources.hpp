#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace aside_app::load {

/// Adds the addresses that `text` names to `into`: one numeric address, or a range of IPv4 addresses
/// such as 127.0.0.2-127.0.0.9. Returns what is wrong with it, empty when nothing is.
std::string add_sources(std::string_view text, std::vector<std::string>& into);

}  // namespace aside_app::load
