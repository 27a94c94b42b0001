// tasks WORK workers=N key=value…

#include "work.hpp"

#include <array>
#include <cstdio>

namespace versus {
namespace {

struct entry {
  std::string_view name;
  work* run;
};
constexpr std::array entries{
    entry{"spawn_many_local", &spawn_many_local},
    entry{"yield_many", &yield_many},
    entry{"chained_spawn", &chained_spawn},
    entry{"post", &post},
    entry{"sleepers_1m_seconds", &sleepers_1m_seconds},
    entry{"sleepers_1m_bytes", nullptr},
    entry{"time_timeout", &time_timeout},
    entry{"timer_fresh_1m", &timer_fresh_1m},
};

const entry* find(std::string_view name) {
  for (const entry& e : entries)
    if (e.name == name) return &e;
  return nullptr;
}

aside::task<int> serve(const entry& e, const parameters& p) {
  say("ready");
  for (;;) {
    const command c = next_command();
    if (c.what == command::kind::quit) co_return 0;
    if (c.what == command::kind::hold) {
      co_await hold_sleepers(c.count);
      continue;
    }
    if (c.what != command::kind::run || e.run == nullptr) {
      std::fprintf(stderr, "this work does not know that command\n");
      co_return 3;
    }
    answer a;
    for (; a.iterations < c.count; ++a.iterations)
      co_await e.run(p, a);
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
  if (p.text("shape", "natural") != "natural") {
    std::fprintf(stderr, "only the natural shape\n");
    return 3;
  }
  const unsigned workers = static_cast<unsigned>(p.number("workers"));
  return aside::run(aside::options().workers(workers).handle_signals(false), &serve, std::cref(*e),
                    std::cref(p));
}
