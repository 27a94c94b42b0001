// Cores that look for work and go to sleep, as `drive` has them do, and those who publish it. In every order
// that the model tries, nothing is left undone while every core sleeps: whoever publishes wakes somebody,
// or meets somebody who looks once more.
#include "base/inbox.hpp"
#include "driver/wake_call.hpp"
#include "sched/idle.hpp"

#include <gtest/gtest.h>

#include <array>
#include <functional>
#include <memory>
#include <vector>

namespace aside::inline ASIDE_ABI::detail {

namespace {

using aside_test::model::explorer;

struct world {
  idle_set idle;
  atomic<unsigned> injected{0};  // ready, for any core, by a read-modify-write
  atomic<unsigned> head{0};      // of a core's ring, which others steal from
  atomic<unsigned> tail{0};      // published by a store
  std::array<inbox, 2> mail;
  std::array<wake_call, 2> calls;
  std::array<atomic<unsigned>, 2> rings{};  // what `engine::wait` waits for
  std::array<message, 2> letters;
  atomic<unsigned> left;
  bool fences = true;
  bool heeds = true;  // whether it was picked
  bool answers_at_once = true;

  explicit world(unsigned work) : left(work) {}

  [[nodiscard]] bool finished() const { return left.load(memory_order_acquire) == 0; }
  void done() {
    if (left.fetch_sub(1, memory_order_acq_rel) != 1) return;
    wake(0);
    wake(1);
  }
  void wake(unsigned core) {
    if (calls[core].is_due()) rings[core].exchange(1);
  }
  void tell_one() {
    if (fences) fence_seq_cst();
    if (const unsigned core = idle.pick(); core != idle_set::nobody) wake(core);
  }

  [[nodiscard]] bool take() {
    unsigned n = injected.load(memory_order_relaxed);
    while (n != 0)
      if (injected.compare_exchange_weak(n, n - 1)) return true;
    unsigned from = head.load(memory_order_acquire);
    return from != tail.load(memory_order_acquire) && head.compare_exchange_strong(from, from + 1);
  }
  [[nodiscard]] bool something_to_do(unsigned core) const {
    return !mail[core].empty() || injected.load(memory_order_seq_cst) != 0 ||
           head.load(memory_order_seq_cst) != tail.load(memory_order_seq_cst);
  }
};

void drive(world& w, unsigned core) {
  bool searching = false;
  bool worth_spinning = true;
  while (!w.finished()) {
    if (w.mail[core].take_all() != nullptr) w.done();
    bool some = w.take();
    if (!some && worth_spinning) {
      if (!searching) w.idle.begin_search();
      searching = true;
      some = w.take();
      worth_spinning = some;
    }
    if (some) {
      if (searching) {
        searching = false;
        if (w.idle.end_search() && w.something_to_do(core)) w.tell_one();
      }
      w.done();
      continue;
    }
    if (searching) {
      searching = false;
      static_cast<void>(w.idle.end_search());
    }
    w.idle.begin_sleep(core);
    if (!w.something_to_do(core) && !w.finished()) {
      if (!w.answers_at_once) w.calls[core].answer();
      while (w.rings[core].load() == 0) {
      }
      w.rings[core].exchange(0);
      if (w.answers_at_once) w.calls[core].answer();
    }
    searching = !w.idle.end_sleep(core) && w.heeds;
    worth_spinning = searching;
  }
}

void inject(world& w) {
  w.injected.fetch_add(1, memory_order_seq_cst);
  w.tell_one();
}
/// In a turn that lasts: what it makes ready is for the others.
void make_ready(world& w) {
  w.tail.store(w.tail.load(memory_order_relaxed) + 1, memory_order_release);
  w.tell_one();
}
void post(world& w, unsigned core) {
  w.mail[core].push(w.letters[core]);
  if (w.idle.sleeps(core)) w.wake(core);
}

using bodies = std::vector<std::function<void()>>;

std::size_t every_order(std::size_t interruptions, unsigned work,
                        const std::function<bodies(world&)>& make) {
  explorer e(interruptions);
  std::unique_ptr<world> w;
  return e.run([&]() -> bodies {
    w = std::make_unique<world>(work);
    return make(*w);
  });
}

TEST(model_idle, wakes_a_core_or_is_seen_before_it_sleeps) {
  const auto orders = every_order(3, 2, [](world& w) -> bodies {
    return {[&w] { drive(w, 0); },
            [&w] {
              make_ready(w);
              make_ready(w);
              while (!w.finished()) {
              }
            }};
  });
  EXPECT_GT(orders, 1000u);
}

TEST(model_idle, loses_nothing_while_a_wake_up_is_on_its_way) {
  const auto orders = every_order(2, 3, [](world& w) -> bodies {
    return {[&w] { drive(w, 0); },
            [&w] {
              inject(w);
              post(w, 0);
            },
            [&w] { inject(w); }};
  });
  EXPECT_GT(orders, 1000u);
}

TEST(model_idle, has_two_cores_agree_who_looks) {
  const auto orders = every_order(2, 3, [](world& w) -> bodies {
    return {[&w] { drive(w, 0); },
            [&w] { drive(w, 1); },
            [&w] {
              inject(w);
              inject(w);
              inject(w);
            }};
  });
  EXPECT_GT(orders, 1000u);
}

TEST(model_idle, would_lose_a_wake_up_without_the_fence) {
  EXPECT_THROW(every_order(4, 1,
                           [](world& w) -> bodies {
                             w.fences = false;
                             return {[&w] { drive(w, 0); },
                                     [&w] {
                                       make_ready(w);
                                       while (!w.finished()) {
                                       }
                                     }};
                           }),
               std::logic_error);
}

/// One core is given work twice, without one of the rules.
void try_without(bool world::*rule) {
  every_order(4, 2, [rule](world& w) -> bodies {
    w.*rule = false;
    return {[&w] { drive(w, 0); },
            [&w] {
              inject(w);
              inject(w);
            }};
  });
}

TEST(model_idle, would_lose_a_wake_up_if_it_looked_before_it_answered) {
  EXPECT_THROW(try_without(&world::answers_at_once), std::logic_error);
}

TEST(model_idle, would_fall_silent_if_a_core_that_was_picked_did_not_search) {
  EXPECT_THROW(try_without(&world::heeds), std::logic_error);
}

}  // namespace
}  // namespace aside::inline ASIDE_ABI::detail
