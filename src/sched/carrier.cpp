// A carrier drives a core: runs what is ready, looks for work elsewhere, and parks in the engine.
//
// Each round: own work, else stolen work, else a short search if the last wait ended because of
// another core's work, else sleep. Before it sleeps a core says so and looks once more [IDLE].

#include "sched/carrier.hpp"

#include "base/clock.hpp"
#include "base/thread_state.hpp"
#include "sched/holdup.hpp"
#include "sched/runtime.hpp"

namespace aside::inline ASIDE_ABI::detail {

namespace {

constexpr std::uint64_t search_ns = 50'000;
constexpr unsigned looks_per_clock = 64;
constexpr unsigned turns_in_a_row = 64;
constexpr unsigned rows_to_holdup = 16;  // a power of two; for cores that never sleep

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

/// Has the driver of `to` run the errand, and waits for that.
void send_errand(host& to, errand& e) {
  struct letter : message {
    errand* content = nullptr;
    atomic<unsigned> done{0};
  } l;
  l.content = &e;
  l.run = [](message& m, void* driven) noexcept {
    auto& mine = static_cast<letter&>(m);
    mine.content->run(*mine.content, *static_cast<core*>(driven));
    mine.done.store(1, memory_order_release);  // pairs with acquire below
    mine.done.notify_one();                    // by its address alone: the sender may have gone
  };
  static_cast<core&>(to).post(l);
  while (l.done.load(memory_order_acquire) == 0)
    l.done.wait(0, memory_order_acquire);
}

}  // namespace

bool core::resume_lent(promise_base& p) noexcept {
  lease& mine = *this_lease();
  mine.go_out();
  p.handle().resume();
  return mine.come_in();
}

carrier::carrier(const asymmetric& barrier) noexcept : lease(barrier, &send_errand) {}

void carrier::carry(runtime& rt, core* c) noexcept {
  set_this_lease(this);
  if (c != nullptr) grant();
  for (;;) {
    if (c == nullptr) c = rt.spare.wait(*this);
    if (c == nullptr) break;
    set_this_core(c);
    c->tell_others();  // of what the turn that was blocked had made ready
    drive(*c);
    if (!is_lost()) break;
    c = nullptr;
  }
  set_this_lease(nullptr);
}

void carrier::start(task_header& child, bool local) noexcept {
  child.prev_ = &child;  // in no registry yet
  child.queued_ = nullptr;
  if (!local) {
    has_posted_ = true;
    this_core()->post_pinned(child);
  } else if (kept_ == nullptr) {
    kept_ = kept_end_ = &child;
  } else {
    kept_end_->queued_ = &child;
    kept_end_ = &child;
  }
}

void carrier::finish(task_header& t, promise_base& p) noexcept {
  promise_base* last = &p;
  while (t.leaf_ == nullptr && t.resume_ != nullptr) {
    last = std::exchange(t.resume_, nullptr);
    t.depth_ = 0;
    last->handle().resume();
  }
  if (t.leaf_ != nullptr)
    t.leaf_->at_->since_ = this_core()->age.load(memory_order_relaxed);
  else if (!t.root_->finished_)
    fell_out(*last);
  hand_in(t);
}

void carrier::hand_in(task_header& t) noexcept {
  core& former = *this_core();
  const bool only_there = std::exchange(has_posted_, false) || t.pinned_ != 0;
  set_this_turn(nullptr);
  stray.store(0, memory_order_release);  // pairs with acquire in is_stray
  for (task_header* child = std::exchange(kept_, nullptr); child != nullptr;) {
    task_header* const next = child->queued_;
    former.post_pinned(*child);
    child = next;
  }
  if (only_there) {  // S3
    former.post_pinned(t);
  } else {
    former.rt.inject.push(t);
    former.rt.wake_one();
  }
}

void drive(core& c, caller* guest) noexcept {
  runtime& rt = c.rt;
  c.thread.store(this_thread_number(), memory_order_relaxed);
  c.begin_awake();
  const auto over = [guest] { return guest != nullptr && guest->over.load(memory_order_relaxed); };
  bool searching = false;
  unsigned rows = 0;
  while (!rt.finished() && !over()) {
    task_header* t = c.next();
    if (t == nullptr) {
      c.flush_homeward();
      t = c.steal();
    }
    if (t == nullptr && c.worth_spinning && rt.is_worth_spinning()) {
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
      // A guest looks after each turn whether it may go.
      if (!c.run(*t, guest != nullptr ? 1 : turns_in_a_row)) [[unlikely]]
        return;
      if (++rows % rows_to_holdup == 0) [[unlikely]]
        look_for_holdup(rt);
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
    c.look_back();
    count(c.parks);
    const std::uint64_t limit = c.time_to_next_timer();
    c.expects.store(limit != engine::forever || c.io->attached() != 0 || c.io->in_flight() != 0,
                    memory_order_relaxed);
    c.poll(holdup_limit(rt, limit));
    searching = !rt.idle.end_sleep(c.index);
    rt.core_woke();
    c.worth_spinning = searching;
    look_for_holdup(rt);
  }
  if (searching) static_cast<void>(rt.idle.end_search());
}

}  // namespace aside::inline ASIDE_ABI::detail
