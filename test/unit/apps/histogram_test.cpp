#include "measure/histogram.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <thread>
#include <vector>

namespace aside_test {
namespace {

using aside_app::histogram;
using std::chrono::nanoseconds;

TEST(histogram, empty_is_zero) {
  histogram h;
  EXPECT_EQ(h.count(), 0u);
  EXPECT_EQ(h.at(0.5), nanoseconds{0});
}

TEST(histogram, keeps_every_value_within_one_sixtieth) {
  for (std::int64_t value = 1; value < (std::int64_t{1} << 39); value = value * 5 / 4 + 1) {
    histogram h;
    h.record(nanoseconds{value});
    const auto kept = h.at(0.5).count();
    EXPECT_GE(kept, value);
    EXPECT_LE(static_cast<double>(kept), static_cast<double>(value) * (1 + 1.0 / 60)) << value;
  }
}

TEST(histogram, shares) {
  histogram h;
  for (int i = 1; i <= 1000; ++i) h.record(nanoseconds{i * 1000});
  EXPECT_NEAR(static_cast<double>(h.at(0.5).count()), 500'000, 10'000);
  EXPECT_NEAR(static_cast<double>(h.at(0.99).count()), 990'000, 20'000);
  EXPECT_NEAR(static_cast<double>(h.at(0.999).count()), 999'000, 20'000);
  EXPECT_GE(h.at(1).count(), 1'000'000);
}

TEST(histogram, extremes_have_a_place) {
  histogram h;
  h.record(nanoseconds{-5});
  h.record(nanoseconds{0});
  h.record(nanoseconds::max());
  EXPECT_EQ(h.count(), 3u);
  EXPECT_EQ(h.at(0.5), nanoseconds{0});
  EXPECT_GT(h.at(1), std::chrono::minutes{18});
}

TEST(histogram, merge_adds) {
  histogram a;
  histogram b;
  for (int i = 0; i < 10; ++i) a.record(nanoseconds{100});
  for (int i = 0; i < 30; ++i) b.record(nanoseconds{100'000});
  a.merge(b);
  EXPECT_EQ(a.count(), 40u);
  EXPECT_LT(a.at(0.25), nanoseconds{200});
  EXPECT_GE(a.at(0.26), nanoseconds{100'000});
}

TEST(histogram, threads_lose_nothing) {
  histogram h;
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t)
      threads.emplace_back([&h, t] {
        for (int i = 0; i < 10'000; ++i) h.record(nanoseconds{t * 1000 + i});
      });
  }
  EXPECT_EQ(h.count(), 40'000u);
}

}  // namespace
}  // namespace aside_test
