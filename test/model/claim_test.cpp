// A task that waits, who stops it and who looks inside, in every order that the model tries: nobody touches its frames
// while another does, the stop ends its wait, and where a shield hides the stop from it the children of its open scopes are
// told all the same. The turn here does with the claim what `core::turn` does, the stopper what sched/stopper.cpp does.
#include "model/membarrier.hpp"
#include "base/barrier.hpp"
#include "sched/claim.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <vector>

namespace aside::inline ASIDE_ABI::detail {

class core {
 public:
  atomic<std::uintptr_t> current{0};
};

namespace {

using aside_test::model::explorer;
using aside_test::model::membarrier_works;

struct world {
  // As in the runtime
  asymmetric barrier;
  std::vector<std::unique_ptr<core>> cores;
  struct {
    [[nodiscard]] static bool is_stray(std::uintptr_t) noexcept { return false; }
  } spare;

  static constexpr unsigned nothing = 0;
  static constexpr unsigned published = 1;
  static constexpr unsigned taken = 2;

  task_header task;
  stop_state outside;
  atomic<unsigned> object{nothing};  // what the task waits for
  atomic<unsigned> queued{0};
  int inside = 0;  // its frames
  bool shielded = false;
  bool told = false;     // the children of its open scopes, or the task itself
  bool answers = false;  // when they have been told, what it waits for comes

  // The rules, each of which is needed
  bool tags = true;
  bool looks = true;         // at the claim, under the tag
  bool takes_tag_back = true;  // before it waits for the claimer

  world() {
    cores.push_back(std::make_unique<core>());
    task.stop_ = &outside;
  }

  [[nodiscard]] std::uintptr_t me() const { return reinterpret_cast<std::uintptr_t>(&task); }
  void touch() {
    ++inside;
    explorer::current().pause();
    explorer::require(inside == 1, "two are in the frames");
    --inside;
  }
  /// What the task waits for has come.
  void complete() {
    if (object.exchange(taken) == published) queued.store(1, memory_order_release);
  }
  void tell() {
    told = true;
    if (answers) complete();
  }
};

void enter(world& w) {
  w.barrier.light_store(w.cores[0]->current, w.me());
  if (w.task.claim_.load(memory_order_seq_cst) != 0) claims::wait(w.task);
}
void hear_missed(world& w) {
  do {
    if (w.takes_tag_back) w.cores[0]->current.store(w.me(), memory_order_release);
    if (claims::take_missed(w.task) && w.outside.requested()) w.tell();
    w.barrier.light_store(w.cores[0]->current, w.me() | claims::arming);
  } while (w.task.claim_.load(memory_order_seq_cst) != 0);
}
/// False: it goes on without waiting.
bool waits(world& w) {
  w.barrier.light_store(w.cores[0]->current, w.tags ? w.me() | claims::arming : w.me());
  if (w.looks && w.task.claim_.load(memory_order_seq_cst) != 0) hear_missed(w);
  const bool stop = !w.shielded && w.outside.requested();
  unsigned was = world::nothing;
  if (stop || !w.object.compare_exchange_strong(was, world::published)) {
    w.cores[0]->current.store(w.me(), memory_order_release);
    return false;
  }
  w.cores[0]->current.store(0, memory_order_release);
  return true;
}

/// A turn up to its wait, and the one that ends the task.
void run(world& w) {
  enter(w);
  w.touch();
  if (waits(w)) {
    while (w.queued.load(memory_order_acquire) == 0) {
    }
    enter(w);
  }
  w.touch();
  w.task.ended_.store(true, memory_order_release);
  w.cores[0]->current.store(0, memory_order_release);
}

void stop(world& w) {
  static_cast<void>(w.outside.request());
  claims::take(w.task);
  w.barrier.heavy_barrier();
  if (claims::in_a_turn(w, w.task) != nullptr) {
    claims::give_up_missed(w.task);
    return;
  }
  bool mine = false;
  if (!w.task.ended_.load(memory_order_acquire)) {
    w.touch();
    w.tell();
    unsigned was = world::published;
    mine = !w.shielded && w.object.compare_exchange_strong(was, world::taken);
  }
  claims::give_up(w.task);
  if (mine) w.queued.store(1, memory_order_release);
}

/// What a dump does.
void look_inside(world& w) {
  claims::take(w.task);
  w.barrier.heavy_barrier();
  const bool still = claims::in_a_turn(w, w.task) == nullptr &&
      !w.task.ended_.load(memory_order_acquire);
  if (still) w.touch();
  claims::give_up(w.task);
}

using bodies = std::vector<std::function<void()>>;

std::size_t every_order(std::size_t interruptions, const std::function<void(world&)>& prepare,
                        const std::function<bodies(world&)>& make) {
  explorer e(interruptions);
  std::unique_ptr<world> w;
  return e.run([&]() -> bodies {
    w = std::make_unique<world>();
    prepare(*w);
    return make(*w);
  });
}

bodies task_and_stopper(world& w) {
  return {[&w] { run(w); }, [&w] { stop(w); }};
}
void shields(world& w) { w.shielded = w.answers = true; }

TEST(model_claim, lets_a_stop_end_a_wait) {
  EXPECT_GT(every_order(4, [](world&) {}, &task_and_stopper), 1000u);
}

TEST(model_claim, leaves_the_wake_up_to_one_of_two) {
  EXPECT_GT(every_order(2, [](world&) {},
                        [](world& w) -> bodies {
                          return {[&w] { run(w); }, [&w] { stop(w); }, [&w] { w.complete(); }};
                        }),
            1000u);
}

TEST(model_claim, has_children_told_that_a_shield_hides_the_stop_from) {
  EXPECT_GT(every_order(4, &shields, &task_and_stopper), 1000u);
}

TEST(model_claim, holds_when_somebody_looks_inside_meanwhile) {
  EXPECT_GT(every_order(1, &shields,
                        [](world& w) -> bodies {
                          return {[&w] { run(w); }, [&w] { stop(w); }, [&w] { look_inside(w); }};
                        }),
            1000u);
}

/// The stopper alone, without one of the rules.
void try_without(bool world::*rule, bool in_a_shield) {
  every_order(
      4,
      [=](world& w) {
        if (in_a_shield) shields(w);
        w.*rule = false;
      },
      &task_and_stopper);
}

TEST(model_claim, would_lose_a_stop_without_the_tag) {
  EXPECT_THROW(try_without(&world::tags, false), std::logic_error);
}

TEST(model_claim, would_tell_nobody_if_the_turn_did_not_look) {
  EXPECT_THROW(try_without(&world::looks, true), std::logic_error);
}

TEST(model_claim, would_stand_still_if_the_tag_stayed) {
  EXPECT_THROW(try_without(&world::takes_tag_back, true), std::logic_error);
}

TEST(model_claim, would_not_hold_without_the_barrier) {
  const membarrier_works it(false);
  EXPECT_THROW(every_order(4, [](world&) {}, &task_and_stopper), std::logic_error);
}

}  // namespace
}  // namespace aside::inline ASIDE_ABI::detail
