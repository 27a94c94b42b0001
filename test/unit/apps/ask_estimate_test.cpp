#include "ask/estimate.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string_view>

namespace aside_test {
namespace {

using namespace aside_app::ask;

verdict given(std::string_view code) {
  verdict made;
  made.code = code;
  return made;
}

/// Ten seconds on two cores, for a tenth of which it computes; it waits for the network else.
measurement ran(double at_once) {
  measurement found;
  found.wall = 10;
  found.cores = 2;
  found.cpu = 1;
  found.thread_count = 64;
  stretch all;
  all.length = 10;
  all.running = all.some_ran = 1;
  all.some_waited = 9;
  all.waiting[index_of(cause::network)] = 9 * at_once;
  all.held_up[index_of(cause::network)] = 9;
  found.stretches.add(all);
  return found;
}

void wait_often(measurement& found, int times, double seconds) {
  for (int i = 0; i < times; ++i)
    found.waits.add(cause::network, static_cast<std::uint64_t>(seconds * 1e9));
}

const estimate* estimate_in(const std::vector<estimate>& all, std::string_view kind) {
  const auto found = std::find_if(all.begin(), all.end(),
                                  [&](const estimate& each) { return each.kind == kind; });
  return found == all.end() ? nullptr : &*found;
}

TEST(ask_estimate, overlapping_is_bounded_by_the_work_and_the_longest_wait) {
  auto found = ran(1);
  wait_often(found, 90, 0.1);
  const auto all = estimates_for(given("waiting.sequence"), found, {});
  const auto* best = estimate_in(all, "overlap_seconds");
  ASSERT_NE(best, nullptr);
  EXPECT_NEAR(best->value, 90 * 0.1 / 16 + 1, 1e-6);
  EXPECT_LE(best->value, found.wall);
  EXPECT_NE(best->words.find("if none needs another's answer"), std::string::npos);
}

TEST(ask_estimate, what_is_not_overlapped_is_no_bound_of_overlapping) {
  auto found = ran(1);
  wait_often(found, 90, 0.1);
  for (int i = 0; i < 9; ++i)  // its workers wait for each other all the time
    found.waits.add(cause::handoff, 9'000'000'000);
  const auto all = estimates_for(given("waiting.sequence"), found, {});
  const auto* best = estimate_in(all, "overlap_seconds");
  ASSERT_NE(best, nullptr);
  EXPECT_NEAR(best->value, 90 * 0.1 / 16 + 1, 1e-6);
}

TEST(ask_estimate, what_is_in_flight_fills_the_cores_at_some_number) {
  auto found = ran(50);
  wait_often(found, 1'000, 0.45);
  const auto all = estimates_for(given("waiting.many"), found, {});
  const auto* filled = estimate_in(all, "in_flight_to_fill");
  ASSERT_NE(filled, nullptr);
  EXPECT_NEAR(filled->value, 2 * (1 + 0.45 / 0.001), 1e-6);
  EXPECT_TRUE(filled->words.starts_with("At most ")) << filled->words;
}

TEST(ask_estimate, waits_that_were_not_over_say_nothing_of_how_many_fill_it) {
  const auto found = ran(50);
  const auto all = estimates_for(given("waiting.many"), found, {});
  EXPECT_EQ(estimate_in(all, "in_flight_to_fill"), nullptr);
}

TEST(ask_estimate, waiting_threads_hold_memory_from_some_number_on) {
  EXPECT_TRUE(speaks_of_memory(ran(50)));
  EXPECT_FALSE(speaks_of_memory(ran(3)));
  const waiting_cost cost{};
  const auto all = estimates_for(given("waiting.many"), ran(50), cost);
  const auto* threads = estimate_in(all, "thread_bytes");
  const auto* tasks = estimate_in(all, "task_bytes");
  ASSERT_NE(threads, nullptr);
  ASSERT_NE(tasks, nullptr);
  EXPECT_NEAR(threads->value, 50 * cost.thread(), 1e-6);
  EXPECT_NEAR(tasks->value, 50 * cost.task, 1e-6);
}

TEST(ask_estimate, more_cores_help_the_part_that_computes) {
  auto found = ran(1);
  const auto all = estimates_for(given("mixed"), found, {});
  const auto* faster = estimate_in(all, "cores_speedup");
  ASSERT_NE(faster, nullptr);
  EXPECT_NEAR(faster->value, 1 / (0.9 + 0.1 / 2), 1e-6);
  found.cores = 1;
  const auto alone = estimates_for(given("mixed"), found, {});
  EXPECT_EQ(estimate_in(alone, "cores_speedup"), nullptr);
}

}  // namespace
}  // namespace aside_test
