#include "base/inbox.hpp"

#include <gtest/gtest.h>

#include <deque>
#include <thread>
#include <vector>

namespace {

using aside::detail::inbox;
using aside::detail::message;

struct numbered : message {
  int sender = 0;
  int number = 0;
};

TEST(inbox, gives_everything_oldest_first) {
  inbox box;
  std::deque<numbered> all(100);
  EXPECT_TRUE(box.empty());
  EXPECT_EQ(box.take_all(), nullptr);
  for (int i = 0; i < 100; ++i) {
    all[static_cast<std::size_t>(i)].number = i;
    EXPECT_EQ(box.push(all[static_cast<std::size_t>(i)]), i == 0);
  }
  int expected = 0;
  for (message* m = box.take_all(); m != nullptr; m = m->next)
    EXPECT_EQ(static_cast<numbered*>(m)->number, expected++);
  EXPECT_EQ(expected, 100);
  EXPECT_TRUE(box.empty());
}

TEST(inbox, keeps_the_order_of_each_of_many_senders) {
  inbox box;
  constexpr int each = 20'000;
  std::vector<std::deque<numbered>> all(3);
  for (auto& q : all)
    q = std::deque<numbered>(each);
  std::vector<std::jthread> senders;
  for (int s = 0; s < 3; ++s) {
    senders.emplace_back([&, s] {
      for (int i = 0; i < each; ++i) {
        numbered& m = all[static_cast<std::size_t>(s)][static_cast<std::size_t>(i)];
        m.sender = s;
        m.number = i;
        box.push(m);
      }
    });
  }
  std::vector<int> next(3, 0);
  while (next[0] + next[1] + next[2] < 3 * each) {
    for (message* m = box.take_all(); m != nullptr;) {
      const auto& n = static_cast<const numbered&>(*m);
      m = m->next;
      int& expected = next[static_cast<std::size_t>(n.sender)];
      ASSERT_EQ(n.number, expected);
      ++expected;
    }
  }
}

}  // namespace
