#include "ask/ledger.hpp"

#include <gtest/gtest.h>

namespace aside_test {
namespace {

using namespace aside_app::ask;
using kind = switch_event::kind;
using state = thread_record::state;

constexpr std::uint64_t ms = 1'000'000;

TEST(ask_ledger, a_hundred_waits_are_a_hundred_waits) {
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

TEST(ask_ledger, threads_that_nobody_looked_into_wait_like_the_others) {
  ledger books{0};
  for (pid_t tid = 1; tid <= 10; ++tid)
    books.add(1, tid, state::running, 0);
  for (std::uint64_t round = 0; round < 10; ++round) {
    const auto now = round * 20 * ms + ms;
    for (pid_t tid = 1; tid <= 10; ++tid)
      books.apply({kind::blocked, 1, tid, 0, now});
    books.advance(now + 2 * ms);
    books.tag(*books.find(1), cause::network, now + 2 * ms);
    for (pid_t tid = 1; tid <= 10; ++tid)
      books.apply({kind::in, 1, tid, 0, now + 19 * ms});
  }
  books.finish(200 * ms);
  EXPECT_EQ(books.waits().of(cause::network).count, 100);
  const auto whole = books.stretches().total();
  EXPECT_NEAR(whole.waiting[index_of(cause::network)], 1.9, 1e-6);
  EXPECT_NEAR(whole.some_waited, 0.19, 1e-6);
  EXPECT_NEAR(whole.held_up[index_of(cause::network)], 0.19, 1e-6);
}

TEST(ask_ledger, the_others_may_be_parked_beside_one_that_sleeps) {
  ledger books{0};
  for (pid_t tid = 1; tid <= 40; ++tid) {
    books.add(1, tid, state::running, 0);
    books.apply({kind::blocked, 1, tid, 0, ms});
  }
  for (pid_t tid = 1; tid <= 10; ++tid)
    books.tag(*books.find(tid), tid <= 3 ? cause::timer : cause::handoff, 2 * ms);
  for (pid_t tid = 1; tid <= 40; ++tid)
    books.apply({kind::in, 1, tid, 0, 100 * ms});
  books.finish(100 * ms);
  const auto whole = books.stretches().total();
  EXPECT_NEAR(whole.waiting[index_of(cause::timer)], 3 * 0.099, 1e-6);
  EXPECT_NEAR(whole.waiting[index_of(cause::handoff)], 37 * 0.099, 1e-6);
}

TEST(ask_ledger, quiet_time_may_be_cut_anywhere) {
  ledger books{0};
  books.add(1, 1, state::running, 0);
  books.apply({kind::blocked, 1, 1, 0, 1 * ms});
  books.tag(*books.find(1), cause::timer, 10 * ms);
  books.close_stretch(10 * ms);
  books.advance(50 * ms);
  books.close_stretch(50 * ms, 8);
  books.advance(52 * ms);
  books.close_stretch(52 * ms, 0);  // less than a piece
  const auto& pieces = books.stretches().stretches();
  ASSERT_EQ(pieces.size(), 10u);
  for (std::size_t i = 1; i < 9; ++i) {
    EXPECT_NEAR(pieces[i].length, 0.005, 1e-12);
    EXPECT_NEAR(pieces[i].waiting[index_of(cause::timer)], 0.005, 1e-12);
    EXPECT_NEAR(pieces[i].held_up[index_of(cause::timer)], 0.005, 1e-12);
    EXPECT_NEAR(pieces[i].some_waited, 0.005, 1e-12);
    EXPECT_EQ(pieces[i].most_threads, 1);
  }
  const auto fifths = books.stretches().pieces(5);
  ASSERT_EQ(fifths.size(), 5u);
  for (const auto& each : fifths)
    EXPECT_NEAR(each.length, 0.0104, 1e-12);
  EXPECT_NEAR(fifths[0].running, 0.001, 1e-12);
  EXPECT_NEAR(fifths[0].waiting[index_of(cause::timer)], 0.0094, 1e-12);
  EXPECT_EQ(books.stretches().pieces(200).size(), 200u);
  const auto whole = books.stretches().total();
  EXPECT_NEAR(whole.length, 0.052, 1e-12);
  EXPECT_NEAR(whole.running, 0.001, 1e-12);
  EXPECT_NEAR(whole.held_up[index_of(cause::timer)], 0.051, 1e-12);
}

TEST(ask_ledger, preemption_is_queueing_and_no_wait) {
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

TEST(ask_ledger, two_at_once_count_once_as_time_and_twice_as_waiting) {
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

TEST(ask_ledger, short_processes_are_counted) {
  ledger books{0};
  books.add(1, 1, state::waiting, 0);
  for (pid_t child = 100; child < 150; ++child) {
    const auto born = static_cast<std::uint64_t>(child) * 10 * ms;
    books.apply({kind::born, child, child, 1, born});
    books.apply({kind::in, child, child, 0, born + ms});
    books.apply({kind::ended, child, child, 1, born + 4 * ms});
  }
  books.finish(1600 * ms);
  EXPECT_EQ(books.process_count(), 51u);
  EXPECT_EQ(books.short_process_count(), 50u);
  EXPECT_EQ(books.short_process_run_ns(), 50u * 3 * ms);
}

TEST(ask_ledger, a_short_process_that_waits_for_an_answer_is_none_that_only_starts) {
  ledger books{0};
  books.add(1, 1, state::waiting, 0);
  for (pid_t child = 100; child < 120; ++child) {
    const auto born = static_cast<std::uint64_t>(child) * 100 * ms;
    books.apply({kind::born, child, child, 1, born});
    books.apply({kind::in, child, child, 0, born + ms});
    books.apply({kind::blocked, child, child, 0, born + 6 * ms});
    books.apply({kind::in, child, child, 0, born + 86 * ms});
    books.apply({kind::ended, child, child, 1, born + 87 * ms});
  }
  // One that waits for its own child starts it, and nothing else.
  books.apply({kind::born, 200, 200, 1, 20'000 * ms});
  books.apply({kind::in, 200, 200, 0, 20'001 * ms});
  books.apply({kind::born, 201, 201, 200, 20'002 * ms});
  books.apply({kind::blocked, 200, 200, 0, 20'002 * ms});
  books.apply({kind::in, 201, 201, 0, 20'003 * ms});
  books.apply({kind::ended, 201, 201, 200, 20'030 * ms});
  books.apply({kind::in, 200, 200, 0, 20'030 * ms});
  books.apply({kind::ended, 200, 200, 1, 20'031 * ms});
  books.finish(20'040 * ms);
  EXPECT_EQ(books.process_count(), 23u);
  EXPECT_EQ(books.short_process_count(), 2u);
  EXPECT_EQ(books.short_process_run_ns(), (27 + 1 + 1) * ms);
}

TEST(ask_ledger, looks_from_time_to_time_tell_short_processes_from_clients) {
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

TEST(ask_ledger, waits_of_clients_that_nobody_saw_are_not_their_parents_wait_for_them) {
  ledger books{0};
  books.add(1, 1, state::running, 0);
  for (pid_t child = 100; child < 200; ++child) {
    const auto born = static_cast<std::uint64_t>(child - 100) * 100 * ms;
    books.apply({kind::born, child, child, 1, born});
    books.apply({kind::blocked, 1, 1, 0, born});
    books.apply({kind::in, child, child, 0, born + ms});
    books.apply({kind::blocked, child, child, 0, born + 6 * ms});
    books.advance(born + 10 * ms);
    books.tag(*books.find(1), cause::child, born + 10 * ms);
    if (child % 10 == 0) books.tag(*books.find(child), cause::network, born + 10 * ms);
    books.close_stretch(born + 10 * ms);
    books.apply({kind::in, child, child, 0, born + 86 * ms});
    books.apply({kind::ended, child, child, 1, born + 87 * ms});
    books.apply({kind::in, 1, 1, 0, born + 87 * ms});
  }
  books.finish(10'000 * ms);
  EXPECT_EQ(books.waits().of(cause::network).count, 100);
  EXPECT_NEAR(books.waits().of(cause::network).mean(), 0.080, 1e-9);
  EXPECT_EQ(books.waits().of(cause::child).count, 100);
  const auto whole = books.stretches().total();
  EXPECT_NEAR(whole.waiting[index_of(cause::network)], 8.0, 0.02);
  EXPECT_NEAR(whole.waiting[index_of(cause::child)], 8.7, 0.02);
}

TEST(ask_ledger, a_wait_of_a_length_that_was_never_seen_is_not_taken_for_another) {
  ledger books{0};
  books.add(1, 1, state::running, 0);
  std::uint64_t now = ms;
  for (int i = 0; i < 20; ++i) {  // its pages come from the disk, and nobody looks
    books.apply({kind::blocked, 1, 1, 0, now});
    books.apply({kind::in, 1, 1, 0, now + 2 * ms});
    now += 3 * ms;
  }
  for (int i = 0; i < 100; ++i) {
    books.apply({kind::blocked, 1, 1, 0, now});
    if (i % 3 == 0) {
      books.advance(now + 5 * ms);
      books.tag(*books.find(1), cause::network, now + 5 * ms);
      books.close_stretch(now + 5 * ms);
    }
    books.apply({kind::in, 1, 1, 0, now + 20 * ms});
    now += 21 * ms;
  }
  books.finish(now);
  EXPECT_EQ(books.waits().of(cause::network).count, 100);
  EXPECT_EQ(books.waits().of(cause::unknown).count, 20);
  EXPECT_EQ(books.waits().all().count, 120);
}

TEST(ask_ledger, an_unseen_wait_is_of_the_cause_whose_waits_are_as_long) {
  ledger books{0};
  std::uint64_t now = 0;
  for (pid_t tid = 1; tid <= 60; ++tid) {  // forty read a disk for 4 ms, twenty a network for 50
    const bool reads_disk = tid % 3 != 0;
    const auto length = (reads_disk ? 4 : 50) * ms;
    books.add(tid, tid, state::running, now);
    books.apply({kind::blocked, tid, tid, 0, now + ms});
    books.advance(now + 2 * ms);
    if (tid % 4 == 0)
      books.tag(*books.find(tid), reads_disk ? cause::disk : cause::network, now + 2 * ms);
    books.apply({kind::in, tid, tid, 0, now + ms + length});
    books.apply({kind::ended, tid, tid, 0, now + 2 * ms + length});
    now += 60 * ms;
  }
  books.finish(now);
  EXPECT_EQ(books.waits().of(cause::disk).count, 40);
  EXPECT_EQ(books.waits().of(cause::network).count, 20);
  const auto whole = books.stretches().total();
  EXPECT_NEAR(whole.waiting[index_of(cause::disk)], 40 * 0.004, 0.01);
  EXPECT_NEAR(whole.waiting[index_of(cause::network)], 20 * 0.050, 0.01);
}

TEST(ask_ledger, what_was_queued_has_not_been_waited_for_as_well) {
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

TEST(ask_ledger, who_queues_to_say_that_it_waits_wants_no_processor) {
  const auto turns = after_losing_the_processor(cause::handoff, 10'000);
  EXPECT_NEAR(turns.queued, 0, 1e-9);
  EXPECT_NEAR(turns.waiting[index_of(cause::handoff)], 0.01899, 1e-6);
  EXPECT_NEAR(after_losing_the_processor(cause::handoff, ms).queued, 0.004, 1e-9)
      << "it had something to do";
  EXPECT_NEAR(after_losing_the_processor(cause::network, 10'000).queued, 0.004, 1e-9)
      << "an answer comes to be used";
}

TEST(ask_ledger, who_is_woken_for_nothing_has_waited_on) {
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

TEST(ask_ledger, looks_from_time_to_time_see_too_who_is_woken_for_nothing) {
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

TEST(ask_ledger, waits_of_less_than_a_millisecond_are_counted_apart) {
  ledger books{0};
  books.add(1, 1, state::running, 0);
  std::uint64_t now = ms;
  for (int i = 0; i < 1'000; ++i) {
    books.apply({kind::blocked, 1, 1, 0, now});
    if (i % 100 == 0) books.tag(*books.find(1), cause::network, now + ms / 4);
    books.apply({kind::in, 1, 1, 0, now + ms / 2});
    now += ms;
  }
  books.finish(now);
  EXPECT_EQ(books.waits().of(cause::network).count, 0);
  EXPECT_EQ(books.waits().short_of(cause::network).count, 1'000);
  EXPECT_NEAR(books.waits().short_of(cause::network).mean(), 0.0005, 1e-9);
}

TEST(ask_ledger, sampled_looks_add_up_to_the_time) {
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

TEST(ask_ledger, a_long_wait_that_ends_with_two_slices_is_one_long_wait) {
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

TEST(ask_ledger, a_runnable_thread_without_ticks_is_queued_and_not_counted_twice) {
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
