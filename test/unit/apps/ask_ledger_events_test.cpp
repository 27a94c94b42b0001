#include "ask/ledger.hpp"

#include <gtest/gtest.h>

namespace aside_test {
namespace {

using namespace aside_app::ask;
using kind = switch_event::kind;
using state = thread_record::state;

constexpr std::uint64_t ms = 1'000'000;

TEST(ask_ledger_events, a_hundred_waits_are_a_hundred_waits) {
  ledger books{0};
  books.add(1, 1, state::running, 0);
  std::uint64_t now = 0;
  for (int i = 0; i < 100; ++i) {
    now += 1 * ms;
    books.apply({kind::blocked, 1, 1, 0, now});
    now += 4 * ms;
    if (i % 10 == 0) {  // only some are looked into
      books.advance(now);
      books.tag(*books.find(1), cause::network, now);
      books.close_stretch(now);
    }
    now += 5 * ms;
    books.apply({kind::in, 1, 1, 0, now});
  }
  books.finish(now);
  EXPECT_EQ(books.waits().of(cause::network).count, 100);
  EXPECT_NEAR(books.waits().of(cause::network).mean(), 0.009, 1e-9);
  const auto whole = books.stretches().total();
  EXPECT_NEAR(whole.length, 1.0, 1e-9);
  EXPECT_NEAR(whole.running, 0.1, 1e-9);
  EXPECT_NEAR(whole.some_ran, 0.1, 1e-9);
}

TEST(ask_ledger_events, short_waits_that_nobody_saw_are_for_what_the_thread_waits_for_else) {
  ledger books{0};
  books.add(1, 1, state::running, 0);
  std::uint64_t now = 0;
  for (int i = 0; i < 100; ++i) {
    now += ms / 10;
    books.apply({kind::blocked, 1, 1, 0, now});
    now += ms / 10;
    if (i == 80) books.tag(*books.find(1), cause::disk, now);
    if (i % 20 == 0) books.close_stretch(now);
    now += ms / 10;
    books.apply({kind::in, 1, 1, 0, now});
  }
  books.finish(now);
  const auto whole = books.stretches().total();
  EXPECT_NEAR(whole.waiting[index_of(cause::disk)], 0.020, 1e-6);
  EXPECT_NEAR(whole.waiting[index_of(cause::unknown)], 0, 1e-6);
}

TEST(ask_ledger_events, the_end_of_whoever_joins_others_is_none_of_their_waits) {
  ledger books{0};
  books.add(1, 1, state::running, 0);
  books.add(1, 2, state::running, 0);
  books.apply({kind::blocked, 1, 1, 0, ms});
  books.tag(*books.find(1), cause::join, 2 * ms);
  std::uint64_t now = 2 * ms;
  for (int i = 0; i < 10; ++i) {
    books.apply({kind::blocked, 1, 2, 0, now});
    books.tag(*books.find(2), cause::network, now + ms);
    books.apply({kind::in, 1, 2, 0, now += 20 * ms});
  }
  books.apply({kind::ended, 1, 2, 0, now});
  books.apply({kind::in, 1, 1, 0, now});
  books.apply({kind::blocked, 1, 1, 0, now});
  books.apply({kind::in, 1, 1, 0, now += 20 * ms});  // nobody saw for what
  books.apply({kind::ended, 1, 1, 0, now});
  books.finish(now);
  EXPECT_EQ(books.waits().of(cause::network).count, 10);
}

TEST(ask_ledger_events, preemption_is_queueing_and_no_wait) {
  ledger books{0};
  books.add(1, 1, state::running, 0);
  books.apply({kind::preempted, 1, 1, 0, 10 * ms});
  books.apply({kind::in, 1, 1, 0, 30 * ms});
  books.finish(40 * ms);
  const auto whole = books.stretches().total();
  EXPECT_NEAR(whole.queued, 0.020, 1e-9);
  EXPECT_NEAR(whole.running, 0.020, 1e-9);
  EXPECT_NEAR(whole.held_by_queue, 0.020, 1e-9);
  EXPECT_EQ(books.waits().all().count, 0);
}

TEST(ask_ledger_events, two_at_once_count_once_as_time_and_twice_as_waiting) {
  ledger books{0};
  books.add(1, 1, state::running, 0);
  books.add(1, 2, state::running, 0);
  for (const pid_t tid : {1, 2})
    books.apply({kind::blocked, 1, tid, 0, 10 * ms});
  for (const pid_t tid : {1, 2})
    books.tag(*books.find(tid), cause::network, 11 * ms);
  books.apply({kind::in, 1, 1, 0, 60 * ms});
  books.apply({kind::in, 1, 2, 0, 60 * ms});
  books.finish(60 * ms);
  const auto whole = books.stretches().total();
  EXPECT_NEAR(whole.waiting[index_of(cause::network)], 0.100, 1e-9);
  EXPECT_NEAR(whole.some_waited, 0.050, 1e-9);
  EXPECT_NEAR(whole.held_up[index_of(cause::network)], 0.050, 1e-9);
}

TEST(ask_ledger_events, what_was_queued_has_not_been_waited_for_as_well) {
  ledger books{0};
  auto& thread = books.add(1, 1, state::running, 0);
  books.correct_queue(thread, {});
  books.apply({kind::blocked, 1, 1, 0, 10 * ms});
  books.tag(thread, cause::network, 12 * ms);
  for (std::uint64_t look = 20; look <= 100; look += 10) {
    books.advance(look * ms);
    books.close_stretch(look * ms);
  }
  books.apply({kind::in, 1, 1, 0, 101 * ms});
  books.apply({kind::blocked, 1, 1, 0, 102 * ms});
  books.advance(103 * ms);
  sched_times times;
  times.run_ns = 11 * ms;
  times.queued_ns = 40 * ms;  // of the 91 that it seemed to wait
  times.slices = 2;
  books.correct_queue(thread, times);
  books.close_stretch(103 * ms);
  books.finish(103 * ms);
  const auto whole = books.stretches().total();
  EXPECT_NEAR(whole.queued, 0.040, 1e-9);
  EXPECT_NEAR(whole.waiting[index_of(cause::network)], 0.052, 1e-9);
  EXPECT_NEAR(whole.running + whole.queued + whole.external(), 0.103, 1e-9);
  EXPECT_NEAR(whole.held_by_queue, 0.040, 0.002);
}

/// A thread that waits for another's word, loses its processor when it is woken and has run a little,
/// and then runs for that long. Returns what it queued for.
stretch after_losing_the_processor(cause why, std::uint64_t run_ns) {
  ledger books{0};
  auto& thread = books.add(1, 1, state::running, 0);
  books.apply({kind::blocked, 1, 1, 0, 10 * ms});
  books.tag(thread, why, 11 * ms);
  books.close_stretch(11 * ms);
  books.apply({kind::in, 1, 1, 0, 20 * ms});
  books.apply({kind::preempted, 1, 1, 0, 21 * ms});
  books.close_stretch(22 * ms);
  books.apply({kind::in, 1, 1, 0, 25 * ms});
  books.apply({kind::blocked, 1, 1, 0, 25 * ms + run_ns});
  books.finish(30 * ms);
  return books.stretches().total();
}

TEST(ask_ledger_events, who_queues_to_say_that_it_waits_wants_no_processor) {
  const auto turns = after_losing_the_processor(cause::handoff, 10'000);
  EXPECT_NEAR(turns.queued, 0, 1e-9);
  EXPECT_NEAR(turns.waiting[index_of(cause::handoff)], 0.01899, 1e-6);
  EXPECT_NEAR(after_losing_the_processor(cause::handoff, ms).queued, 0.004, 1e-9)
      << "it had something to do";
  EXPECT_NEAR(after_losing_the_processor(cause::network, 10'000).queued, 0.004, 1e-9)
      << "an answer comes to be used";
}

TEST(ask_ledger_events, who_is_woken_for_nothing_has_waited_on) {
  ledger books{0};
  auto& thread = books.add(1, 1, state::running, 0);
  books.correct_queue(thread, {});
  for (std::uint64_t round = 1; round <= 10; ++round) {
    books.apply({kind::blocked, 1, 1, 0, round * 10 * ms + (round > 5 ? 10'000u : ms)});
    books.tag(thread, cause::handoff, round * 10 * ms + 2 * ms);
    books.apply({kind::in, 1, 1, 0, (round + 1) * 10 * ms});
  }
  books.apply({kind::blocked, 1, 1, 0, 110 * ms + ms});
  sched_times times;
  times.queued_ns = 22 * ms;  // of eleven runs five did nothing
  books.correct_queue(thread, times);
  books.finish(112 * ms);
  EXPECT_NEAR(books.stretches().total().queued, 0.012, 1e-9);
}

}  // namespace
}  // namespace aside_test
