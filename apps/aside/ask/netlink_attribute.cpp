#include "ask/netlink_attribute.hpp"

#include <linux/netlink.h>
#include <algorithm>
#include <cstring>

namespace aside_app::ask {

std::span<const std::byte> attribute_in(std::span<const std::byte> body, std::size_t head,
                                        unsigned number) noexcept {
  auto left = body.subspan(std::min(body.size(), head));
  while (left.size() >= sizeof(nlattr)) {
    nlattr attribute;
    std::memcpy(&attribute, left.data(), sizeof attribute);
    const std::size_t length = attribute.nla_len;
    if (length < sizeof attribute || length > left.size()) break;
    if (attribute.nla_type == number)
      return left.subspan(sizeof attribute, length - sizeof attribute);
    constexpr std::size_t unit = NLA_ALIGNTO;
    left = left.subspan(std::min(left.size(), (length + unit - 1) / unit * unit));
  }
  return {};
}

}  // namespace aside_app::ask
