#include "driver/ops/address.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>

namespace aside::inline ASIDE_ABI::detail {

int parse_address(std::string_view text, connect_op::address& into, bool needs_port) noexcept {
  std::string_view host = text;
  std::string_view port = needs_port ? "" : "0";
  if (!text.empty() && text.front() == '[') {
    const std::size_t end = text.find(']');
    if (end == std::string_view::npos) return EINVAL;
    host = text.substr(1, end - 1);
    const std::string_view rest = text.substr(end + 1);
    if (!rest.empty()) {
      if (rest.front() != ':') return EINVAL;
      port = rest.substr(1);
    }
  } else if (const std::size_t colon = text.rfind(':');
             colon != std::string_view::npos && (needs_port || text.find(':') == colon)) {
    host = text.substr(0, colon);
    port = text.substr(colon + 1);
  }
  std::uint16_t number = 0;
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
  if (error != std::errc() || end != port.data() + port.size() || port.empty()) return EINVAL;

  std::array<char, INET6_ADDRSTRLEN> name{};
  if (host.size() >= name.size() || host.find('\0') != host.npos) return EINVAL;
  std::memcpy(name.data(), host.data(), host.size());
  sockaddr_in v4{};
  if (::inet_pton(AF_INET, name.data(), &v4.sin_addr) == 1) {
    v4.sin_family = AF_INET;
    v4.sin_port = htons(number);
    std::memcpy(into.bytes, &v4, sizeof v4);
    into.size = sizeof v4;
    return 0;
  }
  sockaddr_in6 v6{};
  if (::inet_pton(AF_INET6, name.data(), &v6.sin6_addr) == 1) {
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(number);
    static_assert(sizeof v6 <= sizeof into.bytes);
    std::memcpy(into.bytes, &v6, sizeof v6);
    into.size = sizeof v6;
    return 0;
  }
  return EINVAL;
}

std::uint16_t port_of(int fd) noexcept {
  sockaddr_storage a{};
  socklen_t size = sizeof a;
  if (::getsockname(fd, reinterpret_cast<sockaddr*>(&a), &size) != 0) return 0;
  if (a.ss_family == AF_INET) return ntohs(reinterpret_cast<const sockaddr_in&>(a).sin_port);
  return ntohs(reinterpret_cast<const sockaddr_in6&>(a).sin6_port);
}

}  // namespace aside::inline ASIDE_ABI::detail
