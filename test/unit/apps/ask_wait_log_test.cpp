#include "ask/wait_log.hpp"

#include <gtest/gtest.h>

namespace aside_test {
namespace {

using namespace aside_app::ask;

constexpr std::uint64_t ms = 1'000'000;

TEST(ask_wait_log, short_waits_beside_a_long_one_hardly_matter) {
  wait_log log;
  log.add(cause::network, 50 * ms);
  for (int i = 0; i < 5; ++i)
    log.add(cause::network, 2 * ms);
  EXPECT_EQ(log.of(cause::network).count, 6);
  EXPECT_NEAR(log.of(cause::network).effective(), 1.43, 0.01);
  for (int i = 0; i < 100; ++i)
    log.add(cause::disk, 3 * ms);
  EXPECT_NEAR(log.of(cause::disk).effective(), 100, 1e-6);
  EXPECT_EQ(wait_sum{}.effective(), 0);
  EXPECT_EQ(wait_sum{}.mean(), 0);
}

TEST(ask_wait_log, of_the_program_itself_is_apart_from_outside) {
  wait_log log;
  log.add(cause::network, 10 * ms);
  log.add(cause::join, 20 * ms);
  EXPECT_EQ(log.external().count, 1);
  EXPECT_EQ(log.all().count, 2);
}

TEST(ask_wait_log, lengths_are_known_within_a_fifth) {
  wait_log log;
  EXPECT_EQ(log.length_at(0.5), 0);
  for (int i = 0; i < 98; ++i)
    log.add(cause::network, 20 * ms);
  for (int i = 0; i < 2; ++i)
    log.add(cause::network, 3'000 * ms);
  EXPECT_NEAR(log.length_at(0.5), 0.020, 0.004);
  EXPECT_NEAR(log.length_at(0.99), 3.0, 0.6);
}

TEST(ask_wait_log, the_longest_have_a_place) {
  wait_log log;
  log.add(cause::timer, std::uint64_t{40} * 24 * 3'600 * 1'000 * ms);
  EXPECT_EQ(log.lengths().back(), 1u);
}

}  // namespace
}  // namespace aside_test
