// The rows: each awaitable of the core once.
#include "conformance/stop_matrix.hpp"

#include "sched/runtime.hpp"

namespace aside_test {
namespace {

using aside::nursery;
using aside::task;
using namespace std::chrono_literals;

// ---- what completes, and what is left

int open_gate(cell& c) {
  c.gate.set();
  return 1;
}
int open_both(cell& c) {
  c.gate.set();
  c.second.set();
  return 2;
}
task<int> left_in(aside::event& e) {
  const auto wait = [&]() -> task<> { co_await e.wait(); };
  const auto got = co_await aside::timeout(0s, wait());
  co_return got.has_value() ? 1 : 0;
}
task<int> left_at_gate(cell& c) { co_return co_await left_in(c.gate); }
task<int> left_at_both(cell& c) {
  const int first = co_await left_in(c.gate);
  const int second = co_await left_in(c.second);
  co_return first + second;
}
task<> wait_inside(cell& c, aside::event& e) {
  const inside here(c);
  co_await e.wait();
  ++c.delivered;
}
task<> wait_at_gate(cell& c) { co_await wait_inside(c, c.gate); }
task<> wait_inside_for_ever(cell& c) {
  const inside here(c);
  co_await wait_for_ever();
}
/// Time passes: the core that calls has been busy until then, and looks at its timers.
int let_time_pass(cell& c) {
  while (std::chrono::steady_clock::now() < c.due + 2ms) {
  }
  if (const auto* const h = aside::detail::this_host(); h != nullptr && aside::info().workers == 1)
    h->wheel->advance(
        static_cast<std::uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count()));
  return 0;
}

// ---- time

task<> sleep_long(cell_ptr c) { co_await aside::sleep_until(c->due); }
task<> sleep_a_time(cell_ptr c) {
  co_await aside::sleep_for(c->due - std::chrono::steady_clock::now());
}
task<> wait_for_a_tick(cell_ptr c) {
  const auto period = c->due - std::chrono::steady_clock::now();
  aside::interval every(period);
  co_await every.tick();
}
task<> yield_once(cell_ptr) { co_await aside::yield(); }

// ---- limits

task<> wait_in_time(cell_ptr c) {
  const auto got = co_await aside::timeout(1h, wait_at_gate(*c));
  EXPECT_TRUE(got.has_value());
}
task<> wait_too_long(cell_ptr c) {
  const auto left = c->due - std::chrono::steady_clock::now();
  const auto got = co_await aside::timeout(left, wait_inside_for_ever(*c));
  EXPECT_FALSE(got.has_value());
}
/// The outer limit is the smaller one: it counts inside.
task<> wait_under_two_limits(cell_ptr c) {
  const auto left = c->due - std::chrono::steady_clock::now();
  const auto inner = [&]() -> task<> {
    const auto never = co_await aside::timeout(24h, wait_inside_for_ever(*c));
    ADD_FAILURE() << "an outer limit is no inner one: " << never.has_value();
  };
  const auto got = co_await aside::timeout(left, inner());
  EXPECT_FALSE(got.has_value());
}

// ---- handovers

task<> wait_for_event(cell_ptr c) {
  co_await c->gate.wait();
  ++c->delivered;
}
/// An operation of one's own, on the same word as an event.
class ASIDE_AWAIT_IT own_wait : public aside::operation<own_wait> {
 public:
  static constexpr const char* name = "own wait";
  explicit own_wait(cell& c) noexcept : word_(&c.word) {}
  bool attempt() noexcept {
    std::uintptr_t set = 1;
    return word_->compare_exchange_strong(set, 0);
  }
  bool publish(aside::waiter me) noexcept {
    std::uintptr_t nothing = 0;
    me_ = reinterpret_cast<std::uintptr_t>(me.address());
    return word_->compare_exchange_strong(nothing, me_);
  }
  bool withdraw() noexcept {
    std::uintptr_t mine = me_;
    return word_->compare_exchange_strong(mine, 0);
  }
  void await_resume() const noexcept {}

