#include "swarm/load/caller.hpp"

#include <algorithm>

#include "swarm/opening_place.hpp"

namespace aside_app::load {
namespace {

/// One answer lets the next question go, after a pause.
aside::task<> closed_loop(state& load, caller& mine) {
  const auto count = static_cast<unsigned>(load.options.in_flight);
  for (;;) {
    const auto now = clock::now();
    if (now >= load.until()) co_return;
    const bool good = co_await mine.ask(count, now);
    if (!good) {
      load.lost.fetch_add(1);
      co_return;
    }
    if (load.options.think.count() > 0) co_await aside::sleep_for(load.options.think);
  }
}

/// What was due just before the end may be sent just after it.
constexpr auto grace = std::chrono::milliseconds{100};

/// Lets time pass until the message is due; false when it is too late for it.
aside::task<bool> wait_until_due(state& load, std::uint32_t index, clock::time_point due) {
  auto now = clock::now();
  for (; now < due && due < load.until(); now = clock::now())
    co_await load.gates[index].wait();
  co_return due < load.until() && now < load.until() + grace;
}

/// Messages that are due and cannot be sent any more, from this one on. Where the connection was waiting
/// for an answer all the time, and not where it is lost, their latency is at least the time until now.
void count_unsent(state& load, std::uint32_t index, std::uint64_t turn, bool is_lost) {
  const auto now = clock::now();
  for (auto due = load.due(index, turn); due < load.until() && due <= now;
       due = load.due(index, ++turn)) {
    if (!load.measured(due)) continue;
    load.unsent.fetch_add(1, std::memory_order_relaxed);
    if (!is_lost) load.latency.record(now - due);
  }
}

/// Each message at its time, or, when the answer to the one before has not come by then, as soon as it
/// has: its latency counts from when it was due.
aside::task<> open_loop(state& load, caller& mine, std::uint32_t index) {
  auto free_since = load.begin();
  std::uint64_t turn = 0;
  for (bool good = true; good; ++turn) {
    const auto due = load.due(index, turn);
    const bool goes_on = co_await wait_until_due(load, index, due);
    if (!goes_on) {
      count_unsent(load, index, turn, false);
      co_return;
    }
    if (load.measured(due)) load.late.record(clock::now() - std::max(due, free_since));
    good = co_await mine.ask(1, due);
    free_since = clock::now();
  }
  load.lost.fetch_add(1);
  load.changed.set();
  while (clock::now() < load.until())
    co_await load.gates[index].wait();
  count_unsent(load, index, turn, true);
}

aside::task<> stay(state& load, std::uint32_t index) {
  for (;;)
    co_await load.gates[index].wait();
}

}  // namespace

aside::task<> busy_caller(std::reference_wrapper<state> shared, std::uint32_t index) {
  auto& load = shared.get();
  opening_place place{load};
  caller mine{load, index};
  const bool is_open = co_await mine.open();
  if (!is_open) co_return;
  load.talking.fetch_add(1);
  load.busy.fetch_add(1);
  place.leave();

  co_await load.gates[index].wait();
  if (load.options.open_loop())
    co_await open_loop(load, mine, index);
  else
    co_await closed_loop(load, mine);
  load.talking.fetch_sub(1);
  load.changed.set();
  // The connection stays open until all are done.
  co_await stay(load, index);
}

aside::task<> idle_caller(std::reference_wrapper<state> shared, std::uint32_t index) {
  auto& load = shared.get();
  opening_place place{load};
  // Idle ones are numbered after the busy ones.
  caller mine{load, load.busy_asked + index};
  bool good = co_await mine.open();
  if (good) good = co_await mine.ask(1, clock::now());
  if (!good) co_return;
  load.idle.fetch_add(1);
  place.leave();
  co_await mine.listen();
  load.idle.fetch_sub(1);
}

}  // namespace aside_app::load
