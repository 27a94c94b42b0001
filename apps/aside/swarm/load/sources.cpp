#include "swarm/load/sources.hpp"

#include <arpa/inet.h>

#include <array>
#include <cstdint>
#include <optional>

namespace aside_app::load {
namespace {

constexpr std::uint32_t most_of_a_range = 1'024;

std::optional<std::uint32_t> ipv4(const std::string& text) {
  in_addr bytes{};
  if (inet_pton(AF_INET, text.c_str(), &bytes) != 1) return std::nullopt;
  return ntohl(bytes.s_addr);
}

bool is_ipv6(const std::string& text) {
  in6_addr bytes{};
  return inet_pton(AF_INET6, text.c_str(), &bytes) == 1;
}

std::string text_of(std::uint32_t address) {
  std::array<char, INET_ADDRSTRLEN> text{};
  const in_addr bytes{htonl(address)};
  inet_ntop(AF_INET, &bytes, text.data(), text.size());
  return text.data();
}

}  // namespace

std::string add_sources(std::string_view text, std::vector<std::string>& into) {
  const std::string whole{text};
  const auto dash = whole.find('-');
  if (dash == std::string::npos) {
    if (!ipv4(whole) && !is_ipv6(whole))
      return "'" + whole + "' is no numeric address such as 127.0.0.2, and no range of them such as "
             "127.0.0.2-127.0.0.9";
    into.push_back(whole);
    return {};
  }
  const auto first = ipv4(whole.substr(0, dash));
  const auto last = ipv4(whole.substr(dash + 1));
  if (!first || !last || *last < *first || *last - *first >= most_of_a_range)
    return "'" + whole + "' is no range of at most 1,024 addresses such as 127.0.0.2-127.0.0.9";
  for (std::uint32_t i = 0; i <= *last - *first; ++i)
    into.push_back(text_of(*first + i));
  return {};
}

}  // namespace aside_app::load