 private:
  std::atomic<std::uintptr_t>* word_;
  std::uintptr_t me_ = 0;
};
task<> wait_in_own_way(cell_ptr c) {
  co_await own_wait(*c);
  ++c->delivered;
}
int set_word(cell& c) {
  const std::uintptr_t before = c.word.exchange(1);
  if (before > 1) aside::waiter::from_address(reinterpret_cast<void*>(before)).wake();
  return 1;
}
task<int> left_in_word(cell& c) { co_return static_cast<int>(c.word.load()); }

task<> make_oneshot(cell_ptr c) {
  auto [send, receive] = aside::oneshot<carried>();
  c->sender.emplace(std::move(send));
  c->receiver.emplace(std::move(receive));
  co_return;
}
int send_value(cell& c) {
  EXPECT_TRUE(c.sender->set(carried(c.live)));
  return 1;
}
int drop_sender(cell& c) {
  c.sender.reset();
  return 1;
}
task<> receive_value(cell_ptr c) {
  const carried got = co_await *c->receiver;
  ++c->delivered;
}
task<> receive_result(cell_ptr c) {
  const auto got = co_await c->receiver->as_result();
  EXPECT_TRUE(got.has_value());
  ++c->delivered;
}
task<> receive_from_nobody(cell_ptr c) {
  const auto got = co_await c->receiver->as_result();
  EXPECT_FALSE(got.has_value());
  ++c->delivered;
}
task<> receive_failure(cell_ptr c) {
  try {
    const carried got = co_await *c->receiver;
  } catch (const std::system_error&) {
    ++c->delivered;
  }
}
/// The receiver stays usable; without a value it finds its sender gone.
task<int> left_in_oneshot(cell& c) {
  if (c.delivered != 0) co_return 0;
  const bool was_sent = c.given != 0 && c.sender.has_value();
  c.sender.reset();
  const auto got = co_await c.receiver->as_result();
  EXPECT_EQ(got.has_value(), was_sent);
  co_return c.given;
}

task<carried> make_value(cell_ptr c) {
  const inside here(*c);
  co_await c->gate.wait();
  co_return carried(c->live);
}
task<carried> fail_later(cell_ptr c) {
  const inside here(*c);
  co_await c->gate.wait();
  throw std::runtime_error("as it should");
}
task<> spawn_value(cell_ptr c) {
  c->handle.emplace(aside::spawn_joinable(&make_value, c));
  co_return;
}
task<> spawn_failure(cell_ptr c) {
  c->handle.emplace(aside::spawn_joinable(&fail_later, c));
  co_return;
}
task<> join_value(cell_ptr c) {
  const carried got = co_await c->handle->join();
  ++c->delivered;
}
task<> join_result(cell_ptr c) {
  const auto got = co_await c->handle->join().as_result();
  EXPECT_TRUE(got.has_value());
  ++c->delivered;
}
task<> join_failure(cell_ptr c) {
  try {
    const carried got = co_await c->handle->join();
  } catch (const std::runtime_error&) {
    ++c->delivered;
  }
}
/// A stop of the join is none of the task: it is joined again.
task<int> left_in_join(cell& c) {
  if (c.delivered != 0) co_return 0;
  if (c.given == 0) c.gate.set();
  try {
    const carried got = co_await c.handle->join();
  } catch (const std::runtime_error&) {
  }
  co_return c.given;
}

// ---- branches

task<> await_all(cell_ptr c) { co_await aside::all(wait_at_gate(*c), wait_inside(*c, c->second)); }
task<> await_all_of_a_range(cell_ptr c) {
  const std::vector<int> numbers{0, 1};
  co_await aside::all(
      numbers, [&](int n) ASIDE_WRAPPER { return wait_inside(*c, n == 0 ? c->gate : c->second); });
}
task<> await_race(cell_ptr c) {
  auto [won, lost] = co_await aside::race(wait_at_gate(*c), wait_for_ever());
  EXPECT_TRUE(won);
  EXPECT_FALSE(lost);
}
task<> await_race_of_operations(cell_ptr c) {
  auto [won, lost] = co_await aside::race(c->gate.wait(), c->second.wait());
  c->delivered += (won ? 1 : 0) + (lost ? 1 : 0);
}
task<> await_race_of_a_range(cell_ptr c) {
  const std::vector<int> numbers{0, 1};
  const auto won = co_await aside::race(
      numbers, [&](int n) ASIDE_WRAPPER { return wait_inside(*c, n == 0 ? c->gate : c->second); });
  EXPECT_TRUE(won[0] || won[1]);
}
task<> await_race_of_a_scope(cell_ptr c) {
  const auto body = [&](nursery& n) -> task<> {
    n.spawn(&wait_at_gate, std::ref(*c));
    co_return;
  };
  auto [won, lost] = co_await aside::race(aside::scope(body), wait_for_ever());
  EXPECT_TRUE(won);
  EXPECT_FALSE(lost);
}

// ---- stopping

task<> await_try_stopped(cell_ptr c) {
  const auto got = co_await aside::try_stopped(wait_at_gate(*c));
  EXPECT_EQ(got.has_value(), c->delivered != 0);
}
task<> await_shield(cell_ptr c) { co_await aside::shield(wait_at_gate(*c)); }
task<> clean(cell& c) {
  co_await aside::yield();
  ++c.cleaned;
}
task<> await_finally(cell_ptr c) { co_await aside::finally(wait_at_gate(*c), clean(*c)); }
void cleaned_once(const cell& c, bool) { EXPECT_EQ(c.cleaned, 1); }
task<> await_stop_when(cell_ptr c) {
  const auto got = co_await aside::stop_when(c->stop_source.get_token(), wait_at_gate(*c));
  EXPECT_TRUE(got.has_value());
}
int ask_token(cell& c) {
  c.stop_source.request_stop();
  return 0;
}
task<> await_stop_of_a_token(cell_ptr c) {
  const auto got = co_await aside::stop_when(c->stop_source.get_token(), wait_inside_for_ever(*c));
  EXPECT_FALSE(got.has_value());
}
task<> await_with_stop_token(cell_ptr c) {
  const auto body = [&](std::stop_token token) -> task<> {
    co_await wait_at_gate(*c);
    EXPECT_TRUE(token.stop_possible());
  };
  co_await aside::with_stop_token(body);
}

aside::task_local<int> bound;
task<> wait_with_a_local(cell_ptr c) { co_await bound.with(7, wait_at_gate(*c)); }

aside::async_generator<int> gives_at_gate(cell& c) {
  co_await wait_at_gate(c);
  co_yield 1;
}
task<> ask_a_generator(cell_ptr c) {
  auto values = gives_at_gate(*c);
  const auto got = co_await values.next();
  EXPECT_TRUE(got.has_value());
}

// ---- scopes

task<> join_children(cell_ptr c) {
  co_await aside::scope([&](nursery& n) -> task<> {
    n.spawn(&wait_at_gate, std::ref(*c));
    n.spawn_local([&]() -> task<> { co_await wait_inside(*c, c->second); });
    co_return;
  });
}
task<> wait_in_a_scopes_body(cell_ptr c) {
  co_await aside::scope([&](nursery& n) -> task<> {
    n.spawn_local([&]() -> task<> { co_await wait_inside(*c, c->second); });
    co_await wait_at_gate(*c);
  });
}
task<> join_supervised(cell_ptr c) {
  co_await aside::supervise([&](nursery& n) -> task<> {
    n.spawn(&wait_at_gate, std::ref(*c));
    n.spawn(&wait_inside, std::ref(*c), std::ref(c->second));
    co_return;
  });
}
task<> wait_for_a_reference(cell_ptr c) {
  co_await aside::scope([&](nursery& n) -> task<> {
    c->held.emplace(n);
    c->is_held = true;
    co_return;
  });
}
bool is_held(const cell& c) { return c.is_held; }
int let_reference_go(cell& c) {
  c.is_held = false;
  c.held.reset();
  return 0;
}
task<> one_of_each(cell* c) { co_await wait_at_gate(*c); }
task<> wait_in_each(cell_ptr c) {
  const std::vector<cell*> cells(1, c.get());
  co_await aside::each(cells, 2, &one_of_each);
}
/// The second element waits until the first has ended.
task<> wait_for_a_turn_in_each(cell_ptr c) {
  const std::vector<cell*> cells(2, c.get());
  co_await aside::each(cells, 1, &one_of_each);
}

// ---- awaits

task<> level(cell& c, int depth) {
  const inside here(c);
  if (depth == 0)
    co_await wait_at_gate(c);
  else
    co_await level(c, depth - 1);
}
task<> await_nested(cell_ptr c) { co_await level(*c, 3); }
/// Deeper than what is started on one native stack.
task<> await_deeply_nested(cell_ptr c) { co_await level(*c, 1000); }
task<> await_a_branch_deep_down(cell_ptr c) {
  const auto limited = [&]() -> task<> { co_await aside::shield(wait_at_gate(*c)); };
  const auto got = co_await aside::timeout(1h, limited());
  EXPECT_TRUE(got.has_value());
}

}  // namespace

