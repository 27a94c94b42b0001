#include "ask/netlink_attribute.hpp"

#include <gtest/gtest.h>
#include <linux/netlink.h>

#include <string_view>
#include <vector>

namespace aside_test {
namespace {

using aside_app::ask::attribute_in;

/// An attribute as the kernel lays it out: `length` is what its head says.
void add(std::vector<std::byte>& to, std::uint16_t number, std::string_view text,
         std::size_t length) {
  nlattr head{};
  head.nla_len = static_cast<std::uint16_t>(length);
  head.nla_type = number;
  const auto* bytes = reinterpret_cast<const std::byte*>(&head);
  to.insert(to.end(), bytes, bytes + sizeof head);
  const auto* letters = reinterpret_cast<const std::byte*>(text.data());
  to.insert(to.end(), letters, letters + text.size());
  to.resize((to.size() + 3) / 4 * 4);
}

std::string_view text_of(std::span<const std::byte> found) {
  return {reinterpret_cast<const char*>(found.data()), found.size()};
}

TEST(ask_netlink_attribute, is_found_behind_others) {
  std::vector<std::byte> body(8);
  add(body, 1, "abc", 7);
  add(body, 3, "peer", 8);
  EXPECT_EQ(text_of(attribute_in(body, 8, 1)), "abc");
  EXPECT_EQ(text_of(attribute_in(body, 8, 3)), "peer");
  EXPECT_TRUE(attribute_in(body, 8, 2).empty());
  EXPECT_TRUE(attribute_in(body, 100, 1).empty()) << "the head is longer than all";
  EXPECT_TRUE(attribute_in({}, 0, 1).empty());
}

TEST(ask_netlink_attribute, impossible_lengths_end_the_search) {
  for (const std::size_t length : {0u, 3u, 100u}) {
    std::vector<std::byte> body;
    add(body, 1, "abc", length);
    add(body, 3, "peer", 8);
    EXPECT_TRUE(attribute_in(body, 0, 1).empty()) << length;
    EXPECT_TRUE(attribute_in(body, 0, 3).empty()) << length;
  }
}

TEST(ask_netlink_attribute, the_last_need_not_be_filled_up) {
  std::vector<std::byte> body;
  add(body, 1, "abc", 7);
  body.resize(7);
  EXPECT_EQ(text_of(attribute_in(body, 0, 1)), "abc");
  EXPECT_TRUE(attribute_in(body, 0, 2).empty());
}

}  // namespace
}  // namespace aside_test
