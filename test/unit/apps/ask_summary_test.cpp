#include "ask/summary.hpp"

#include <gtest/gtest.h>

namespace aside_test {
namespace {

using namespace aside_app::ask;

/// A second in which two threads wait for a word all the time: one wakes often, one never does.
measurement ran() {
  measurement found;
  found.wall = 1;
  for (const std::uint64_t slices : {400u, 1u}) {
    thread_sum each;
    each.life = 1;
    each.slices = slices;
    each.runs.add(1'000, slices);
    each.waited[index_of(cause::handoff)] = 1;
    found.threads.push_back(each);
  }
  stretch all;
  all.length = 1;
  all.waiting[index_of(cause::handoff)] = 2;
  all.weights[index_of(cause::handoff)] = 2 * weight_of(cause::handoff, false);
  found.stretches.add(all);
  return found;
}

waiting_place place(double share, bool in_lock) {
  waiting_place made;
  made.why = cause::handoff;
  made.share = share;
  made.in_lock = in_lock;
  return made;
}

TEST(ask_summary, so_much_is_for_a_lock_as_was_seen_in_functions_of_locks) {
  auto found = ran();
  found.places = {place(0.6, true), place(0.2, false)};
  take_locks_by_name(found);
  const auto whole = found.stretches.total();
  EXPECT_NEAR(whole.waiting[index_of(cause::lock)], 0.75, 1e-9);
  EXPECT_NEAR(whole.waiting[index_of(cause::handoff)], 1.25, 1e-9);
  EXPECT_NEAR(found.threads[0].waited[index_of(cause::lock)], 0.75, 1e-9);
  EXPECT_NEAR(found.threads[1].waited[index_of(cause::lock)], 0, 1e-9) << "it is parked";
  EXPECT_EQ(found.places[0].why, cause::lock);
  EXPECT_EQ(found.places[1].why, cause::handoff);
}

TEST(ask_summary, so_much_is_for_a_lock_as_a_virtual_machine_has_counted) {
  auto found = ran();
  found.threads[0].pid = found.threads[1].pid = 7;
  found.monitor_waits[8] = 400;
  take_monitors(found);
  EXPECT_EQ(found.threads[0].waited[index_of(cause::lock)], 0) << "that is another process";
  found.monitor_waits[7] = 80;
  take_monitors(found);
  EXPECT_EQ(found.threads[0].waited[index_of(cause::lock)], 0) << "it waits for something else, mostly";
  found.threads[1].usual_wait = 1;
  found.monitor_waits[7] = 300;
  take_monitors(found);
  EXPECT_NEAR(found.stretches.total().waiting[index_of(cause::lock)], 0.75, 1e-9);
  EXPECT_NEAR(found.threads[0].waited[index_of(cause::lock)], 0.75, 1e-9);
  EXPECT_NEAR(found.threads[0].waited[index_of(cause::handoff)], 0.25, 1e-9);
  EXPECT_NEAR(found.threads[1].waited[index_of(cause::lock)], 0, 1e-9) << "it is parked";
}

TEST(ask_summary, a_limit_that_is_never_reached_is_none) {
  auto found = ran();
  stretch sleeps;
  sleeps.length = 1;
  sleeps.waiting[index_of(cause::timer)] = 2;
  sleeps.weights[index_of(cause::timer)] = 2 * weight_of(cause::timer, false);
  sleeps.blame();
  found.stretches.add(sleeps);
  for (auto& each : found.threads) {
    each.waited[index_of(cause::timer)] = 1;
    each.usual_limit = 8;
  }
  found.threads[0].usual_wait = 0.001;
  found.threads[1].usual_wait = 7;
  take_early_ends(found);
  const auto whole = found.stretches.total();
  EXPECT_NEAR(whole.waiting[index_of(cause::timer)], 1, 1e-9);
  EXPECT_NEAR(whole.waiting[index_of(cause::handoff)], 3, 1e-9);
  EXPECT_EQ(found.threads[0].waited[index_of(cause::timer)], 0);
  EXPECT_EQ(found.threads[1].waited[index_of(cause::timer)], 1);
}

TEST(ask_summary, a_loop_whose_clock_never_rings_waits_for_the_pipe_that_it_watches) {
  auto found = ran();
  stretch part;
  part.length = 1;
  part.waiting[index_of(cause::timer)] = 2;
  part.weights[index_of(cause::timer)] = 2 * weight_of(cause::timer, false);
  found.stretches = {};
  found.stretches.add(part);
  for (auto& each : found.threads) {
    each.waited = {};
    each.waited[index_of(cause::timer)] = 1;
    each.usual_limit = 4;
    each.usual_wait = 0.04;
  }
  found.threads[0].watches_pipe = true;
  take_early_ends(found);
  const auto whole = found.stretches.total();
  EXPECT_NEAR(whole.waiting[index_of(cause::pipe)], 1, 1e-9);
  EXPECT_NEAR(whole.waiting[index_of(cause::handoff)], 1, 1e-9);
  EXPECT_NEAR(whole.waiting[index_of(cause::timer)], 0, 1e-9);
}

TEST(ask_summary, who_was_seen_to_wait_for_a_word_waits_at_one_word) {
  auto found = ran();
  found.places = {place(0.6, false), place(0.3, false)};
  take_words_by_name(found);
  EXPECT_FALSE(found.threads[0].has_one_word);
  found.places[1].at_word = true;
  take_words_by_name(found);
  EXPECT_FALSE(found.threads[0].has_one_word) << "mostly it waits for something else";
  std::swap(found.places[0].at_word, found.places[1].at_word);
  take_words_by_name(found);
  EXPECT_TRUE(found.threads[0].has_one_word);
  EXPECT_FALSE(found.threads[1].has_one_word) << "it is parked";
}

TEST(ask_summary, a_goroutine_that_only_moves_waits_for_no_other) {
  const auto moves = [](double of_the_program, bool is_lent) {
    auto found = ran();
    found.threads[0].is_lent = is_lent;
    found.places = {place(0.5, false), place(of_the_program, false)};
    found.places[0].function = "runtime.mput";
    found.places[1].function = "main.compute";
    take_moving_goroutines(found);
    return found.threads[0].moves;
  };
  EXPECT_TRUE(moves(0.02, true));
  EXPECT_FALSE(moves(0.2, true)) << "some goroutines wait for each other";
  EXPECT_FALSE(moves(0.02, false)) << "another language's thread";
  auto collected = ran();
  collected.threads[0].is_lent = true;
  collected.places = {place(0.5, false)};
  collected.places[0].function = "main.compute";
  collected.places[0].for_nobody = true;
  take_moving_goroutines(collected);
  EXPECT_TRUE(collected.threads[0].moves) << "Go's runtime has stopped it";
  auto unnamed = ran();
  unnamed.threads[0].is_lent = true;
  take_moving_goroutines(unnamed);
  EXPECT_FALSE(unnamed.threads[0].moves) << "nothing is known of it";
}

TEST(ask_summary, goroutines_that_all_want_the_same_of_a_channel_exclude_each_other) {
  const auto want = [](double share, unsigned goroutines, bool is_lent = true, bool at_channel = true) {
    auto found = ran();
    found.threads[0].is_lent = is_lent;
    found.places = {place(share, false), place(0.9 - share, false), place(0.1, false)};
    found.places[0].function = "main.compute";
    found.places[0].goroutines = goroutines;
    found.places[0].at_channel = at_channel;
    found.places[1].function = "main.gather";
    found.places[2].function = "runtime.mput";
    take_channel_locks(found);
    return found.threads[0].wants_channel;
  };
  EXPECT_TRUE(want(0.8, 3));
  EXPECT_FALSE(want(0.6, 3)) << "whoever gives them work waits, too";
  EXPECT_FALSE(want(0.8, 2)) << "two may hand something to and fro";
  EXPECT_FALSE(want(0.8, 3, false)) << "another language's thread";
  EXPECT_FALSE(want(0.8, 3, true, false)) << "a condition, or a group that they wait for";
}

TEST(ask_summary, who_waits_for_a_strangers_pipe_is_held_up_by_it_however_many_are_parked) {
  const auto share_of_pipe = [](double own) {
    auto found = ran();
    stretch part;
    part.length = part.waiting[index_of(cause::pipe)] = 1;
    part.weights[index_of(cause::pipe)] = weight_of(cause::pipe, false);
    part.waiting[index_of(cause::handoff)] = 18;
    part.weights[index_of(cause::handoff)] = 18 * weight_of(cause::handoff, false);
    part.blame();
    found.stretches = {};
    found.stretches.add(part);
    found.own_pipes = own;
    take_pipes(found);
    return found.stretches.total().held_up[index_of(cause::pipe)];
  };
  EXPECT_GT(share_of_pipe(0), 0.8);
  EXPECT_EQ(share_of_pipe(1), 0) << "its other end is the program's";
}

TEST(ask_summary, threads_of_a_process_that_tells_them_often_are_told) {
  auto found = ran();
  found.threads[0].pid = found.threads[1].pid = 7;
  found.monitor_tells[7] = 80;
  take_notifications(found);
  EXPECT_FALSE(found.threads[0].is_told);
  found.monitor_tells[8] = 400;
  take_notifications(found);
  EXPECT_FALSE(found.threads[0].is_told) << "that is another process";
  found.monitor_tells[7] = 300;
  take_notifications(found);
  EXPECT_TRUE(found.threads[0].is_told);
}

TEST(ask_summary, a_thread_that_only_sleeps_for_gos_scheduler_is_not_the_programs) {
  thread_record thread;
  EXPECT_FALSE(thread.is_schedulers());
  thread.looks = thread.scheduler_looks = 3;
  EXPECT_TRUE(thread.is_schedulers());
  thread.looks = 6;
  EXPECT_FALSE(thread.is_schedulers()) << "it slept before it had a goroutine to run";
}

TEST(ask_summary, without_such_a_function_nothing_is_for_a_lock) {
  auto found = ran();
  found.places = {place(0.8, false)};
  take_locks_by_name(found);
  EXPECT_EQ(found.stretches.total().waiting[index_of(cause::lock)], 0);
  EXPECT_EQ(found.threads[0].waited[index_of(cause::lock)], 0);
}

}  // namespace
}  // namespace aside_test