const std::vector<row>& rows() {
  const auto gate = [](const char* name, task<> (*await)(cell_ptr), const char* gives = "00011") {
    return row{.name = name,
               .await = await,
               .complete = &open_gate,
               .gives = gives,
               .rest = &left_at_gate};
  };
  const auto both = [](const char* name, task<> (*await)(cell_ptr), const char* gives = "0001-") {
    return row{.name = name,
               .await = await,
               .complete = &open_both,
               .gives = gives,
               .rest = &left_at_both};
  };
  const auto timed = [](const char* name, task<> (*await)(cell_ptr), const char* gives = "0001-") {
    return row{
        .name = name, .await = await, .complete = &let_time_pass, .gives = gives, .timed = true};
  };
  const auto one = [](const char* name, task<> (*await)(cell_ptr), int (*complete)(cell&)) {
    return row{.name = name,
               .await = await,
               .complete = complete,
               .prepare = &make_oneshot,
               .rest = &left_in_oneshot};
  };
  static const std::vector<row> all = [&] {
    std::vector<row> r;
    r.push_back(timed("sleep_until", &sleep_long));
    r.push_back(timed("sleep_for", &sleep_a_time));
    r.push_back(timed("interval", &wait_for_a_tick));
    // A yield is ready from the start, and a stop ends it all the same.
    r.push_back({.name = "yield",
                 .await = &yield_once,
                 .complete = nullptr,
                 .gives = "000--",
                 .settles = 0});
    r.push_back(gate("timeout", &wait_in_time));
    // A limit and a stop from outside: the stop is what travels on.
    r.push_back(timed("timeout_that_is_over", &wait_too_long, "0000-"));
    r.push_back(timed("timeout_of_an_ambient_deadline", &wait_under_two_limits, "0000-"));
    r.push_back(
        {.name = "event", .await = &wait_for_event, .complete = &open_gate, .rest = &left_at_gate});
    r.push_back({.name = "operation_of_ones_own",
                 .await = &wait_in_own_way,
                 .complete = &set_word,
                 .rest = &left_in_word});
    r.push_back(one("oneshot", &receive_value, &send_value));
    r.push_back(one("oneshot_as_result", &receive_result, &send_value));
    r.push_back(one("oneshot_whose_sender_goes", &receive_failure, &drop_sender));
    r.push_back(one("oneshot_as_result_whose_sender_goes", &receive_from_nobody, &drop_sender));
    r.push_back({.name = "join_handle",
                 .await = &join_value,
                 .complete = &open_gate,
                 .gives = "000-1",
                 .prepare = &spawn_value,
                 .rest = &left_in_join});
    r.push_back({.name = "join_handle_as_result",
                 .await = &join_result,
                 .complete = &open_gate,
                 .gives = "000-1",
                 .prepare = &spawn_value,
                 .rest = &left_in_join});
    r.push_back({.name = "join_handle_of_a_failure",
                 .await = &join_failure,
                 .complete = &open_gate,
                 .gives = "000-1",
                 .prepare = &spawn_failure,
                 .rest = &left_in_join});
    r.push_back(both("all", &await_all));
    r.push_back(both("all_of_a_range", &await_all_of_a_range));
    r.push_back(gate("race", &await_race));
    r.push_back(both("race_of_operations", &await_race_of_operations));
    r.push_back(both("race_of_a_range", &await_race_of_a_range));
    r.push_back(gate("race_of_a_scope", &await_race_of_a_scope, "00000"));
    r.push_back(gate("try_stopped", &await_try_stopped, "11111"));
    r.push_back(gate("shield", &await_shield, "11111"));
    r.back().needs_completion = true;
    r.push_back(gate("finally", &await_finally));
    r.back().after = &cleaned_once;
    r.push_back(gate("stop_when", &await_stop_when));
    r.push_back({.name = "stop_when_of_a_token_that_asks",
                 .await = &await_stop_of_a_token,
                 .complete = &ask_token,
                 .gives = "0000-"});
    r.push_back(gate("with_stop_token", &await_with_stop_token));
    r.push_back(gate("task_local", &wait_with_a_local));
    r.push_back(gate("async_generator", &ask_a_generator));
    r.push_back(both("scope_of_children", &join_children, "00000"));
    r.push_back(both("scope_body", &wait_in_a_scopes_body, "00000"));
    r.push_back(both("supervise", &join_supervised, "00000"));
    r.push_back({.name = "nursery_ref",
                 .await = &wait_for_a_reference,
                 .complete = &let_reference_go,
                 .gives = "0000-",
                 .waits = &is_held,
                 .needs_completion = true});
    r.push_back(gate("each", &wait_in_each, "00000"));
    r.push_back(gate("each_of_more_than_at_most", &wait_for_a_turn_in_each, "00000"));
    r.push_back(gate("nested_awaits", &await_nested));
    r.push_back(gate("deeply_nested_awaits", &await_deeply_nested));
    r.push_back(gate("shield_in_a_timeout", &await_a_branch_deep_down, "11111"));
    r.back().needs_completion = true;
    add_call_rows(r);
    add_stream_rows(r);
    return r;
  }();
  return all;
}

}  // namespace aside_test
