#include "ask/timeline.hpp"

#include <gtest/gtest.h>

namespace aside_test {
namespace {

using namespace aside_app::ask;

TEST(ask_timeline, columns_share_the_time) {
  history run;
  for (int i = 0; i < 10; ++i) {
    stretch piece;
    piece.length = 0.1;
    piece.running = i < 5 ? 0.1 : 0;
    piece.waiting[index_of(cause::network)] = i < 5 ? 0 : 0.4;
    piece.waiting[index_of(cause::join)] = 0.1;  // the program waits for itself
    run.add(piece);
  }
  const auto line = timeline_of(run, 2);
  ASSERT_EQ(line.running.size(), 2u);
  EXPECT_NEAR(line.seconds, 1, 1e-9);
  EXPECT_NEAR(line.running[0], 1, 1e-6);
  EXPECT_NEAR(line.running[1], 0, 1e-6);
  EXPECT_NEAR(line.waiting[0], 0, 1e-6);
  EXPECT_NEAR(line.waiting[1], 4, 1e-6);
}

TEST(ask_timeline, what_is_set_right_later_is_never_below_zero) {
  history run;
  stretch piece;
  piece.length = 0.1;
  piece.waiting[index_of(cause::network)] = -0.01;
  run.add(piece);
  EXPECT_EQ(timeline_of(run, 1).waiting.front(), 0);
  EXPECT_TRUE(timeline_of({}, 5).running.empty());
}

TEST(ask_timeline, bars_are_scaled_to_the_peak) {
  EXPECT_EQ(bars({0, 0.001, 0.5, 1, 7}, 1, false), "  ▄██");
  EXPECT_EQ(bars({0, 0.01, 0.5, 1}, 1, true), " .=@");
  EXPECT_EQ(bars({0, 1}, 0, true), "  ") << "a peak of nothing";
  EXPECT_EQ(bar(0.5, 4, false), "██");
  EXPECT_EQ(bar(0.5, 4, true), "##");
  EXPECT_EQ(bar(2, 4, true), "####");
  EXPECT_EQ(bar(-1, 4, true), "");
}

}  // namespace
}  // namespace aside_test
