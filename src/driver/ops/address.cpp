#include "driver/ops/address.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <stdexcept>
#include <string>
#include <system_error>

namespace aside::inline ASIDE_ABI::detail {

namespace {

int parse(std::string_view text, connect_op::address& into, bool needs_port) noexcept {
  std::string_view host = text;
  std::string_view port = needs_port ? "" : "0";
  const bool in_brackets = !text.empty() && text.front() == '[';
  if (in_brackets) {
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

  std::uint32_t link = 0;
  const std::size_t percent = host.find('%');
  if (percent != std::string_view::npos) {
    const std::string_view digits = host.substr(percent + 1);
    const auto [last, wrong] = std::from_chars(digits.data(), digits.data() + digits.size(), link);
    if (wrong != std::errc() || last != digits.data() + digits.size()) return EINVAL;
    host = host.substr(0, percent);
  }

  std::array<char, INET6_ADDRSTRLEN> name{};
  if (host.size() >= name.size() || host.find('\0') != host.npos) return EINVAL;
  std::memcpy(name.data(), host.data(), host.size());
  sockaddr_in v4{};
  if (::inet_pton(AF_INET, name.data(), &v4.sin_addr) == 1) {
    if (percent != std::string_view::npos) return EINVAL;
    v4.sin_family = AF_INET;
    v4.sin_port = htons(number);
    std::memcpy(into.bytes, &v4, sizeof v4);
    into.size = sizeof v4;
    return 0;
  }
  sockaddr_in6 v6{};
  if (::inet_pton(AF_INET6, name.data(), &v6.sin6_addr) == 1) {
    if (needs_port && !in_brackets) {
      into.lacks_brackets = true;
      return EINVAL;
    }
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(number);
    v6.sin6_scope_id = link;
    static_assert(sizeof v6 <= sizeof into.bytes);
    std::memcpy(into.bytes, &v6, sizeof v6);
    into.size = sizeof v6;
    return 0;
  }
  return EINVAL;
}

/// Keeps what fits of a text that is no address, for throw_at_address.
void keep_text(std::string_view text, connect_op::address& into) noexcept {
  auto* const to = reinterpret_cast<char*>(into.bytes);
  const std::size_t n = std::min(text.size(), sizeof into.bytes);
  std::transform(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(n), to,
                 [](char c) { return c >= ' ' && c <= '~' ? c : '?'; });
  if (n < text.size()) std::memcpy(to + n - 3, "...", 3);
  into.size = static_cast<std::uint16_t>(n);
  into.is_text = true;
}

std::string text_of(const connect_op::address& a) {
  if (a.is_text) return '"' + std::string(reinterpret_cast<const char*>(a.bytes), a.size) + '"';
  std::array<char, INET6_ADDRSTRLEN> name{};
  if (sockaddr_of(a)->sa_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(a.bytes);
    ::inet_ntop(AF_INET, &v4.sin_addr, name.data(), name.size());
    return name.data() + (":" + std::to_string(ntohs(v4.sin_port)));
  }
  const auto& v6 = reinterpret_cast<const sockaddr_in6&>(a.bytes);
  ::inet_ntop(AF_INET6, &v6.sin6_addr, name.data(), name.size());
  std::string text = "[" + std::string(name.data());
  if (v6.sin6_scope_id != 0) text += "%" + std::to_string(v6.sin6_scope_id);
  return text + "]:" + std::to_string(ntohs(v6.sin6_port));
}

/// What to write instead of a text that is no address.
std::string advice_for(const connect_op::address& a) {
  if (!a.lacks_brackets)
    return "; a numeric ADDRESS:PORT is wanted, such as 127.0.0.1:80 or [::1]:80";
  const std::string_view text(reinterpret_cast<const char*>(a.bytes), a.size);
  const std::size_t colon = text.rfind(':');
  std::string advice = "; an IPv6 address with a port stands in brackets: write ";
  if (text.ends_with("...")) return advice + "[ADDRESS]:PORT";
  return advice.append("[").append(text.substr(0, colon)).append("]").append(text.substr(colon));
}

/// fe80::/10 means something on one link only.
bool lacks_link(const connect_op::address& a) noexcept {
  if (a.is_text || sockaddr_of(a)->sa_family != AF_INET6) return false;
  const auto& v6 = reinterpret_cast<const sockaddr_in6&>(a.bytes);
  return v6.sin6_scope_id == 0 && IN6_IS_ADDR_LINKLOCAL(&v6.sin6_addr);
}
std::string link_advice(const connect_op::address& a) {
  const std::string text = text_of(a);
  const std::size_t end = text.rfind(']');
  return "; a link-local address needs the number of its link, which `ip link` shows: write " +
         text.substr(0, end) + "%2" + text.substr(end) + " for link 2";
}

/// A system_error that also says what to do.
class explained final : public std::system_error {
 public:
  explained(int error, const std::string& doing, const char* advice)
      : system_error(error, std::system_category(), doing),
        text_(std::string(system_error::what()) + advice) {}
  [[nodiscard]] const char* what() const noexcept override { return text_.what(); }

 private:
  std::runtime_error text_;  // a string whose copies do not throw
};

}  // namespace

int parse_address(std::string_view text, connect_op::address& into, bool needs_port) noexcept {
  const int error = parse(text, into, needs_port);
  if (error != 0) keep_text(text, into);
  return error;
}

void throw_at_address(int error, const char* operation, const connect_op::address& a,
                      const connect_op::address* from) {
  std::string doing = operation + (" " + text_of(a));
  if (from != nullptr) doing += " from " + text_of(*from);
  std::string advice;
  if (a.is_text)
    advice = advice_for(a);
  else if (error == EADDRINUSE && from == nullptr)
    advice = "; is another server running?";
  else if (error == EINVAL && lacks_link(a))
    advice = link_advice(a);
  throw_explained(error, doing, advice.c_str());
}

void throw_explained(int error, const std::string& doing, const char* advice) {
  throw explained(error, doing, advice);
}

std::uint16_t port_of(int fd) noexcept {
  sockaddr_storage a{};
  socklen_t size = sizeof a;
  if (::getsockname(fd, reinterpret_cast<sockaddr*>(&a), &size) != 0) return 0;
  if (a.ss_family == AF_INET) return ntohs(reinterpret_cast<const sockaddr_in&>(a).sin_port);
  return ntohs(reinterpret_cast<const sockaddr_in6&>(a).sin6_port);
}

}  // namespace aside::inline ASIDE_ABI::detail
