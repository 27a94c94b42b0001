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
};
constexpr std::array entries{
    entry{"spawn_many_local", &spawn_many_local, &spawn_many_local_blocked},
    entry{"spawn_many_remote_idle", &spawn_many_remote, &spawn_many_remote_blocked},
    entry{"spawn_many_remote_busy1", &spawn_many_remote, &spawn_many_remote_blocked,
          background::yielding},
    entry{"spawn_many_remote_busy2", &spawn_many_remote, &spawn_many_remote_blocked,
          background::respawning},
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

int serve_blocked(const entry& e, const parameters& p, const aside::options& o) {
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
    answer a;
    const std::uint64_t before = rt.info().spawned_tasks;
    const std::uint64_t stalls_before = busy.stalls();
    for (; a.iterations < c.count; ++a.iterations)
      e.blocked(rt, p, a);
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
  if (shape == "natural") return aside::run(o, &serve_natural, std::cref(*e), std::cref(p));
  if (shape == "blocked" && e->blocked != nullptr) return serve_blocked(*e, p, o);
  std::fprintf(stderr, "not in this shape\n");
  return 3;
}
