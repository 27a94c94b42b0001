#include "swarm/load/leader.hpp"

#include <algorithm>
#include <optional>

#include "measure/processor.hpp"
#include "swarm/load/pacer.hpp"

namespace aside_app::load {

using namespace std::chrono_literals;

namespace {

constexpr std::size_t most_opening = 256;
constexpr auto tick = 250ms;
constexpr auto patience_beyond = 1s;

double seconds_between(clock::time_point from, clock::time_point to) {
  return std::max(std::chrono::duration<double>(to - from).count(), 0.0);
}

}  // namespace

aside::task<> leader::lead() {
  co_await aside::scope([this](aside::nursery& all) -> aside::task<> {
    co_await steps(all);
    load_.closing.store(true);
    say_done();
    all.request_stop();
  });
}

aside::task<> leader::steps(aside::nursery& all) {
  co_await open(all);
  co_await order();
  if (orders_->close() || load_.busy.load() == 0) co_return;
  co_await load();
}

aside::task<> leader::open(aside::nursery& all) {
  const auto began = clock::now();
  const auto ramp = load_.options.ramp / static_cast<double>(load_.options.processes);
  const auto wanted = load_.busy_asked + load_.idle_asked;
  say("opening");
  for (std::size_t next = 0; next < wanted && !orders_->close();) {
    const auto due = began + std::chrono::duration_cast<clock::duration>(std::chrono::duration<double>(
                                 ramp > 0 ? static_cast<double>(next) / ramp : 0));
    if (load_.opening.load() >= most_opening || clock::now() < due) {
      co_await change_or_tick(std::max(due, clock::now() + 1ms));
      continue;
    }
    // Where nothing answers there is no need to try them all.
    if (next >= most_opening && load_.busy.load() + load_.idle.load() == 0 &&
        load_.opening.load() < most_opening / 2)
      break;
    load_.opening.fetch_add(1);
    const auto index = static_cast<std::uint32_t>(next++);
    if (index < load_.busy_asked)
      all.spawn(busy_caller, std::ref(load_), index);
    else
      all.spawn(idle_caller, std::ref(load_),
                index - static_cast<std::uint32_t>(load_.busy_asked));
  }
  while (load_.opening.load() > 0 && !orders_->close())
    co_await change_or_tick(clock::now() + tick);
  load_.set_seconds_to_open(seconds_between(began, clock::now()));
  say("open");
}

aside::task<> leader::order() {
  while (!orders_->close() && !orders_->take_go())
    co_await change_or_tick(clock::now() + tick);
}

aside::task<> leader::load() {
  const clock::time_point begin{std::chrono::nanoseconds{orders_->go_at()}};
  load_.set_times(begin);
  say("warm_up");
  co_await aside::sleep_until(begin);
  std::optional<pacer> pacing;
  if (load_.options.open_loop()) pacing.emplace(load_);
  for (std::size_t i = 0; i < load_.busy_asked; ++i)
    load_.gates[i].set();
  const auto used = [&] {
    return read_own_usage().processor_seconds - (pacing ? pacing->processor_seconds() : 0);
  };

  co_await pass_until(load_.from());
  const auto before = used();
  const auto from = clock::now();
  say("load");
  co_await pass_until(load_.until());
  processor_seconds_ = used() - before;
  // The end may have come before the warm-up was over.
  if (load_.until() > load_.from()) measured_seconds_ = seconds_between(from, clock::now());
  say("drain");
  co_await drain();
}

aside::task<> leader::pass_until(clock::time_point when) {
  while (clock::now() < std::min(when, load_.until())) {
    if (orders_->close() || all_are_lost()) load_.end_by(clock::now());
    co_await change_or_tick(std::min(when, clock::now() + tick));
  }
}

/// Waits for the answers that are under way: as long as each caller does, and not much longer.
aside::task<> leader::drain() {
  const auto patience = orders_->close() ? std::chrono::milliseconds{patience_beyond}
                                         : load_.options.patience + patience_beyond;
  const auto end = clock::now() + patience;
  while (load_.talking.load() > 0 && clock::now() < end)
    co_await change_or_tick(std::min(end, clock::now() + tick));
}

aside::task<> leader::change_or_tick(clock::time_point at_most) {
  const auto next_change = [](state& load) -> aside::task<> { co_await load.changed.wait(); };
  const auto wait = std::max(at_most - clock::now(), clock::duration{0});
  const auto changed = co_await aside::timeout(wait, next_change(load_));
  static_cast<void>(changed);
  if (clock::now() - said_ >= tick) say(phase_);
}

bool leader::all_are_lost() const noexcept { return load_.lost.load() >= load_.busy.load(); }

load::report leader::now() const {
  auto now = load_.report(phase_);
  const auto runtime = aside::info();
  now.engine = runtime.engine;
  now.engine_reason = runtime.engine_reason;
  now.workers = runtime.workers;
  return now;
}

void leader::say(std::string phase) {
  phase_ = std::move(phase);
  said_ = clock::now();
  report_(now());
}

void leader::say_done() {
  phase_ = "done";
  auto last = now();
  last.measured_seconds = measured_seconds_;
  last.processor_seconds = processor_seconds_;
  last.latency = load_.latency.filled();
  last.late = load_.late.filled();
  report_(last);
}

}  // namespace aside_app::load
