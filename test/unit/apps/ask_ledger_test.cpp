#include "ask/ledger.hpp"

#include <gtest/gtest.h>

namespace aside_test {
namespace {

using namespace aside_app::ask;
using kind = switch_event::kind;
using state = thread_record::state;

constexpr std::uint64_t ms = 1'000'000;

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

}  // namespace
}  // namespace aside_test
