// A turn: one task runs on one core until it waits, yields or ends.
//
// Steps of a turn, and what holds between them
//   1 enter    `current` names the task; nobody else has claimed it (docs/design/0001).
//   2 try      a task that waits has its leaf tried, or the leaf is published: then it is gone.
//   3 resume   the coroutine to go on with runs until it and everything it started has suspended.
//   4 decide   by what it left behind: a leaf (2), another coroutine to resume (3), or its end.
// Arm after unwind: a leaf is published only in step 2, when no function of the task is on the
// native stack, so whoever takes it may run the task at once.

#include "sched/branches.hpp"
#include "sched/carrier.hpp"
#include "sched/claim.hpp"
#include "sched/runtime.hpp"
#include "task/branches.hpp"

#include <aside/detail/block.hpp>

namespace aside::inline ASIDE_ABI::detail {

namespace {

std::uintptr_t mark_of(const task_header& t) noexcept {
  return reinterpret_cast<std::uintptr_t>(&t);
}

void destroy_frame(task_header& t, promise_base& p) noexcept {
  if (&p != t.root_) {
    p.handle().destroy();
    return;
  }
  t.root_ = nullptr;
  frame_room room;
  room.place = reinterpret_cast<std::byte*>(&t) + t.what().block_size;
  room.taken = true;
  const room_guard own_block(room);
  p.handle().destroy();
}

}  // namespace

unwound unwind(task_header& t, promise_base* p) noexcept {
  task_header& turn = *this_turn();  // other than t when t is a branch; its mood is what users see
  t.mood_ = task_mood::none;
  turn.mood_ = task_mood::unwinding;
  t.leaf_ = nullptr;
  t.resume_ = nullptr;
  unwound how = unwound::stopped;
  while (p != nullptr) {
    awaiter_base* const a = p->awaiter_;
    const bool caught = p->caught_;
    awaiter_base outside(p, nullptr);
    if (a == nullptr) p->awaiter_ = &outside;
    destroy_frame(t, *p);
    if (t.resume_ != nullptr) [[unlikely]] {
      // A destructor has thrown: the coroutine has ended with that, and its frame stands.
      how = unwound::caught;
      if (a == nullptr) {
        p->awaiter_ = nullptr;
        t.root_ = std::exchange(t.resume_, nullptr);
        how = unwound::failed;
      }
      break;
    }
    if (a == nullptr) break;
    a->child_ = nullptr;
    p = a->self_;
    if (caught &&
        static_cast<catching_awaiter*>(a)->on_stopped_(static_cast<catching_awaiter&>(*a))) {
      t.resume_ = p;
      how = unwound::caught;
      break;
    }
  }
  turn.mood_ = task_mood::none;
  return how;
}

[[gnu::noinline]] void core::hear_missed(task_header& t) noexcept {
  do {
    // Without the tag first: the claimer may be waiting for it.
    current.store(mark_of(t), memory_order_release);
    if (claims::take_missed(t)) {
      stop_scopes_of(t);
      if (branch_group* const g = group_of(*t.leaf_); g != nullptr) stop_below(*g);
    }
    rt.barrier.light_store(current, mark_of(t) | claims::arming);
  } while (t.claim_.load(memory_order_seq_cst) != 0);
}

[[gnu::always_inline]] inline bool core::turn(task_header& t) noexcept {
  // Inline, as most turns of short tasks end here: out of line it was 25 instructions a task.
  const auto finish = [&]() __attribute__((always_inline)) {
    std::exception_ptr error = t.what().finish(t);
    destroy_frame(t, *t.root_);
    end(t, std::move(error), false);
  };
  const std::uintptr_t me = mark_of(t);
  rt.barrier.light_store(current, me);
  if (t.claim_.load(memory_order_seq_cst) != 0) [[unlikely]]
    claims::wait(t);
  epoch.store(epoch.load(memory_order_relaxed) + 1, memory_order_relaxed);
  set_this_turn(&t);
  in_turn = true;
  pushed_ = 0;
  t.budget_ = turn_budget;
  const bool has_yielded = t.mood_ == task_mood::yielding;
  if (t.mood_ != task_mood::stop_taken) t.mood_ = task_mood::none;
  if (t.leaf_ == nullptr) {
    if (t.root_->finished_) [[unlikely]] {  // it lost its core on the way, or a stop made it fail
      finish();
      return true;
    }
    t.resume_ = t.root_;
  } else if (has_yielded && (t.stop_ == nullptr || !t.stop_->requested())) {
    // Nothing to publish, so no stop can be missed.
    t.resume_ = std::exchange(t.leaf_, nullptr)->at_;
  }

  for (;;) {
    if (leaf* const l = t.leaf_; l != nullptr) {
      armed state = armed::stopped;
      if (t.mood_ != task_mood::stop_taken) {
        rt.barrier.light_store(current, me | claims::arming);
        if (t.claim_.load(memory_order_seq_cst) != 0) [[unlikely]]
          hear_missed(t);
        const bool stop = t.stop_ != nullptr && t.stop_->requested();
        state = l->ops_->arm(*l, *this, stop);
        if (state == armed::waiting) {
          leave_turn();
          current.store(0, memory_order_release);  // pairs with acquire in the stopper's look
          return true;
        }
        current.store(me, memory_order_release);
        if (state >= armed::branches) [[unlikely]] {
          if (state == armed::spent) {
            leave_turn();
            current.store(0, memory_order_release);
            look_now();
            push_back(t);
            return true;
          }
          const branches_left left = run_branches(*this, t, *group_of(*l));
          if (left == branches_left::stray) [[unlikely]] {
            this_carrier()->hand_in(t);
            return false;
          }
          if (left != branches_left::none) {
            leave_turn();
            current.store(0, memory_order_release);
            if (left == branches_left::ready) {
              if (t.budget_ == 0) look_now();
              push_back(t);
            }
            return true;
          }
          state = group_of(*l)->outcome();
        }
      }
      if (state == armed::stopped) {
        const unwound how = unwind(t, l->at_);
        if (how == unwound::stopped) {
          end(t, nullptr, true);
          return true;
        }
        if (how == unwound::failed) [[unlikely]] {
          leave_turn();
          current.store(0, memory_order_release);
          push_back(t);
          return true;
        }
      } else {
        t.leaf_ = nullptr;
        t.resume_ = l->at_;
      }
    }

    promise_base* const p = t.resume_;
    t.resume_ = nullptr;
    t.depth_ = 0;
    if (!resume(*p)) [[unlikely]] {
      this_carrier()->finish(t, *p);
      return false;
    }

    if (t.leaf_ != nullptr) {
      if (t.mood_ != task_mood::yielding) t.leaf_->at_->since_ = age.load(memory_order_relaxed);
      if (t.mood_ >= task_mood::yielding) {
        const bool asked_kernel = t.mood_ == task_mood::spent && t.leaf_->ops_->asks_kernel;
        leave_turn();
        current.store(0, memory_order_release);
        if (asked_kernel) look_now();
        push_back(t);
        return true;
      }
    } else if (t.resume_ == nullptr) {
      if (!t.root_->finished_) fell_out(*p);
      finish();
      return true;
    }
  }
}

bool core::run(task_header& first, unsigned most) noexcept {
  for (task_header* t = &first;;) {
    if (!turn(*t)) [[unlikely]]
      return false;
    tell_others();
    if (--most == 0 || (t = at_hand()) == nullptr) return true;
  }
}

void core::leave_turn() noexcept {
  set_this_turn(nullptr);
  in_turn = false;
}

void core::end(task_header& t, std::exception_ptr error, bool stopped) noexcept {
  t.what().destroy_arguments(t);
  nursery_part& p = *t.home_;
  const bool main = &t == rt.main.load(memory_order_relaxed);
  if (main) [[unlikely]]
    rt.main.store(nullptr, memory_order_relaxed);
  t.ended_.store(true, memory_order_release);
  // release: who sees the end counted sees that it was spawned; pairs with acquire in ended_tasks.
  tasks_ended.store(tasks_ended.load(memory_order_relaxed) + 1, memory_order_release);
  leave_turn();
  rt.barrier.light_store(current, 0);  // pairs with the watchdog's look (watchdog.cpp)
  const bool at_home = p.home == this;
  // From here on the nursery may go; the part stays while the task is in its list.
  p.child_ended(p, t, main, std::move(error), stopped, at_home);
  if (at_home)
    unlink_and_free(t);
  else
    send_home(t);
}

}  // namespace aside::inline ASIDE_ABI::detail
