#include "demo/hub.hpp"

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

namespace aside_test {
namespace {

using clock = std::chrono::steady_clock;

struct counting_waker {
  void set() { sets.fetch_add(1); }
  std::atomic<int> sets{0};
};
using test_hub = aside_app::hub<counting_waker>;

std::string taken(test_hub& hub, test_hub::slot& mine) {
  std::string out;
  hub.take(mine, clock::now(), out);
  return out;
}

TEST(hub, messages_in_order) {
  test_hub hub;
  auto* mine = hub.join(600);
  ASSERT_NE(mine, nullptr);
  EXPECT_TRUE(hub.post(600, "one", clock::now()));
  EXPECT_TRUE(hub.post(600, "two", clock::now()));
  EXPECT_EQ(mine->waker.sets.load(), 2);
  EXPECT_EQ(taken(hub, *mine), "data: one\n\ndata: two\n\n");
  EXPECT_EQ(hub.wakes.load(), 2u);
  EXPECT_EQ(hub.wake_times.count(), 2u);
  EXPECT_EQ(taken(hub, *mine), ":\n\n") << "woken with nothing: a comment finds out about the peer";
}

TEST(hub, one_subscriber_a_number) {
  test_hub hub;
  auto* mine = hub.join(0);
  ASSERT_NE(mine, nullptr);
  EXPECT_EQ(hub.join(0), nullptr);
  EXPECT_EQ(hub.join(1u << 30), nullptr);
  hub.leave(*mine);
  EXPECT_EQ(hub.subscribers.load(), 0u);
  EXPECT_FALSE(hub.post(0, "late", clock::now()));
  EXPECT_EQ(hub.join(0), mine);
}

TEST(hub, one_for_all) {
  test_hub hub;
  auto* a = hub.join(3);
  auto* b = hub.join(1300);
  EXPECT_EQ(hub.post_all("end"), 2u);
  EXPECT_EQ(taken(hub, *a), "event: all\ndata: end\n\n");
  EXPECT_EQ(taken(hub, *b), "event: all\ndata: end\n\n");
  EXPECT_EQ(taken(hub, *a), ":\n\n");
}

TEST(hub, posters_lose_nothing) {
  test_hub hub;
  auto* mine = hub.join(5);
  constexpr int posters = 4;
  constexpr int each = 2'000;
  std::vector<std::jthread> threads;
  for (int p = 0; p < posters; ++p)
    threads.emplace_back([&hub] {
      for (int i = 0; i < each; ++i) hub.post(5, "x", clock::now());
    });
  std::string out;
  while (hub.wakes.load() < posters * each) hub.take(*mine, clock::now(), out);
  std::size_t events = 0;
  for (std::size_t at = 0; (at = out.find("data: x\n\n", at)) != out.npos; ++at) ++events;
  EXPECT_EQ(events, std::size_t{posters * each});
}

}  // namespace
}  // namespace aside_test
