#include "ask/history.hpp"

#include <gtest/gtest.h>

namespace aside_test {
namespace {

using namespace aside_app::ask;

stretch second_of(double running, double queued, cause why, double waited) {
  stretch all;
  all.length = 1;
  all.running = all.some_ran = running;
  all.queued = queued;
  all.waiting[index_of(why)] = waited;
  all.weights[index_of(why)] = waited * weight_of(why, false);
  all.blame();
  return all;
}

TEST(ask_history, nobody_is_held_up_by_a_queue_for_longer_than_it_lasts) {
  const auto handed = second_of(0.2, 0.1, cause::handoff, 4.7);
  EXPECT_NEAR(handed.held_by_queue, 0.1, 1e-9) << "however little it weighs that they wait for each other";
  EXPECT_NEAR(handed.held_up[index_of(cause::handoff)], 0.7, 1e-9);
  const auto queued = second_of(0.2, 3, cause::handoff, 1.8);
  EXPECT_NEAR(queued.held_by_queue, 0.8, 0.01) << "nor for longer than nothing runs";
  const auto alone = second_of(0.5, 0.5, cause::network, 0);
  EXPECT_NEAR(alone.held_by_queue, 0.5, 1e-9);
}

TEST(ask_history, what_nobody_waited_for_is_unknown) {
  const auto idle = second_of(0.4, 0, cause::network, 0);
  EXPECT_NEAR(idle.held_up[index_of(cause::unknown)], 0.6, 1e-9);
  EXPECT_EQ(idle.held_by_queue, 0);
}

}  // namespace
}  // namespace aside_test
