#include "swarm/leader.hpp"

#include <algorithm>
#include <utility>

namespace aside_app {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

namespace {

constexpr std::size_t most_opening = 256;
constexpr auto tick = 250ms;
constexpr auto patience = 5s;
/// How long nothing may be answered before those that have no answer yet are given up.
constexpr auto longest_silence = 10s;
constexpr auto no_answer = "no answer in time";

/// Whether a count has stood still for so long.
class standstill {
 public:
  explicit standstill(clock::duration limit) noexcept : limit_{limit} {}
  bool operator()(std::uint64_t count) noexcept {
    const auto now = clock::now();
    if (std::exchange(seen_, count) != count) moved_ = now;
    return now - moved_ >= limit_;
  }

 private:
  clock::duration limit_;
  std::uint64_t seen_ = 0;
  clock::time_point moved_ = clock::now();
};

double seconds_since(clock::time_point begin) {
  return std::chrono::duration<double>(clock::now() - begin).count();
}

}  // namespace

aside::task<> leader::lead() {
  co_await aside::scope([this](aside::nursery& all) -> aside::task<> {
    co_await steps(all);
    swarm_.closing.store(true);
    all.request_stop();
  });
  say("closed");
}

aside::task<> leader::steps(aside::nursery& all) {
  say("ready");
  co_await order();
  if (told_to_close()) co_return;
  co_await open(all);
  co_await order();
  const bool anybody = swarm_.subscribers.load() > 0 && swarm_.talkers.load() > 0;
  if (told_to_close() || !anybody) co_return;
  co_await load();
  co_await order();
  if (told_to_close()) co_return;
  co_await deliver();
  co_await order();
}

aside::task<> leader::open(aside::nursery& all) {
  const auto& asked = swarm_.options;
  const auto began = clock::now();
  say("opening");
  standstill is_stuck{longest_silence};
  const auto answered = [this] {
    return swarm_.subscribers.load() + swarm_.talkers.load() + swarm_.refused.load();
  };
  // Talkers come first: where connections run short, those that drive the load are there.
  for (std::size_t next = 0; next < asked.connections && !told_to_close();) {
    if (swarm_.opening.load() >= most_opening ||
        (next == asked.talkers && swarm_.opening.load() > 0)) {
      co_await change_or_tick();
      if (is_stuck(answered())) break;
      continue;
    }
    swarm_.opening.fetch_add(1);
    const auto index = static_cast<std::uint32_t>(next++);
    if (index < asked.talkers)
      all.spawn(talker, std::ref(swarm_), index);
    else
      all.spawn(subscriber, std::ref(swarm_), static_cast<std::uint32_t>(index - asked.talkers));
  }
  while (swarm_.opening.load() > 0 && !told_to_close() && !is_stuck(answered()))
    co_await change_or_tick();
  if (swarm_.opening.load() > 0 && !told_to_close()) swarm_.refuse_the_rest(no_answer);
  swarm_.set_seconds_to_open(seconds_since(began));
  say("open");
}

aside::task<> leader::load() {
  const auto& asked = swarm_.options;
  say("load");
  swarm_.load_began = clock::now() + 5ms;
  for (std::size_t i = 0; i < asked.talkers; ++i) {
    auto& gate = swarm_.gates[i];
    if (!gate.open.load()) continue;
    swarm_.talking.fetch_add(1);
    gate.talks.store(true);
    gate.go.set();
  }
  const auto end = swarm_.load_began + asked.duration;
  for (bool over = false; !over;) {
    co_await change_or_tick();
    swarm_.set_messages_per_second(static_cast<double>(swarm_.received.load()) /
                                   std::max(seconds_since(swarm_.load_began), 0.01));
    over = orders_ ? orders_->take_go() || orders_->close() : clock::now() >= end;
  }
  swarm_.talk_over.store(true);
  standstill is_stuck{longest_silence};
  while (swarm_.talking.load() > 0 && !is_stuck(swarm_.sent.load() + progress()))
    co_await change_or_tick();
  for (std::size_t i = 0; i < asked.talkers; ++i) {
    auto& gate = swarm_.gates[i];
    if (!gate.talks.load()) continue;
    gate.open.store(false);
    swarm_.lose(no_answer);
  }

  standstill all_have_come{patience};
  while (swarm_.received.load() < swarm_.sent.load() && !all_have_come(progress()))
    co_await change_or_tick();
  say("loaded");
}

aside::task<> leader::deliver() {
  say("delivering");
  bool sent = false;
  for (std::size_t i = 0; i < swarm_.options.talkers; ++i) {
    auto& gate = swarm_.gates[i];
    if (!gate.open.load()) continue;
    gate.next.store(swarm_state::talk::to_all);
    swarm_.talking.fetch_add(1);
    gate.go.set();
    sent = true;
    break;
  }
  standstill all_have_come{patience};
  while (sent && swarm_.delivered.load() + swarm_.lost.load() < swarm_.subscribers.load() &&
         !all_have_come(progress()) && !told_to_close())
    co_await change_or_tick();
  say("delivered");
}

aside::task<> leader::order() {
  if (!orders_) co_return;
  while (!orders_->close() && !orders_->take_go())
    co_await change_or_tick();
}

aside::task<> leader::change_or_tick() {
  const auto next_change = [](swarm_state& swarm) -> aside::task<> {
    co_await swarm.changed.wait();
  };
  const auto changed = co_await aside::timeout(tick, next_change(swarm_));
  if (!changed || clock::now() - said_ >= tick) say(phase_);
}

std::uint64_t leader::progress() const noexcept {
  return swarm_.received.load() + swarm_.delivered.load();
}

void leader::say(std::string phase) {
  phase_ = std::move(phase);
  said_ = clock::now();
  last_ = swarm_.report(phase_);
  const auto runtime = aside::info();
  last_.engine = runtime.engine;
  last_.engine_reason = runtime.engine_reason;
  report_(last_);
}

}  // namespace aside_app
