#include "ask/task_census.hpp"

#include "unit/run_test.hpp"

#include <unistd.h>
#include <chrono>

namespace aside_test {
namespace {

using aside::task;
using aside_app::ask::task_census;
using aside_app::ask::task_counts;
using namespace std::chrono_literals;

task<> wait_long() { co_await aside::sleep_for(1h); }

/// What is read of a process after a second of looking.
std::optional<task_counts> counts_of(pid_t pid) {
  task_census census{pid};
  EXPECT_FALSE(census.read(1).has_value());
  return census.read(1'000'000'000);
}

/// What another process would read of this one.
task_counts counted_now() {
  const auto counts = counts_of(getpid());
  EXPECT_TRUE(counts.has_value());
  return counts.value_or(task_counts{});
}

task<> begin_some_and_count(std::size_t number) {
  co_await aside::scope([&](aside::nursery& n) -> task<> {
    for (std::size_t i = 0; i < number; ++i)
      n.spawn(wait_long);
    const auto begun = counted_now();
    EXPECT_EQ(begun.ready, static_cast<double>(number));
    EXPECT_EQ(begun.running, 1);
    EXPECT_EQ(begun.waiting, 0);
    task_counts later;
    do {
      co_await aside::sleep_for(1ms);
      later = counted_now();
    } while (later.ready > 0);
    EXPECT_EQ(later.running, 1);
    EXPECT_EQ(later.waiting, static_cast<double>(number));
    EXPECT_EQ(later.cores, 1u);
    EXPECT_FALSE(later.partial);
    n.request_stop();
  });
}

TEST(task_census, counts_what_waits_is_ready_and_runs) {
  for (const std::size_t number : {1u, 100u, 1'000u})
    run_on(1, begin_some_and_count, number);
}

task<> count_on_two_cores() {
  co_await aside::scope([](aside::nursery& n) -> task<> {
    for (int i = 0; i < 50; ++i)
      n.spawn(wait_long);
    task_counts counts;
    do {
      co_await aside::sleep_for(1ms);
      counts = counted_now();
    } while (counts.waiting < 50);
    EXPECT_EQ(counts.waiting, 50);
    EXPECT_EQ(counts.cores, 2u);
    n.request_stop();
  });
}

TEST(task_census, counts_all_cores) { run_on(2, count_on_two_cores); }

TEST(task_census, says_nothing_without_a_runtime) {
  EXPECT_FALSE(counts_of(getpid()).has_value());
}

TEST(task_census, says_nothing_of_a_process_that_is_gone) {
  EXPECT_FALSE(counts_of(1 << 22).has_value());
}

}  // namespace
}  // namespace aside_test
