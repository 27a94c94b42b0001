// A carrier drives a core: runs what is ready, looks for work elsewhere, and parks in the engine.
//
// Each round: own work, else stolen work, else a short search if the last wait ended because of
// another core's work, else sleep. Before it sleeps a core says so and looks once more [IDLE].

#include "base/clock.hpp"
#include "base/thread_state.hpp"
#include "sched/runtime.hpp"

#include <cstdio>

namespace aside::inline ASIDE_ABI::detail {

namespace {

constexpr std::uint64_t search_ns = 50'000;
constexpr unsigned looks_per_clock = 64;
constexpr std::uint64_t holdup_ns = 5'000'000'000;

/// Looks for work for a while without system calls.
task_header* search(core& c) noexcept {
  const std::uint64_t until = now_ns() + search_ns;
  do {
    for (unsigned i = 0; i < looks_per_clock; ++i) {
      if (task_header* const t = c.next(); t != nullptr) return t;
      if (task_header* const t = c.steal(); t != nullptr) return t;
      if (c.rt.finished()) return nullptr;
      spin_pause();
    }
  } while (now_ns() < until);
  return nullptr;
}

/// Says once what keeps the runtime from ending.
class holdup_report {
 public:
  void look(core& c) noexcept {
    const std::uint64_t began = c.rt.stop_began.load(memory_order_relaxed);
    if (told_ || began == 0 || now_ns() < began + holdup_ns) return;
    told_ = true;
    if (c.homed.load(memory_order_relaxed) == 0) return;
    std::fprintf(stderr, "aside: asked to stop 5 s ago, core %u still waits for:\n", c.index);
    c.print_tasks();
  }

 private:
  bool told_ = false;
};

}  // namespace

void drive(core& c, caller* guest) noexcept {
  runtime& rt = c.rt;
  c.carrier.store(this_thread_number(), memory_order_relaxed);
  const auto over = [guest] { return guest != nullptr && guest->over.load(memory_order_relaxed); };
  bool searching = false;
  holdup_report holdup;
  while (!rt.finished() && !over()) {
    task_header* t = c.next();
    if (t == nullptr) {
      c.flush_homeward();
      t = c.steal();
    }
    if (t == nullptr && c.worth_spinning && rt.cores.size() > 1) {
      c.poll(0);
      if (!searching) {
        searching = true;
        rt.idle.begin_search();
      }
      t = search(c);
      if (t == nullptr) c.worth_spinning = false;
    }
    if (t != nullptr) {
      if (searching) {
        searching = false;
        if (rt.idle.end_search() && c.something_to_do()) rt.tell_one(&c);
      }
      if (guest != nullptr) {
        c.shares_all = t == guest->body;
        if (c.shares_all && !c.ring.empty()) rt.tell_one(&c);
      }
      c.run(*t);
      c.tell_others();
      continue;
    }
    if (searching) {
      searching = false;
      static_cast<void>(rt.idle.end_search());
    }
    rt.idle.begin_sleep(c.index);
    if (c.something_to_do() || rt.finished()) {
      searching = !rt.idle.end_sleep(c.index);
      rt.core_woke();
      continue;
    }
    ++c.parks;
    std::uint64_t limit = c.time_to_next_timer();
    c.expects.store(limit != engine::forever || c.io->attached() != 0 || c.io->in_flight() != 0,
                    memory_order_relaxed);
    if (rt.stopping() && limit > holdup_ns) limit = holdup_ns;
    c.poll(limit);
    searching = !rt.idle.end_sleep(c.index);
    rt.core_woke();
    c.worth_spinning = searching;
    if (rt.stopping()) holdup.look(c);
  }
  if (searching) static_cast<void>(rt.idle.end_search());
}

}  // namespace aside::inline ASIDE_ABI::detail
