#include "ask/turns.hpp"

#include <gtest/gtest.h>

#include "unit/apps/ask_runs.hpp"

namespace aside_test {
namespace {

using namespace aside_app::ask;

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

TEST(ask_turns, one_goroutine_that_goes_on_in_other_threads_takes_no_turns) {
  std::vector<thread_sum> all{thread(1, 0.5, cause::handoff, 0.5, 200),
                              thread(1, 0.5, cause::handoff, 0.5, 200)};
  for (auto& each : all)
    each.is_lent = each.in_loop = true;
  EXPECT_NEAR(turns_of(all, 1).wait, 0.5, 1e-9);
  for (auto& each : all)
    each.moves = true;
  EXPECT_EQ(turns_of(all, 1).wait, 0);
}

TEST(ask_turns, those_that_are_told_want_no_lock) {
  std::vector<thread_sum> all;
  for (int i = 0; i < 3; ++i) {
    all.push_back(thread(1, 0.3, cause::handoff, 0.65, 900));
    all.back().hides_words = true;
    // It is woken as often to see that it is another's turn.
    all.back().runs.add(10'000, 500);
    all.back().runs.add(1'000'000, 300);
  }
  EXPECT_EQ(turns_of(all, 1).contenders, 3);
  all[0].runs = {};
  all[0].runs.add(1'000'000, 300);
  EXPECT_GT(turns_of(all, 1).outrun, 0);
  for (auto& each : all)
    each.is_told = true;
  EXPECT_EQ(turns_of(all, 1).contenders, 0);
  EXPECT_EQ(turns_of(all, 1).outrun, 0);
}

TEST(ask_turns, processes_that_share_the_work_are_taken_together) {
  const std::vector<thread_sum> all{thread(1, 0.45, cause::pipe, 0.5, 300),
                                    thread(2, 0.45, cause::pipe, 0.5, 300)};
  const auto found = turns_of(all, 1);
  EXPECT_EQ(found.threads, 2);
  EXPECT_EQ(found.processes, 2);
  EXPECT_EQ(found.contenders, 0) << "two pipes are nothing that both want";
}

TEST(ask_turns, of_the_two_busiest_both_wait_for_others) {
  std::vector<thread_sum> all{thread(1, 0.6, cause::network, 0.4, 300), thread(1, 0.3, cause::handoff, 0.7, 300),
                              thread(1, 0.25, cause::handoff, 0.75, 300)};
  EXPECT_EQ(turns_of(all, 1).mutual_wait, 0) << "the busiest waits for somebody else";
  all[0] = thread(1, 0.6, cause::handoff, 0.4, 300);
  EXPECT_NEAR(turns_of(all, 1).mutual_wait, 0.4, 1e-9);
}

TEST(ask_turns, who_has_started_the_others_and_waits_for_them_does_none_of_the_work) {
  std::vector<thread_sum> all{thread(1, 0.15, cause::child, 0.8, 40),
                              thread(2, 0.4, cause::handoff, 0.5, 200),
                              thread(3, 0.4, cause::handoff, 0.5, 200)};
  EXPECT_EQ(turns_of(all, 1).threads, 3);
  all[0].usual_wait = 0.79;
  EXPECT_EQ(turns_of(all, 1).threads, 2);
  EXPECT_NEAR(turns_of(all, 1).least_wait, 0.5, 1e-9);
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
  all[0].hides_words = true;
  EXPECT_EQ(turns_of(all, 1).contenders, 0);
  all.push_back(thread(1, 0.001, cause::handoff, 0.99, 4));
  EXPECT_EQ(turns_of(all, 1).contenders, 0) << "a parked thread takes no part";
  all.push_back(thread(1, 0.05, cause::handoff, 0.9, 190));
  EXPECT_EQ(turns_of(all, 1).contenders, 3) << "one that seldom gets it takes part";
}

TEST(ask_turns, of_a_program_without_a_virtual_machine_it_is_seen_who_waits_at_the_same_word) {
  std::vector<thread_sum> all(3, thread(1, 0.3, cause::handoff, 0.6, 200));
  EXPECT_EQ(turns_of(all, 1).contenders, 0) << "each waits for the one before it, or for its number";
  for (auto& each : all)
    each.has_one_word = true, each.word = 7;
  EXPECT_EQ(turns_of(all, 1).contenders, 3);
  all[0].word = 8;
  EXPECT_EQ(turns_of(all, 1).contenders, 2);
  all[1].word = 9;
  EXPECT_EQ(turns_of(all, 1).contenders, 0) << "each has one of its own";
  all[0].hides_words = true;
  EXPECT_EQ(turns_of(all, 1).contenders, 3) << "and that is a virtual machine's";
}

TEST(ask_turns, so_much_of_their_waits_is_for_locks) {
  std::vector<thread_sum> all(2, thread(1, 0.4, cause::lock, 0.6, 200));
  EXPECT_NEAR(turns_of(all, 1).locked, 1, 1e-9);
  for (auto& each : all) {
    each.waited[index_of(cause::lock)] = 0.15;
    each.waited[index_of(cause::handoff)] = 0.45;
  }
  EXPECT_NEAR(turns_of(all, 1).locked, 0.25, 1e-9);
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

/// Of a second: one has the lock nearly all the time, and another is woken whenever it lets go of it.
std::vector<thread_sum> outrun_by_one(std::uint64_t turns_of_the_other) {
  std::vector<thread_sum> all{thread(1, 0.9, cause::handoff, 0.1, 40),
                              thread(1, 0, cause::handoff, 0.9, 400)};
  all[0].runs.add(20'000'000, 40);
  all[1].runs.add(8'000, 400);
  all[1].runs.add(4'000'000, turns_of_the_other);
  all[1].running = 0.0032 + 0.004 * static_cast<double>(turns_of_the_other);
  all[1].hides_words = true;
  return all;
}

TEST(ask_turns, who_is_woken_for_nothing_wants_what_another_always_has) {
  auto all = outrun_by_one(20);
  EXPECT_EQ(turns_of(all, 1).outrun, 1);
  all[0].waited = {};
  EXPECT_EQ(turns_of(all, 1).outrun, 0) << "a helper works while its master does";
  all = outrun_by_one(20);
  all[0].runs.add(2'000'000, 360);
  EXPECT_EQ(turns_of(all, 1).outrun, 0) << "a worker rests after each piece, and is given the next";
  all = outrun_by_one(2);
  EXPECT_EQ(turns_of(all, 1).outrun, 0) << "it may have begun so";
  all[1].runs = {};
  all[1].runs.add(200'000, 400);
  all[1].running = 0.08;
  EXPECT_EQ(turns_of(all, 1).outrun, 0) << "each time it has something to do";
  all = outrun_by_one(20);
  all[1].in_loop = true;
  EXPECT_EQ(turns_of(all, 1).outrun, 0) << "Go's threads look for work in vain, too";
  all = outrun_by_one(20);
  all[0].in_loop = true;
  EXPECT_EQ(turns_of(all, 1).outrun, 0) << "a loop and one of its helpers";
  all = outrun_by_one(20);
  all[1].hides_words = false;
  EXPECT_EQ(turns_of(all, 1).outrun, 0) << "it is told each time that something has changed";
  all[1].has_one_word = true;
  EXPECT_EQ(turns_of(all, 1).outrun, 1) << "a semaphore does not change";
  all = outrun_by_one(20);
  all[1].waited[index_of(cause::timed_handoff)] = 0.4;
  all[1].waited[index_of(cause::handoff)] = 0.5;
  EXPECT_EQ(turns_of(all, 1).outrun, 0) << "an interpreter's lock";
}

TEST(ask_turns, who_never_gets_it_is_known_by_the_one_word_that_it_waits_for) {
  auto all = outrun_by_one(0);
  EXPECT_EQ(turns_of(all, 1).outrun, 0) << "a helper with next to nothing to do";
  all[1].has_one_word = true;
  EXPECT_EQ(turns_of(all, 1).outrun, 1);
  all.push_back(all[1]);
  all[1].word = all[2].word = 0x1000;
  EXPECT_EQ(turns_of(all, 1).outrun, 2);
  all[1].hides_words = all[2].hides_words = false;
  all[2].word = 0x2000;
  EXPECT_EQ(turns_of(all, 1).outrun, 0) << "each waits for an answer of its own";
  all.pop_back();
  auto busier = all;
  busier[1].runs = {};
  busier[1].runs.add(60'000, 400);
  EXPECT_EQ(turns_of(busier, 1).outrun, 0) << "it has something to do";
  all[1].pid = 2;
  EXPECT_EQ(turns_of(all, 1).outrun, 0) << "another process's memory";
  all[1].common_place = 7;
  EXPECT_EQ(turns_of(all, 1).outrun, 1);
}

TEST(ask_turns, who_is_given_one_piece_of_work_after_another_wants_no_lock) {
  std::vector<thread_sum> all;
  for (int i = 0; i < 4; ++i) {
    all.push_back(thread(1, 0.1, cause::handoff, 0.8, 1'000));
    all.back().runs.add(100'000, 1'000);
    all.back().hides_words = true;
  }
  EXPECT_EQ(turns_of(all, 1).contenders, 4);
  all.push_back(thread(1, 0.3, cause::loop, 0.6, 2'000));
  all.back().runs.add(150'000, 2'000);
  EXPECT_EQ(turns_of(all, 1).contenders, 0);
  all.back().usual_wait = 0.6;
  EXPECT_EQ(turns_of(all, 1).contenders, 4) << "it did so while it started them, and waits since";
  all.back() = thread(1, 0.3, cause::handoff, 0.6, 2'000);
  all.back().runs.add(150'000, 2'000);
  EXPECT_EQ(turns_of(all, 1).contenders, 5);
  all.back().in_loop = true;
  EXPECT_EQ(turns_of(all, 1).contenders, 0) << "a loop that gives its helpers work";
  all.back() = thread(1, 0.8, cause::handoff, 0.2, 2'000);
  all.back().runs.add(20'000, 2'000);
  EXPECT_EQ(turns_of(all, 1).contenders, 4) << "it has the lock most of the time";
}

}  // namespace
}  // namespace aside_test
