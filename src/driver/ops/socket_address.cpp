#include <aside/net/socket_address.hpp>

#include "driver/ops/address.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <array>
#include <cstring>

namespace aside::inline ASIDE_ABI {

namespace {

/// The parts of an address in the order in which addresses are compared.
struct parts {
  sa_family_t family = 0;
  std::array<unsigned char, 16> address{};
  std::uint32_t link = 0;
  std::uint16_t port = 0;
};

parts parts_of(const void* data, std::size_t size) noexcept {
  parts p;
  if (size == sizeof(sockaddr_in)) {
    sockaddr_in v4;
    std::memcpy(&v4, data, sizeof v4);
    p.family = AF_INET;
    std::memcpy(p.address.data(), &v4.sin_addr, sizeof v4.sin_addr);
    p.port = ntohs(v4.sin_port);
  } else if (size == sizeof(sockaddr_in6)) {
    sockaddr_in6 v6;
    std::memcpy(&v6, data, sizeof v6);
    p.family = AF_INET6;
    std::memcpy(p.address.data(), &v6.sin6_addr, sizeof v6.sin6_addr);
    p.link = v6.sin6_scope_id;
    p.port = ntohs(v6.sin6_port);
  }
  return p;
}

}  // namespace

std::expected<socket_address, std::error_code> socket_address::parse(
    std::string_view text) noexcept {
  const auto invalid = std::unexpected(std::error_code(EINVAL, std::system_category()));
  detail::connect_op::address raw;
  if (detail::parse_address(text, raw) != 0) return invalid;
  socket_address a;
  std::memcpy(a.bytes_, raw.bytes, raw.size);
  a.size_ = static_cast<std::uint8_t>(raw.size);
  return a;
}

socket_address::socket_address(std::string_view text) {
  const auto a = parse(text);
  if (!a) {
    detail::connect_op::address raw;
    static_cast<void>(detail::parse_address(text, raw));
    detail::throw_at_address(EINVAL, "address", raw);
  }
  *this = *a;
}

std::string socket_address::text() const {
  const parts p = parts_of(bytes_, size_);
  if (p.family == 0) return {};
  std::array<char, INET6_ADDRSTRLEN> name{};
  ::inet_ntop(p.family, p.address.data(), name.data(), name.size());
  std::string t = name.data();
  if (p.link != 0) t.append(1, '%').append(std::to_string(p.link));
  if (p.family == AF_INET6) t.insert(0, 1, '[').append(1, ']');
  return t.append(1, ':').append(std::to_string(p.port));
}

std::uint16_t socket_address::port() const noexcept { return parts_of(bytes_, size_).port; }

bool socket_address::is_v6() const noexcept { return size_ == sizeof(sockaddr_in6); }

void socket_address::resize(std::size_t size) noexcept {
  sa_family_t family = AF_UNSPEC;
  if (size >= sizeof family) std::memcpy(&family, bytes_, sizeof family);
  const bool ip = (family == AF_INET && size == sizeof(sockaddr_in)) ||
                  (family == AF_INET6 && size == sizeof(sockaddr_in6));
  size_ = ip ? static_cast<std::uint8_t>(size) : 0;
}

std::strong_ordering operator<=>(const socket_address& a, const socket_address& b) noexcept {
  const parts x = parts_of(a.bytes_, a.size_);
  const parts y = parts_of(b.bytes_, b.size_);
  if (const auto c = x.family <=> y.family; c != 0) return c;
  if (const int c = std::memcmp(x.address.data(), y.address.data(), x.address.size()); c != 0)
    return c <=> 0;
  if (const auto c = x.link <=> y.link; c != 0) return c;
  return x.port <=> y.port;
}

}  // namespace aside::inline ASIDE_ABI
