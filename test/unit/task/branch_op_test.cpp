// The branches of a range: what they cost, and what becomes of them when memory ends.

#include <aside/all.hpp>
#include <aside/race.hpp>

#include "unit/failing_new.hpp"
#include "unit/run_test.hpp"

#include <vector>

namespace {

using aside::task;
using namespace aside_test;

task<std::size_t> given(std::size_t n) { co_return n; }
std::vector<std::size_t> numbers(std::size_t count) {
  std::vector<std::size_t> all(count);
  for (std::size_t i = 0; i < count; ++i)
    all[i] = i;
  return all;
}

TEST(branches_of_a_range, grow_in_few_steps) {
  run_on(1, []() -> task<> {
    constexpr std::size_t count = 4096;
    // They double, so as often as their number has binary digits; and some vectors of all of them. Frames have
    // their memory from elsewhere.
    constexpr std::size_t few = 40;
    const std::vector<std::size_t> range = numbers(count);
    std::size_t before = allocations;
    const std::vector<std::size_t> values = co_await aside::all(range, given);
    EXPECT_LE(allocations - before, few);
    EXPECT_EQ(values, range);

    before = allocations;
    const auto parts = co_await aside::race(range, given);
    EXPECT_LE(allocations - before, few);
    EXPECT_EQ(parts.size(), count);
  });
}

task<> holds(counted) { co_await wait_for_ever(); }

// With each allocation of theirs in turn. What is there by then goes without a word: the expression has failed.
TEST(branches_of_a_range, lose_nothing_when_memory_ends) {
  auto book = std::make_shared<tally>();
  std::size_t made = 0;
  int failures = 0;
  bool failed = true;
  for (std::size_t nth = 0; failed; ++nth) {
    run_on(1, [&]() -> task<> {
      const std::vector<std::size_t> range = numbers(100);
      made = 0;
      failed = false;
      const auto fn = [&](std::size_t) ASIDE_WRAPPER {
        ++made;
        return holds(counted(book));
      };
      testing::internal::CaptureStderr();
      until_one_fails = nth;
      try {
        static_cast<void>(aside::detail::branches_for(range, fn));
      } catch (const std::bad_alloc&) {
        failed = true;
        ++failures;
      }
      until_one_fails = none_fails;
      const std::string said = testing::internal::GetCapturedStderr();
      EXPECT_EQ(said.empty(), failed) << said;
      EXPECT_EQ(book->live, 0) << "allocation " << nth;
      co_return;
    });
    ASSERT_LT(nth, 200u);
    ASSERT_GT(made, 0u);
  }
  EXPECT_EQ(made, 100u);
  EXPECT_GE(failures, 8);  // 1, 2, 4 … 128
}

}  // namespace
