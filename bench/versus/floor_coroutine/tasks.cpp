#include "../common/tasks.hpp"
#include "../common/timers.hpp"

#include <memory>
#include <vector>

#include "loop.hpp"

namespace {

using namespace floor_coroutine;
using std::uint64_t;
using versus::arguments;
using versus::outcome;
using versus::timed;

struct countdown {
  uint64_t left;
  event ended;

  void done() {
    if (--left == 0) ended.fire();
  }
};

task count(countdown& c) {
  c.done();
  co_return;
}

task spawn_many(uint64_t tasks, outcome& o) {
  countdown c{tasks, {}};
  for (uint64_t i = 0; i < tasks; ++i)
    count(c);
  co_await c.ended;
  o.tasks += tasks - c.left;
}

task yielding(uint64_t yields, countdown& c, uint64_t& sum) {
  for (uint64_t i = 0; i < yields; ++i) {
    co_await yield{};
    ++sum;
  }
  c.done();
}

task yield_many(uint64_t tasks, uint64_t yields, outcome& o) {
  countdown c{tasks, {}};
  for (uint64_t i = 0; i < tasks; ++i)
    yielding(yields, c, o.sum);
  co_await c.ended;
  o.tasks += tasks - c.left;
}

// As a library's: the two ends need not be in one task, so it has memory of its own.
class oneshot {
 public:
  void send(uint64_t value) {
    state_->value = value;
    state_->sent.fire();
  }
  event& sent() { return state_->sent; }
  uint64_t value() const { return state_->value; }

 private:
  struct state {
    event sent;
    uint64_t value = 0;
  };
  std::unique_ptr<state> state_ = std::make_unique<state>();
};

task pong(oneshot& ping, oneshot& pong, uint64_t& tasks) {
  co_await ping.sent();
  pong.send(ping.value());
  ++tasks;
}

task ping(countdown& c, outcome& o) {
  oneshot there, back;
  pong(there, back, o.tasks);
  there.send(1);
  co_await back.sent();
  o.sum += back.value();
  ++o.tasks;
  c.done();
}

task ping_pong(uint64_t pings, outcome& o) {
  countdown c{pings, {}};
  for (uint64_t i = 0; i < pings; ++i)
    ping(c, o);
  co_await c.ended;
}

task link(uint64_t depth, uint64_t& tasks) {
  ++tasks;
  if (depth > 1) link(depth - 1, tasks);
  co_return;
}

struct family {
  uint64_t left;
  uint64_t sum;
  event complete;
};

task skynet(uint64_t first, uint64_t leaves, uint64_t fan, family& parent, uint64_t& tasks) {
  ++tasks;
  uint64_t value = first;
  if (leaves > 1) {
    family mine{fan, 0, {}};
    uint64_t each = leaves / fan;
    for (uint64_t i = 0; i < fan; ++i)
      skynet(first + i * each, each, fan, mine, tasks);
    co_await mine.complete;
    value = mine.sum;
  }
  parent.sum += value;
  if (--parent.left == 0) parent.complete.fire();
}

task one_after_another(uint64_t times, uint64_t& sum) {
  for (uint64_t i = 1; i <= times; ++i) {
    oneshot o;
    asm volatile("" : : "r"(&o) : "memory");  // or the compiler sees through it all
    o.send(i);
    co_await o.sent();
    sum += o.value();
  }
}

task post(uint64_t times, uint64_t& sum) {
  for (uint64_t i = 0; i < times; ++i) {
    co_await yield{};
    ++sum;
  }
}

// A timer of a doubly linked list, and what it would wake.
struct timer {
  timer* next = this;
  timer* prev = this;
  uint64_t when = 0;
  void* sleeper = nullptr;

  void insert_before(timer& head) {
    next = &head;
    prev = std::exchange(head.prev, this);
    prev->next = this;
  }
  void unlink() {
    next->prev = prev;
    prev->next = next;
  }
};

// A list for each second, as the slots of a wheel; no tasks.
outcome cancel_random(uint64_t live, uint64_t cancels, uint64_t iterations) {
  std::vector<std::uint32_t> order = versus::random_order(live, cancels);
  std::vector<timer> timers(live);
  std::vector<timer> seconds(3600);  // the last is before an hour
  outcome o;
  for (uint64_t k = 0; k < iterations; ++k) {
    for (uint64_t i = 0; i < live; ++i) {
      timers[i].when = static_cast<uint64_t>(versus::spread(i, live).count());
      timers[i].sleeper = &timers[i];
      timers[i].insert_before(seconds[timers[i].when / 1000]);
    }
    outcome once = timed(1, [&](outcome& o) {
      for (std::uint32_t i : order) {
        timers[i].unlink();
        o.sum += std::exchange(timers[i].sleeper, nullptr) != nullptr;
      }
    });
    o.time += once.time;
    o.sum += once.sum;
    for (timer& each : seconds)
      each.next = each.prev = &each;
  }
  return o;
}

versus::work make(void (*start)(const arguments&, outcome&), const arguments& a) {
  return {.run =
              [=](uint64_t iterations) {
                return timed(iterations, [&](outcome& o) {
                  start(a, o);
                  the_loop.run();
                });
              },
          .hold = {},
          .release = {}};
}

versus::work find(const arguments& a) {
  std::string name = a.work();
  if (name == "spawn_many_local")
    return make([](const arguments& a, outcome& o) { spawn_many(a.number("tasks"), o); }, a);
  if (name == "yield_many")
    return make([](const arguments& a,
                   outcome& o) { yield_many(a.number("tasks"), a.number("yields"), o); },
                a);
  if (name == "ping_pong")
    return make([](const arguments& a, outcome& o) { ping_pong(a.number("pings"), o); }, a);
  if (name == "chained_spawn")
    return make([](const arguments& a, outcome& o) { link(a.number("depth"), o.tasks); }, a);
  if (name == "oneshot")
    return make([](const arguments& a, outcome& o) { one_after_another(a.number("times"), o.sum); },
                a);
  if (name == "post")
    return make([](const arguments& a, outcome& o) { post(a.number("times"), o.sum); }, a);
  if (name == "timer_cancel_random_1m")
    return {.run = [live = a.number("live"), cancels = a.number("cancels")](
                       uint64_t k) { return cancel_random(live, cancels, k); },
            .hold = {},
            .release = {}};
  if (name == "skynet_1m")
    return {.run =
                [=](uint64_t iterations) {
                  uint64_t leaves = a.number("leaves"), fan = a.number("fan");
                  return timed(iterations, [&](outcome& o) {
                    family root{1, 0, {}};
                    skynet(0, leaves, fan, root, o.tasks);
                    the_loop.run();
                    o.sum += root.sum;
                  });
                },
            .hold = {},
            .release = {}};
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  arguments a(argc, argv);
  versus::work work = find(a);
  if (!work) refuse(a);
  if (a.workers() != 1) refuse(a, "a bare loop has one worker");
  if (a.blocked()) refuse(a, "a bare loop runs on the thread that waits");
  versus::obey(work);
}
