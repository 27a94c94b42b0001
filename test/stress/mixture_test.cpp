// Everything at once, at random: spawns, stops of scopes and of single tasks, races, timers, oneshots,
// nurseries, blocking calls, bursts that are stolen and cores that are taken over, on one, two and four cores
// and on both engines, round after round.
//
// Whatever the dice say, every frame that begins ends, every token that was handed over is taken once,
// and the round ends: a lost wake-up stands still, which stall_watch notices.
//
//   ASIDE_STRESS_SECONDS  how long (default 10); scripts/test --long takes an hour
//   ASIDE_STRESS_SEED     the first round's seed; each further round has the next. What is printed on
//                         failure replays that round first.
#include "stress/mixture.hpp"

#include <aside/all.hpp>
#include <aside/race.hpp>
#include <aside/stop_token.hpp>

#include <deque>
#include <iostream>
#include <random>

namespace {

using aside::nursery;
using aside::task;
using namespace aside_test;
using std::chrono::microseconds;

task<> act(ledger_ptr l, std::uint64_t seed, int depth);
task<> race_along(ledger_ptr l, std::uint64_t seed, int depth);

task<> act_detached(detached_count, ledger_ptr l, std::uint64_t seed, int depth) {
  co_await act(l, seed, depth);
}

void spin(microseconds time) {
  const auto until = std::chrono::steady_clock::now() + time;
  while (std::chrono::steady_clock::now() < until) {
  }
}

task<> yields(unsigned times) {
  for (; times > 0; --times)
    co_await aside::yield();
}

// ---- calls that hold a thread

class in_call {
 public:
  explicit in_call(ledger_ptr l) : ledger_(std::move(l)) { ++ledger_->calls; }
  in_call(in_call&&) = default;
  in_call& operator=(in_call&&) = delete;
  ~in_call() {
    if (ledger_) --ledger_->calls;
  }

