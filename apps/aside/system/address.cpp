#include "system/address.hpp"

#include <arpa/inet.h>

#include <charconv>

namespace aside_app {

bool is_address(const std::string& text) {
  const auto colon = text.rfind(':');
  if (colon == std::string::npos) return false;
  unsigned port = 0;
  const auto* end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data() + colon + 1, end, port);
  if (error != std::errc{} || at != end || port == 0 || port > 65'535) return false;

  auto host = text.substr(0, colon);
  in6_addr bytes;
  if (host.size() > 2 && host.front() == '[' && host.back() == ']')
    return inet_pton(AF_INET6, host.substr(1, host.size() - 2).c_str(), &bytes) == 1;
  return inet_pton(AF_INET, host.c_str(), &bytes) == 1;
}

}  // namespace aside_app
