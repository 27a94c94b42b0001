#include "ask/turn_waiters.hpp"

#include <gtest/gtest.h>

#include "unit/apps/ask_runs.hpp"

namespace aside_test {
namespace {

using namespace aside_app::ask;

TEST(ask_turn_waiters, a_loop_gives_its_helpers_pieces_that_each_need_the_disk_several_times) {
  std::vector<thread_sum> all;
  for (int i = 0; i < 4; ++i) {
    all.push_back(thread(1, 0.08, cause::disk, 0.06, 2'000));
    all.back().waited[index_of(cause::handoff)] = 0.8;
    all.back().runs.add(20'000, 2'000);
    all.back().waits = 40;
  }
  all.push_back(thread(1, 0.1, cause::handoff, 0.85, 1'200));
  all.back().runs.add(60'000, 1'200);
  EXPECT_EQ(waiters_of(all, 1).feeders, 0);
  all.back().in_loop = true;
  const auto found = waiters_of(all, 1);
  EXPECT_EQ(found.feeders, 1);
  EXPECT_EQ(found.threads, 4);
  EXPECT_EQ(found.why, cause::disk);
  EXPECT_NEAR(found.outside, 0.24, 1e-9);
}

TEST(ask_turn_waiters, processes_that_share_a_lock_wait_in_turn_like_threads) {
  std::vector<thread_sum> all;
  for (pid_t pid = 1; pid <= 3; ++pid) {
    all.push_back(thread(pid, 0.01, cause::network, 0.3, 30));
    all.back().waited[index_of(cause::handoff)] = 0.6;
  }
  EXPECT_LT(waiters_of(all, 1).threads, 2) << "each waits for something of its own process";
  for (auto& each : all)
    each.common_place = 7;
  EXPECT_EQ(waiters_of(all, 1).threads, 3);
  EXPECT_NEAR(waiters_of(all, 1).held, 0.93, 1e-9);
}

/// Of a second: one has the only connection, as it takes it again at once, and seven are woken in vain.
std::vector<thread_sum> pool_of_one(std::uint64_t wakes) {
  std::vector<thread_sum> all{thread(1, 0.02, cause::network, 0.96, 140)};
  all[0].waits = 140;
  for (int i = 0; i < 7; ++i) {
    all.push_back(thread(1, 0.001, cause::handoff, 0.99, wakes));
    all.back().runs.add(50'000, wakes);
  }
  return all;
}

TEST(ask_turn_waiters, who_is_too_late_again_and_again_waits_for_whoever_waits_outside) {
  const auto found = waiters_of(pool_of_one(20), 1);
  EXPECT_EQ(found.threads, 8);
  EXPECT_EQ(found.why, cause::network);
  EXPECT_NEAR(found.held, 0.98, 1e-9);
  EXPECT_EQ(found.feeders, 0);
  EXPECT_LT(waiters_of(pool_of_one(4), 1).threads, 2) << "they are hardly ever woken";
  auto given = pool_of_one(20);
  for (std::size_t i = 1; i < given.size(); ++i)
    given[i].running = 0.02;
  EXPECT_LT(waiters_of(given, 1).threads, 2) << "each time they have something to do";
  auto loop = pool_of_one(20);
  loop[0].in_loop = true;
  EXPECT_LT(waiters_of(loop, 1).threads, 2) << "a loop and its helpers";
  auto two = pool_of_one(60);
  two.resize(3);
  EXPECT_LT(waiters_of(two, 1).threads, 2) << "two may be given the results";
}

}  // namespace
}  // namespace aside_test
