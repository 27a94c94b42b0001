// The rows of calls: those of `blocking`, and of libraries that call back.
#include "conformance/stop_matrix.hpp"

#include "sched/runtime.hpp"

#include <thread>

namespace aside_test {
namespace {

using aside::task;

carried hold_thread(cell_ptr c) {
  const inside here(*c);
  ++c->called;
  c->called.notify_all();
  c->may_return.wait(0);
  return carried(c->live);
}
task<> call(cell_ptr c) {
  const carried got = co_await aside::blocking(&hold_thread, c);
  ++c->delivered;
}
task<> call_in_a_race(cell_ptr c) {
  const auto [got, never] =
      co_await aside::race(aside::blocking(&hold_thread, c), wait_for_ever());
  EXPECT_TRUE(got.has_value());
  EXPECT_FALSE(never);
  ++c->delivered;
}
bool has_called(const cell& c) { return c.called != 0; }
int let_return(cell& c) {
  c.may_return = 1;
  c.may_return.notify_all();
  // On one core the result waits in the inject queue until this turn ends.
  const auto* const here = aside::detail::this_core();
  if (here != nullptr && here->rt.workers == 1)
    while (here->rt.inject.size() == 0)
      std::this_thread::yield();
  return 1;
}
/// A call that is abandoned runs to its end, and its result dies there.
task<int> end_the_call(cell& c) {
  c.may_return = 1;
  c.may_return.notify_all();
  while (c.live != 0)
    co_await aside::yield();
  co_return dropped;
}
void called_when_begun(const cell& c, bool began) { EXPECT_EQ(c.called, began ? 1 : 0); }

// The pool's one thread is held.
void hold_pool(cell_ptr c) {
  c->holds = 1;
  c->may_return.wait(0);
}
task<> hold_the_pool(cell_ptr c) { co_await aside::blocking(&hold_pool, c); }
task<> spawn_holder(cell_ptr c) {
  c->other.emplace(aside::spawn_joinable(&hold_the_pool, c));
  while (c->holds == 0)
    co_await aside::yield();
}
carried return_at_once(cell_ptr c) {
  ++c->called;
  return carried(c->live);
}
task<> call_later(cell_ptr c) {
  const carried got = co_await aside::blocking(&return_at_once, c);
  ++c->delivered;
}
bool is_queued(const cell&) { return aside::info().blocking_queued == 1; }
int free_the_pool(cell& c) {
  c.may_return = 1;
  c.may_return.notify_all();
  return 1;
}
task<int> end_the_holder(cell& c) {
  const bool was_free = c.may_return != 0;
  free_the_pool(c);
  co_await c.other->join();
  while (c.live != 0)
    co_await aside::yield();
  if (!was_free) {
    EXPECT_EQ(c.called, 0) << "a call that was stopped in the queue has begun";
  }
  co_return dropped;
}

// Of a library that calls back.
task<> make_callback(cell_ptr c) {
  c->callback.emplace();
  c->context = c->callback->context();
  co_return;
}
int call_back(cell& c) {
  EXPECT_TRUE(aside::callback<carried>::complete(c.context.exchange(nullptr), carried(c.live)));
  return 1;
}
int drop_callback(cell& c) {
  aside::callback<carried>::drop(c.context.exchange(nullptr));
  return 1;
}
task<> wait_for_callback(cell_ptr c) {
  const carried got = co_await c->callback->wait();
  ++c->delivered;
}
task<> wait_for_dropped_callback(cell_ptr c) {
  try {
    const carried got = co_await c->callback->wait();
  } catch (const std::system_error&) {
    ++c->delivered;
  }
}
/// A stop of the wait is none of the call: what came later is waited for again.
task<int> left_in_callback(cell& c) {
  if (c.delivered != 0) co_return 0;
  if (void* const unused = c.context.exchange(nullptr); unused != nullptr)
    aside::callback<carried>::drop(unused);
  try {
    const carried got = co_await c.callback->wait();
  } catch (const std::system_error&) {
  }
  co_return c.given;
}

}  // namespace

void add_call_rows(std::vector<row>& to) {
  to.push_back({.name = "callback",
                .await = &wait_for_callback,
                .complete = &call_back,
                .prepare = &make_callback,
                .rest = &left_in_callback});
  to.push_back({.name = "callback_that_is_dropped",
                .await = &wait_for_dropped_callback,
                .complete = &drop_callback,
                .prepare = &make_callback,
                .rest = &left_in_callback});
  to.push_back({.name = "blocking",
                .await = &call,
                .complete = &let_return,
                .rest = &end_the_call,
                .after = &called_when_begun,
                .waits = &has_called});
  to.push_back({.name = "blocking_in_a_race",
                .await = &call_in_a_race,
                .complete = &let_return,
                .rest = &end_the_call,
                .after = &called_when_begun,
                .waits = &has_called});
  to.push_back({.name = "blocking_that_queues",
                .await = &call_later,
                .complete = &free_the_pool,
                .gives = "000--",
                .prepare = &spawn_holder,
                .rest = &end_the_holder,
                .waits = &is_queued});
}

}  // namespace aside_test
