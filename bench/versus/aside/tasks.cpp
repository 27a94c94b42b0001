// tasks WORK workers=N shape=natural|blocked key=value…

#include "work.hpp"

#include <array>
#include <cstdio>

namespace versus {
namespace {

struct entry {
  std::string_view name;
  natural_work* natural;
  blocked_work* blocked;
  background busy = background::none;
  remote_work* remote = nullptr;  // the natural shape, of a runtime object
};
constexpr std::array entries{
    entry{"spawn_many_local", &spawn_many_local, &spawn_many_local_blocked},
    entry{"spawn_many_remote_idle", nullptr, &spawn_many_remote_blocked, background::none,
          &spawn_many_remote},
    entry{"spawn_many_remote_busy1", nullptr, &spawn_many_remote_blocked, background::yielding,
          &spawn_many_remote},
    entry{"spawn_many_remote_busy2", nullptr, &spawn_many_remote_blocked, background::respawning,
          &spawn_many_remote},
    entry{"yield_many", &yield_many, &yield_many_blocked},
    entry{"ping_pong", &ping_pong, &ping_pong_blocked},
    entry{"chained_spawn", &chained_spawn, &chained_spawn_blocked},
    entry{"skynet_1m", &skynet, nullptr},
    entry{"oneshot", &oneshot_in_one_task, nullptr},
    entry{"post", &post, nullptr},
    entry{"sleepers_1m_seconds", &sleepers_1m_seconds, nullptr},
    entry{"sleepers_1m_bytes", &sleepers_1m_seconds, nullptr},
    entry{"time_timeout", &time_timeout, nullptr},
    entry{"timer_fresh_1m", &timer_fresh_1m, nullptr},
    entry{"timer_cancel_random_1m", &timer_cancel_random_1m, nullptr},
};

const entry* find(std::string_view name) {
  for (const entry& e : entries)
    if (e.name == name) return &e;
  return nullptr;
}

aside::task<answer> run_natural(const entry& e, const parameters& p, std::uint64_t count) {
  busy_tasks busy;
  busy.start(p, e.busy, aside::spawn);
  answer a;
  const std::uint64_t before = aside::info().spawned_tasks;
  const std::uint64_t stalls_before = busy.stalls();
  for (; a.iterations < count; ++a.iterations)
    co_await e.natural(p, a);
  a.stalls = busy.stalls() - stalls_before;
  a.runtime_tasks = aside::info().spawned_tasks - before;
  busy.stop();
  co_return a;
}

aside::task<int> serve_natural(const entry& e, const parameters& p) {
  say("ready");
  for (;;) {
    const command c = next_command();
    if (c.what == command::kind::quit) co_return 0;
    if (c.what == command::kind::hold) {
      co_await hold_sleepers(c.count);
    } else if (c.what == command::kind::run) {
      const answer a = co_await run_natural(e, p, c.count);
      say(a);
    }
  }
}

aside::task<answer> run_remote(aside::runtime_handle rt, remote_work* work, parameters p,
                               std::uint64_t count) {
  answer a;
  for (; a.iterations < count; ++a.iterations)
    co_await work(rt, p, a);
  co_return a;
}

answer iterate(aside::runtime& rt, const entry& e, const parameters& p, bool remote,
               std::uint64_t count) {
  if (remote) {
    auto main = rt.spawn_joinable(&run_remote, rt.handle(), e.remote, p, count);
    return rt.block_on([&]() -> aside::task<answer> { co_return co_await main.join(); });
  }
  answer a;
  for (; a.iterations < count; ++a.iterations)
    e.blocked(rt, p, a);
  return a;
}

/// The workers run tasks, this thread none: it calls the blocked work, or waits for the remote one.
int serve_apart(const entry& e, const parameters& p, const aside::options& o, bool remote) {
  aside::options blocking = o;
  blocking.block_on_runs_tasks(false);
  aside::runtime rt(blocking);
  say("ready");
  for (;;) {
    const command c = next_command();
    if (c.what == command::kind::quit) return 0;
    if (c.what != command::kind::run) continue;
    busy_tasks busy;
    busy.start(p, e.busy, rt.spawn);
    const std::uint64_t before = rt.info().spawned_tasks;
    const std::uint64_t stalls_before = busy.stalls();
    answer a = iterate(rt, e, p, remote, c.count);
    a.stalls = busy.stalls() - stalls_before;
    a.runtime_tasks = rt.info().spawned_tasks - before;
    busy.stop();
    say(a);
  }
}

}  // namespace
}  // namespace versus

int main(int count, char** words) {
  using namespace versus;
  const entry* const e = count > 1 ? find(words[1]) : nullptr;
  if (e == nullptr) {
    std::fprintf(stderr, "no such work\n");
    return 3;
  }
  const parameters p(count - 2, words + 2);
  const std::string shape = p.text("shape", "natural");
  aside::options o;
  o.workers(static_cast<unsigned>(p.number("workers"))).handle_signals(false);
  if (shape == "natural" && e->remote != nullptr) return serve_apart(*e, p, o, true);
  if (shape == "natural") return aside::run(o, &serve_natural, std::cref(*e), std::cref(p));
  if (shape == "blocked" && e->blocked != nullptr) return serve_apart(*e, p, o, false);
  std::fprintf(stderr, "not in this shape\n");
  return 3;
}