 private:
  ledger_ptr ledger_;
};

int hold_thread(in_call, unsigned us) {
  spin(microseconds(us));
  return 1;
}
void set_from_outside(in_call, std::shared_ptr<aside::event> e, unsigned us) {
  spin(microseconds(us));
  e->set();
}
void give_from_outside(in_call, aside::oneshot_sender<token> to, token t) {
  static_cast<void>(to.set(std::move(t)));
}

task<> call(ledger_ptr l, dice& random) {
  const int one = co_await aside::blocking(&hold_thread, in_call(l), random(200));
  EXPECT_EQ(one, 1);
}
task<> woken_by_a_thread(ledger_ptr l, dice& random) {
  auto e = std::make_shared<aside::event>();
  aside::spawn(
      [](detached_count, in_call c, std::shared_ptr<aside::event> wakes, unsigned us) -> task<> {
        co_await aside::blocking(&set_from_outside, std::move(c), std::move(wakes), us);
      },
      detached_count(l), in_call(l), e, random(100));
  co_await e->wait();
}

// ---- handovers

task<> give(detached_count, aside::oneshot_sender<token> to, token t, unsigned turns, unsigned us) {
  co_await yields(turns);
  if (us != 0) co_await aside::sleep_for(microseconds(us));
  static_cast<void>(to.set(std::move(t)));
}
/// A token must arrive, however often its wait loses a race, runs out of time or is stopped.
task<> fetch_token(ledger_ptr l, dice& random) {
  auto [send, receive] = aside::oneshot<token>();
  if (random(4) == 0)
    aside::spawn(
        [](detached_count, in_call c, aside::oneshot_sender<token> to, token t) -> task<> {
          co_await aside::blocking(&give_from_outside, std::move(c), std::move(to), std::move(t));
        },
        detached_count(l), in_call(l), std::move(send), token(l));
  else
    aside::spawn(&give, detached_count(l), std::move(send), token(l), random(6),
                 random(3) == 0 ? random(3000) : 0u);
  auto* const from = &receive;
  bool got = false;
  const auto take = [&]() -> task<> {
    const token t = co_await *from;
    t.take();
    got = true;
  };
  while (!got) {
    switch (random(4)) {
      case 0: {
        const auto in_time = co_await aside::timeout(microseconds(random(1500)), take());
        EXPECT_EQ(in_time.has_value(), got);
        break;
      }
      case 1: {
        const microseconds limit(random(1500));
        auto [won, late] = co_await aside::race(take(), aside::sleep_for(limit));
        EXPECT_EQ(won, got);
        EXPECT_TRUE(won || late);
        break;
      }
      case 2:
        co_await aside::scope([&](nursery& n) -> task<> {
          n.spawn_local([&]() -> task<> { co_await take(); });
          co_await yields(random(8));
          n.request_stop();
        });
        break;
      default:
        co_await take();
    }
  }
}
/// Ping and pong, each on any core.
task<> ping(ledger_ptr l, unsigned times) {
  for (unsigned i = 0; i < times; ++i) {
    auto [to_pong, at_pong] = aside::oneshot<unsigned>();
    auto [to_ping, at_ping] = aside::oneshot<unsigned>();
    aside::spawn(
        [](detached_count, aside::oneshot_receiver<unsigned> from,
           aside::oneshot_sender<unsigned> to) -> task<> {
          const auto got = co_await from.as_result();
          if (got) to.set(*got + 1);
        },
        detached_count(l), std::move(at_pong), std::move(to_ping));
    to_pong.set(i);
    const unsigned got = co_await at_ping;
    EXPECT_EQ(got, i + 1);
  }
}
task<> join_later(ledger_ptr l, dice& random) {
  auto handle = aside::spawn_joinable(
      [](detached_count, ledger_ptr mine, std::uint64_t seed) -> task<std::uint64_t> {
        co_await race_along(mine, seed, 0);  // a failure that loses the race below is taken
        co_return seed;
      },
      detached_count(l), l, random.seed());
  if (random(4) == 0) co_return;  // nobody joins
  auto [value, late] =
      co_await aside::race(handle.join(), aside::sleep_for(microseconds(random(2000))));
  if (value) co_return;
  EXPECT_TRUE(late);
  static_cast<void>(co_await handle.join());
}

using act_handle = aside::join_handle<std::uint64_t>;
task<> await_end(act_handle* h) {
  const auto got = co_await h->join().as_result();
  if (!got) {
    EXPECT_EQ(got.error(), aside::errc::stopped);
  }
}
void stop_from_outside(in_call, act_handle h, unsigned us) {
  spin(microseconds(us));
  h.request_stop();
}
/// One task among the others is asked to stop: by this one, by one on any core, or by a thread of the
/// pool; once or twice, joined meanwhile, afterwards or not.
task<> stop_one(ledger_ptr l, dice& random) {
  act_handle h = aside::spawn_joinable(
      [](detached_count, ledger_ptr mine, std::uint64_t seed) -> task<std::uint64_t> {
        co_await race_along(mine, seed, static_cast<int>(seed % 2));
        co_return seed;
      },
      detached_count(l), l, random.seed());
  const unsigned before = random(8);
  const bool joins = random(4) != 0;
  switch (random(4)) {
    case 0:
      aside::spawn(
          [](detached_count, act_handle mine, unsigned n, bool awaits) -> task<> {
            co_await yields(n);
            mine.request_stop();
            if (awaits) co_await await_end(&mine);
          },
          detached_count(l), std::move(h), before, joins);
      break;
    case 1:
      aside::spawn(
          [](detached_count, in_call c, act_handle mine, unsigned us) -> task<> {
            co_await aside::blocking(&stop_from_outside, std::move(c), std::move(mine), us);
          },
          detached_count(l), in_call(l), std::move(h), random(200));
      break;
    case 2: {
      const auto stop_twice = [&]() -> task<> {
        co_await yields(before);
        h.request_stop();
        h.request_stop();
      };
      co_await aside::all(stop_twice(), await_end(&h));
      break;
    }
    default:
      co_await yields(before);
      h.request_stop();
      if (joins) co_await await_end(&h);
  }
}

// ---- many

/// More than a ring holds, so that they overflow, are stolen, and go home.
task<> burst(ledger_ptr l, unsigned count, unsigned us) {
  std::atomic<unsigned> ran{0};
  co_await aside::scope([&](nursery& n) -> task<> {
    for (unsigned i = 0; i < count; ++i)
      n.spawn(
          [](std::atomic<unsigned>* sum, unsigned time) -> task<> {
            if (time != 0) spin(microseconds(time));
            sum->fetch_add(1);
            co_return;
          },
          &ran, us);
    co_return;
  });
  EXPECT_EQ(ran, count);
  ++l->progress;
}
task<> for_each(ledger_ptr l, dice& random) {
  struct element {
    ledger_ptr l;
    std::uint64_t seed;
    element(ledger_ptr mine, std::uint64_t s) : l(std::move(mine)), seed(s) {}
  };
  std::vector<element> elements;
  for (unsigned i = random(8); i > 0; --i)
    elements.emplace_back(l, random.seed());
  const std::size_t at_most = 1 + random(3);
  co_await aside::each(elements, at_most,
                       [](element e) -> task<> { co_await act(e.l, e.seed, 0); });
}

// ---- scopes

task<> stop_it(nursery& n, unsigned turns) {
  co_await yields(turns);
  n.request_stop();
}
task<> some_scope(ledger_ptr l, std::uint64_t seed, int depth) {
  dice random(seed);
  const auto body = [&](nursery& n) -> task<> {
    for (unsigned i = 1 + random(5); i > 0; --i) {
      const std::uint64_t next = seed * 31 + i;
      switch (random(4)) {
        case 0:
          n.spawn_local(&act, l, next, depth);
          break;
        case 1: {
          auto handle = n.spawn_joinable(
              [](ledger_ptr mine, std::uint64_t s, int d) -> task<> { co_await act(mine, s, d); },
              l, next, depth);
          if (random(2) == 0) co_await handle.join();
          break;
        }
        default:
          n.spawn(&act, l, next, depth);
      }
    }
    if (random(3) == 0) n.spawn(&stop_it, std::ref(n), random(10));
    if (random(4) == 0)
      aside::spawn(
          [](detached_count, aside::nursery_ref into, ledger_ptr mine, std::uint64_t s) -> task<> {
            co_await yields(static_cast<unsigned>(s % 5));
            into.spawn(&act, mine, s, 0);
          },
          detached_count(l), aside::nursery_ref(n), l, seed * 17);
    co_await act(l, seed + 5, 0);
    if (random(3) == 0) n.request_stop();
  };
  if (random(3) == 0)
    co_await aside::supervise(body);
  else
    co_await aside::scope(body);
}
task<> stopped_by_a_token(ledger_ptr l, std::uint64_t seed, int depth) {
  std::stop_source source;
  aside::spawn(
      [](detached_count, std::stop_source s, unsigned turns) -> task<> {
        co_await yields(turns);
        s.request_stop();
      },
      detached_count(l), source, static_cast<unsigned>(seed % 7));
  const auto end = co_await aside::stop_when(source.get_token(), act(l, seed, depth));
  static_cast<void>(end);
}
task<> clean(ledger_ptr l, unsigned turns) {
  const present here(l);
  co_await yields(turns);
}

// ---- stops that a shield must not keep from others

task<> until_told(ledger_ptr l, std::shared_ptr<aside::event> told) {
  const struct end {
    present here;
    aside::event& rings;
    ~end() { rings.set(); }
  } at_end{present(l), *told};
  aside::event never;
  co_await never.wait();
}
task<> until_set(aside::event* e) { co_await e->wait(); }
/// Only the stop ends the child, and only the child's end ends the shield in which the scope's body is, or a
/// branch of it.
task<> shielded_body(ledger_ptr l, dice& random) {
  co_await aside::scope([&](nursery& n) -> task<> {
    auto told = std::make_shared<aside::event>();
    if (random(2) == 0)
      n.spawn_local(&until_told, l, told);
    else
      n.spawn(&until_told, l, told);
    co_await yields(random(4));
    if (random(3) == 0) spin(microseconds(random(60)));
    const auto shielded = [&]() -> task<> { co_await aside::shield(until_set(told.get())); };
    if (random(3) == 0)
      co_await aside::all(shielded(), yields(random(20)));
    else
      co_await shielded();
  });
}
task<> told_in_a_shield(ledger_ptr l, dice& random) {
  const microseconds limit(random(500));
  const auto end = co_await aside::timeout(limit, shielded_body(l, random));
  EXPECT_FALSE(end.has_value());
}

// ---- one act

task<> leaf(ledger_ptr l, dice& random) {
  switch (random(14)) {
    case 13:
      co_await told_in_a_shield(l, random);
      break;
    case 12:
      co_await stop_one(l, random);
      break;
    case 0:
      co_await aside::sleep_for(microseconds(random(3000)));
      break;
    case 1:
    case 2:
      co_await fetch_token(l, random);
      break;
    case 3:
      co_await ping(l, 1 + random(4));
      break;
    case 4:
      co_await call(l, random);
      break;
    case 5:
      co_await woken_by_a_thread(l, random);
      break;
    case 6:
      co_await burst(l, random(random(8) == 0 ? 700 : 20), random(20) == 0 ? 5 : 0);
      break;
    case 7:
      co_await join_later(l, random);
      break;
    case 8:
      if (random(20) == 0)
        std::this_thread::sleep_for(std::chrono::milliseconds(15));  // long enough to lose its core
      else
        spin(microseconds(random(100)));
      break;
    case 9:
      if (random(4) == 0) throw std::runtime_error("an act");
      co_await yields(3);
      break;
    default:
      co_await yields(random(8));
  }
}

/// A loser of a race that fails is reported on stderr: here that would be by the thousand.
task<> race_along(ledger_ptr l, std::uint64_t seed, int depth) {
  try {
    co_await act(l, seed, depth);
  } catch (const std::runtime_error&) {
  }
}

task<> act(ledger_ptr l, std::uint64_t seed, int depth) {
  const present here(l);
  dice random(seed);
  const std::uint64_t next = seed * 31 + 7;
  if (depth <= 0) {
    co_await leaf(l, random);
    co_return;
  }
  switch (random(10)) {
    case 0: {
      const microseconds limit(random(4000));
      const auto end = co_await aside::timeout(limit, act(l, next, depth - 1));
      static_cast<void>(end);
      break;
    }
    case 1:
      co_await aside::all(act(l, next, depth - 1), act(l, next + 1, depth - 1));
      break;
    case 2: {
      auto ends =
          co_await aside::race(race_along(l, next, depth - 1), race_along(l, next + 1, depth - 1),
                               race_along(l, next + 2, 0));
      static_cast<void>(ends);
      break;
    }
    case 3:
    case 4:
      co_await some_scope(l, next, depth - 1);
      break;
    case 5:
      co_await aside::shield(act(l, next, depth - 1));
      break;
    case 6:
      co_await aside::finally(act(l, next, depth - 1), clean(l, random(4)));
      break;
    case 7: {
      const auto end = co_await aside::try_stopped(act(l, next, depth - 1));
      static_cast<void>(end);
      break;
    }
    case 8:
      co_await stopped_by_a_token(l, next, depth - 1);
      break;
    default:
      co_await for_each(l, random);
      co_await act(l, next, depth - 1);
  }
}

// ---- a round

void nobody_minds(const std::exception_ptr&, const std::source_location&) noexcept {}

/// Failures of an act end that act only.
task<> act_whatever_comes(detached_count, ledger_ptr l, std::uint64_t seed) {
  try {
    const auto end = co_await aside::try_stopped(act(l, seed, 3));
    static_cast<void>(end);
  } catch (const std::runtime_error&) {
  }
}

task<> play(ledger_ptr l) {
  dice random(l->seed);
  for (unsigned i = 0; i < (sanitized ? 20u : 60u); ++i) {
    aside::spawn(&act_whatever_comes, detached_count(l), l, l->seed * 1009 + i);
    if (random(4) == 0) co_await aside::sleep_for(microseconds(random(2000)));
  }
  while (l->detached != 0 || l->calls != 0)
    co_await aside::sleep_for(microseconds(500));
  // All have ended, this one aside. What has ended abroad may still be on its way home.
  while (aside::info().spawned_tasks - aside::info().ended_tasks != 1)
    co_await aside::yield();
}

task<> main_task(ledger_ptr l, stall_watch* watch) {
  watch->knows_runtime();
  co_await play(l);
}

aside::options some_options(dice& random) {
  constexpr std::array<unsigned, 3> cores{1, 2, 4};
  aside::options o = quiet(cores[random(3)]).on_failure(&nobody_minds).watchdog(random(2) == 0);
  o.on_held([](const aside::held_turn&) {});
  o.blocking_threads(1 + random(4));
  if (random(3) == 0) o.watchdog(true).takeover(1 + random(2));
  if (random(2) == 0) o.engine(aside::engine_kind::uring);
  if (random(3) == 0) o.block_on_runs_tasks(false);
  return o;
}

/// In a runtime beside foreign threads: two in block_on, and this one, which spawns.
void play_beside_threads(const aside::options& o, const ledger_ptr& l, stall_watch& watch) {
  aside::runtime rt(o);
  rt.block_on([&]() -> task<> {
    watch.knows_runtime();
    co_return;
  });
  std::vector<std::jthread> threads;
  for (std::uint64_t t = 0; t < 2; ++t)
    threads.emplace_back([&, t] {
      for (std::uint64_t i = 0; i < (sanitized ? 10u : 40u); ++i)
        rt.block_on([&]() -> task<> {
          co_await act_whatever_comes(detached_count(l), l, l->seed * 1013 + t * 100 + i);
        });
    });
  const aside::runtime_handle handle = rt.handle();
  for (unsigned i = 0; i < 20; ++i)
    handle.spawn(&act_detached, detached_count(l), l, l->seed * 1019 + i, 2);
  threads.clear();
  rt.block_on([&]() -> task<> { co_await play(l); });
  watch.end();
}

void play_round(std::uint64_t seed, stall_watch& watch) {
  dice random(seed);
  const auto l = std::make_shared<ledger>(seed);
  const aside::options o = some_options(random);
  watch.begin(l);
  if (random(3) == 0)
    play_beside_threads(o, l, watch);
  else
    EXPECT_EQ(aside::run(o, &main_task, l, &watch), 0);
  watch.end();
  EXPECT_EQ(l->begun, l->ended) << "frames";
  EXPECT_LE(l->taken, l->made) << "tokens that were taken twice";
  EXPECT_EQ(l->tokens, 0) << "tokens that were lost";
  EXPECT_EQ(l->detached, 0);
  EXPECT_EQ(l->calls, 0);
}

std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
  const char* const text = std::getenv(name);
  return text != nullptr && *text != '\0' ? std::strtoull(text, nullptr, 10) : otherwise;
}

TEST(stress_mixture, ends_and_balances) {
  const std::uint64_t seconds = from_environment("ASIDE_STRESS_SECONDS", 10);
  const std::uint64_t first = from_environment("ASIDE_STRESS_SEED", std::random_device{}());
  std::cout << "ASIDE_STRESS_SEED=" << first << std::endl;
  stall_watch watch;
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(seconds);
  std::uint64_t seed = first;
  for (; std::chrono::steady_clock::now() < until; ++seed) {
    play_round(seed, watch);
    if (HasFailure()) {
      std::cout << "replay: ASIDE_STRESS_SEED=" << seed << std::endl;
      break;
    }
  }
  std::cout << seed - first << " rounds" << std::endl;
}

}  // namespace

template <>
inline constexpr bool aside::sendable<std::stop_source> = true;
template <>
inline constexpr bool aside::shareable<aside_test::stall_watch> = true;
