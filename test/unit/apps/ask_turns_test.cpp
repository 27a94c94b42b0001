#include "ask/turns.hpp"

#include <gtest/gtest.h>

namespace aside_test {
namespace {

using namespace aside_app::ask;

thread_sum thread(pid_t pid, double running, cause why, double waited, std::uint64_t slices) {
  thread_sum made;
  made.pid = pid;
  made.life = 1;
  made.running = running;
  made.slices = slices;
  made.waited[index_of(why)] = waited;
  return made;
}

TEST(ask_turns, those_who_do_the_work_are_of_one_process_mostly) {
  const std::vector<thread_sum> all{thread(1, 0.5, cause::handoff, 0.5, 200),
                                    thread(1, 0.4, cause::handoff, 0.6, 200),
                                    thread(1, 0.05, cause::handoff, 0.9, 10),
                                    thread(2, 0.1, cause::pipe, 0.9, 40)};
  const auto found = turns_of(all, 1);
  EXPECT_EQ(found.threads, 2);
  EXPECT_EQ(found.processes, 1);
  EXPECT_NEAR(found.running, 0.9, 1e-9);
  EXPECT_NEAR(found.busiest, 0.5, 1e-9);
  EXPECT_NEAR(found.wait, 0.55, 1e-9);
  EXPECT_NEAR(found.least_wait, 0.5, 1e-9);
  EXPECT_NEAR(found.switches, 400, 1e-9);
  EXPECT_EQ(turns_of({}, 1).threads, 0);
  EXPECT_EQ(turns_of({thread(1, 0.01, cause::handoff, 0.9, 200)}, 1).threads, 0)
      << "nobody does any work";
}

TEST(ask_turns, processes_that_share_the_work_are_taken_together) {
  const std::vector<thread_sum> all{thread(1, 0.45, cause::pipe, 0.5, 300),
                                    thread(2, 0.45, cause::pipe, 0.5, 300)};
  const auto found = turns_of(all, 1);
  EXPECT_EQ(found.threads, 2);
  EXPECT_EQ(found.processes, 2);
  EXPECT_EQ(found.contenders, 0) << "two pipes are nothing that both want";
}

TEST(ask_turns, processes_one_after_another_wait_for_nothing) {
  std::vector<thread_sum> all;
  for (pid_t pid = 1; pid <= 10; ++pid)
    all.push_back(thread(pid, 0.08, cause::pipe, 0.02, 50));
  EXPECT_LT(turns_of(all, 1).wait, 0.1);
}

TEST(ask_turns, two_may_hand_something_over_and_three_want_the_same) {
  std::vector<thread_sum> all{thread(1, 0.45, cause::handoff, 0.5, 200),
                              thread(1, 0.45, cause::handoff, 0.5, 200)};
  EXPECT_EQ(turns_of(all, 1).contenders, 0);
  all.push_back(thread(1, 0.001, cause::handoff, 0.99, 4));
  EXPECT_EQ(turns_of(all, 1).contenders, 0) << "a parked thread takes no part";
  all.push_back(thread(1, 0.05, cause::handoff, 0.9, 190));
  EXPECT_EQ(turns_of(all, 1).contenders, 3) << "one that seldom gets it takes part";
}

TEST(ask_turns, a_limit_of_time_is_a_sign_of_an_interpreters_lock) {
  const std::vector<thread_sum> all{thread(1, 0.3, cause::timed_handoff, 0.6, 100),
                                    thread(1, 0.3, cause::timed_handoff, 0.6, 100),
                                    thread(1, 0.3, cause::timed_handoff, 0.6, 100)};
  const auto found = turns_of(all, 1);
  EXPECT_NEAR(found.wait, 0.6, 1e-9);
  EXPECT_EQ(found.contenders, 0);
}

TEST(ask_turns, who_waits_at_the_same_place_wants_the_same) {
  std::vector<thread_sum> all{thread(1, 0.45, cause::handoff, 0.5, 200),
                              thread(2, 0.45, cause::handoff, 0.5, 200)};
  all[0].common_place = all[1].common_place = 7;
  EXPECT_EQ(turns_of(all, 1).contenders, 2);
  all[1].common_place = 8;
  EXPECT_EQ(turns_of(all, 1).contenders, 0) << "each has a place where the other wakes it";
}

}  // namespace
}  // namespace aside_test
