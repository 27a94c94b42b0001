// The seats of a server that is full: connections that leave, and accept loops that look, find no room and
// wait. In every order that the model tries no loop waits for ever, so no end of a connection is missed.
#include "net/seats.hpp"

#include <gtest/gtest.h>

#include <array>
#include <functional>
#include <memory>
#include <stdexcept>
#include <vector>

namespace aside::inline ASIDE_ABI::detail {

namespace {

using aside_test::model::explorer;

/// A task that waits in a context of the model: notify lets it go on.
struct waiting_task : task_header {
  atomic<unsigned> woken{0};
  promise_base at{std::source_location::current()};

  waiting_task() {
    what_.store(&descriptor, memory_order_relaxed);
    at.task_ = this;
  }
  static void wake(task_header& t) noexcept { static_cast<waiting_task&>(t).woken.exchange(1); }
  static constexpr task_descriptor descriptor{&wake, nullptr, nullptr, nullptr, nullptr, 0};

  void wait(event_wait&& op) {
    op.at_ = &at;
    if (op.arm(false) == armed::ready) return;
    while (woken.load(memory_order_acquire) == 0) {
    }
    woken.exchange(0);
  }
};

struct world {
  static constexpr unsigned loops = 2;
  seats places{1, loops};
  std::array<waiting_task, loops> tasks;
  bool looks_again = true;  // after it has said that it will wait
};

/// Takes a connection when there is room for it.
void accept(world& w, unsigned loop) {
  for (;;) {
    const bool full = w.looks_again ? w.places.free() == 0 : w.places.taken() != 0;
    if (!full) break;
    if (!w.looks_again) static_cast<void>(w.places.free());
    w.tasks[loop].wait(w.places.wait(loop));
  }
  w.places.take();
}

using bodies = std::vector<std::function<void()>>;

std::size_t every_order(std::size_t interruptions, bool looks_again,
                        const std::function<bodies(world&)>& make) {
  explorer e(interruptions);
  std::unique_ptr<world> w;
  try {
    return e.run([&]() -> bodies {
      w = std::make_unique<world>();
      w->looks_again = looks_again;
      return make(*w);
    });
  } catch (const std::logic_error&) {
    static_cast<void>(w.release());  // a loop waits in it for ever
    throw;
  }
}

/// A connection leaves; each of two loops takes one, which leaves in its turn.
bodies two_loops(world& w) {
  return {[&] {
            w.places.take();
            w.places.leave();
          },
          [&] {
            accept(w, 0);
            w.places.leave();
          },
          [&] {
            accept(w, 1);
            w.places.leave();
          }};
}

TEST(model_seats, a_loop_that_waits_hears_of_every_end) {
  EXPECT_GT(every_order(3, true, &two_loops), 1000u);
}

// It may be beyond the limit.
TEST(model_seats, the_last_of_several_ends_is_heard_of_too) {
  const auto orders = every_order(4, true, [](world& w) -> bodies {
    return {[&] {
              w.places.take();
              w.places.take();
              w.places.leave();
              w.places.leave();
            },
            [&] { accept(w, 0); }};
  });
  EXPECT_GT(orders, 100u);
}

TEST(model_seats, would_miss_an_end_if_a_loop_did_not_look_again) {
  EXPECT_THROW(every_order(4, false, &two_loops), std::logic_error);
}

}  // namespace
}  // namespace aside::inline ASIDE_ABI::detail
