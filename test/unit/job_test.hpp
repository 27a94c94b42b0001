#pragma once
// What holds of blocking and of compute alike. `Call` is the type of either.

#include "unit/gate.hpp"
#include "unit/run_test.hpp"

namespace aside_test {

template <class Call>
aside::task<> call_at_the_gate(gate mine, std::shared_ptr<tally> t) {
  const counted result = co_await Call{}(
      [](gate held, counted c) {
        held->pass();
        return c;
      },
      mine, counted(t));
  ADD_FAILURE() << "nobody has opened the gate";
}

template <class Call>
aside::task<> stop_a_running_call(std::shared_ptr<tally> b,
                                  std::uint64_t aside::runtime_info::* abandoned) {
  auto g = std::make_shared<barrier>();
  co_await aside::scope([&](aside::nursery& n) -> aside::task<> {
    n.spawn(&call_at_the_gate<Call>, g, b);
    while (g->waiting() != 1)
      co_await aside::yield();
    n.request_stop();
  });
  const aside::runtime_info now = aside::info();
  EXPECT_EQ(now.*abandoned, 1u);
  EXPECT_EQ(now.blocking_abandoned + now.compute_abandoned, 1u);
  EXPECT_GE(b->live, 1) << "the call keeps its arguments";
  g->open();
  while (b->live != 0)
    co_await aside::yield();
}

template <class Call>
aside::task<> call_that_returns_at_once(std::shared_ptr<tally> mine) {
  const counted got = co_await Call{}([](counted c) { return c; }, counted(mine));
}

/// The runtime's end awaits what is left of them.
template <class Call>
aside::task<> race_calls_with_a_stop(std::shared_ptr<tally> b) {
  for (int i = 0; i < scaled(1000); ++i) {
    co_await aside::scope([&](aside::nursery& n) -> aside::task<> {
      for (int k = 0; k < 3; ++k)
        n.spawn(&call_that_returns_at_once<Call>, b);
      for (int k = 0; k < i % 9; ++k)
        co_await aside::yield();
      n.request_stop();
    });
  }
}

}  // namespace aside_test
