#include "ask/ledger.hpp"

#include <gtest/gtest.h>

namespace aside_test {
namespace {

using namespace aside_app::ask;
using state = thread_record::state;

constexpr std::uint64_t ms = 1'000'000;

TEST(ask_ledger_looks, looks_from_time_to_time_tell_short_processes_from_clients) {
  ledger books{0};
  auto& parent = books.add(1, 1, state::waiting, 0);
  sched_times idle;
  books.look(parent, idle, cause::child, 0);
  const auto child = [&](pid_t pid, std::optional<cause> why, std::uint64_t now) {
    auto& thread = books.add(pid, pid, state::waiting, now);
    thread.was_read = true;
    sched_times times;
    times.run_ns = ms;
    times.slices = 1;
    books.look(thread, times, why, now);
    for (int look = 1; look <= 3; ++look)
      books.look(thread, times, why, now + static_cast<std::uint64_t>(look) * 10 * ms);
    books.end(thread, now + 40 * ms);
  };
  child(2, cause::network, 10 * ms);
  EXPECT_EQ(books.short_process_count(), 0u) << "it waits for an answer";
  child(3, cause::unknown, 110 * ms);
  EXPECT_EQ(books.short_process_count(), 1u) << "its end was seen late";
}

TEST(ask_ledger_looks, looks_from_time_to_time_see_too_who_is_woken_for_nothing) {
  const auto queued_of = [](cause why, std::uint64_t run_ns) {
    ledger books{0};
    auto& thread = books.add(1, 1, state::waiting, 0);
    sched_times times;
    books.look(thread, times, why, 0);
    for (std::uint64_t look = 1; look <= 100; ++look) {
      times.run_ns += run_ns;
      times.queued_ns += 3 * ms;
      ++times.slices;
      books.look(thread, times, why, look * 10 * ms);
      books.close_stretch(look * 10 * ms);
    }
    books.finish(1'000 * ms);
    const auto whole = books.stretches().total();
    EXPECT_NEAR(whole.running + whole.queued + whole.waiting[index_of(why)], 1, 0.01);
    return whole.queued;
  };
  EXPECT_NEAR(queued_of(cause::handoff, 10'000), 0, 1e-9);
  EXPECT_NEAR(queued_of(cause::handoff, ms), 0.3, 1e-6);
  EXPECT_NEAR(queued_of(cause::network, 10'000), 0.3, 1e-6);
}

TEST(ask_ledger_looks, sampled_looks_add_up_to_the_time) {
  ledger books{0};
  auto& thread = books.add(1, 1, state::waiting, 0);
  sched_times times;
  std::uint64_t now = 0;
  books.look(thread, times, cause::network, now);
  for (int i = 0; i < 50; ++i) {
    // Ten milliseconds asleep, seen; then a slice of two that comes between two looks.
    now += 10 * ms;
    books.look(thread, times, cause::network, now);
    books.close_stretch(now);
    times.run_ns += 2 * ms;
    times.slices += 1;
    now += 10 * ms;
    books.look(thread, times, cause::network, now);
    books.close_stretch(now);
  }
  books.finish(now);
  const auto whole = books.stretches().total();
  EXPECT_NEAR(whole.running, 0.1, 1e-9);
  EXPECT_NEAR(whole.running + whole.waiting[index_of(cause::network)] + whole.queued, 1.0, 1e-9);
  EXPECT_NEAR(books.waits().of(cause::network).count, 50, 1);
}

TEST(ask_ledger_looks, what_threads_ran_that_came_and_went_unseen_is_their_process_s) {
  ledger books{0};
  auto& starter = books.add(1, 1, state::waiting, 0);
  sched_times times;
  times.run_ns = 70 * ms;
  books.look(starter, times, cause::handoff, 0);
  std::uint64_t whole_process = 95 * ms;
  books.look_at_process(1, whole_process, 10 * ms);  // all before the first look is no part of it
  std::uint64_t now = 10 * ms;
  books.close_stretch(now);
  for (int i = 0; i < 10; ++i) {
    now += 10 * ms;
    times.run_ns += ms;
    times.slices += 1;
    books.look(starter, times, cause::handoff, now);
    books.look_at_process(1, whole_process += 15 * ms, 10 * ms);
    books.look_at_process(1, whole_process - ms, 10 * ms);  // its clock may be a tick behind
    books.close_stretch(now);
  }
  books.look_at_process(2, 1'000 * ms, 10 * ms);  // nobody knows it
  books.finish(now);
  const auto whole = books.stretches().total();
  EXPECT_NEAR(whole.running, 0.150, 1e-9) << "a tenth of a second of 1.5 cores";
  EXPECT_NEAR(whole.some_ran, 0.100, 1e-9) << "one of them always ran";
}

TEST(ask_ledger_looks, where_the_sums_are_known_nobody_guesses_what_ran_last) {
  const auto running_of = [](bool knows_sums) {
    ledger books{0, knows_sums};
    auto& child = books.add(2, 2, state::waiting, 0);
    child.was_read = true;
    sched_times times;
    times.run_ns = ms;
    times.slices = 1;
    books.look(child, times, std::nullopt, 10 * ms);
    books.end(child, 30 * ms);
    books.finish(40 * ms);
    return books.stretches().total().running;
  };
  EXPECT_NEAR(running_of(true), 0.001, 1e-9);
  EXPECT_NEAR(running_of(false), 0.021, 1e-9) << "until it was seen to be gone";
}

TEST(ask_ledger_looks, a_long_wait_that_ends_with_two_slices_is_one_long_wait) {
  ledger books{0};
  auto& thread = books.add(1, 1, state::waiting, 0);
  sched_times times;
  std::uint64_t now = 0;
  books.look(thread, times, cause::network, now);
  for (int round = 0; round < 30; ++round) {
    for (int look = 0; look < 5; ++look)
      books.look(thread, times, cause::network, now += 10 * ms);
    times.slices += 2;  // it was preempted once
    books.look(thread, times, cause::network, now += 10 * ms);
    books.close_stretch(now);
  }
  books.finish(now);
  EXPECT_NEAR(books.waits().of(cause::network).count, 30, 1);
  EXPECT_NEAR(books.waits().of(cause::network).mean(), 0.060, 0.002);
}

TEST(ask_ledger_looks, a_wait_for_an_answer_goes_on_when_the_clock_has_ended_its_call) {
  ledger books{0};
  auto& thread = books.add(1, 1, state::waiting, 0);
  sched_times times;
  std::uint64_t now = 0;
  books.look(thread, times, cause::network, now);
  const auto wait = [&](std::uint64_t limit, std::uint64_t length, cause why) {
    for (std::uint64_t look = 0; look < length; look += 10) {
      thread.seen_limit_ns = limit * ms;
      books.look(thread, times, why, now += 10 * ms);
    }
    times.slices += 1;
    thread.seen_limit_ns = 7 * ms;  // of the next one, until it is looked into again
    books.look(thread, times, why, now += ms);
    books.close_stretch(now);
  };
  for (int answer = 0; answer < 10; ++answer) {
    wait(200, 200, cause::network);
    wait(200, 200, cause::network);
    wait(200, 100, cause::network);
  }
  wait(50, 50, cause::timer);
  books.finish(now);
  EXPECT_NEAR(books.waits().of(cause::network).count, 10, 0.1);
  EXPECT_NEAR(books.waits().of(cause::network).mean(), 0.5, 0.05);
}

TEST(ask_ledger_looks, a_runnable_thread_without_ticks_is_queued_and_not_counted_twice) {
  ledger books{0};
  auto& thread = books.add(1, 1, state::running, 0);
  sched_times times;
  books.look(thread, times, std::nullopt, 0);
  books.look(thread, times, std::nullopt, 50 * ms);
  times.run_ns += 10 * ms;  // the kernel says so only when it got the processor
  times.queued_ns += 50 * ms;
  times.slices += 1;
  books.look(thread, times, std::nullopt, 60 * ms);
  books.finish(60 * ms);
  const auto whole = books.stretches().total();
  EXPECT_NEAR(whole.queued, 0.050, 1e-9);
  EXPECT_NEAR(whole.running, 0.010, 1e-9);
}

}  // namespace
}  // namespace aside_test
