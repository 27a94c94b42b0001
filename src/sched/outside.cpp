// What threads that are no cores do with a runtime: block_on, spawn, and its end.
//
// The races that matter, of a handle that spawns while the runtime is destroyed. The closer closes the
// inject queue to it, then knows how many it had let in, and waits until all of these have got a core.
// Threads in block_on have left by then (guest.hpp).
// Tag [GONE]: the spawner may then wake a core whose engine the closer closes. It counts itself as a
// visitor, then looks whether the runtime is gone; the closer says that it is, then waits for the
// visitors. Where the spawner therefore wakes nobody, the closer does: it wakes all cores after it has
// closed the queue.
#include "base/standard_files.hpp"
#include "sched/runtime.hpp"

#include <aside/detail/block.hpp>

namespace aside::inline ASIDE_ABI::detail {

void caller::finish() noexcept {
  over.store(1, memory_order_release);  // pairs with acquire in wait_for
  over.notify_one();                    // by its address alone: the caller may have gone
}

void runtime::serve() {
  core_became_busy();  // until it is closed
  in_process_table([this] { start(); });
  idle.begin_rest(guest_->index);
  open_gate();
}

void runtime::wait_for(task_header& body, caller& here) noexcept {
  here.body = &body;
  switch (seat.enter(*guest_)) {
    case guest_seat::entry::refused:
      discard(body);  // as if it had been stopped before it began
      return;
    case guest_seat::entry::onlooker:
      start_from_outside(body, body.stop_);
      while (here.over.load(memory_order_acquire) == 0)
        here.over.wait(0, memory_order_acquire);
      seat.leave_as_onlooker();
      return;
    case guest_seat::entry::guest:
      break;
  }
  core& c = *guest_;
  set_this_core(&c);
  body.home_ = &c.root;
  body.stop_ = &root_stop;
  body.pinned_ = static_cast<std::uint8_t>(c.index + 1);
  c.link(c.root, body);
  c.push_local(body);
  seat.run(c, here, guest_runs_tasks_);
  seat.leave(c);
  set_this_core(nullptr);
}

/// By a task of this runtime.
bool runtime::start_here(task_header& t) noexcept {
  const core_guard guard;
  core* const here = guard.get();
  if (here == nullptr || &here->rt != this) return false;
  t.home_ = &here->root;
  here->link(here->root, t);
  here->push(t);
  return true;
}

void runtime::start_from_outside(task_header& t, const stop_state*& outermost) noexcept {
  outermost = &root_stop;
  if (start_here(t)) return;
  if (!inject.push_from_outside(t))
    panic("a runtime was used by a thread while another one destroyed it: let that thread end before, or "
          "use a runtime_handle",
          t.site_);
  wake_one();
}

bool runtime::start_by_handle(task_header& t, const stop_state*& outermost) noexcept {
  if (gone()) return false;
  outermost = &root_stop;
  if (start_here(t)) return true;
  if (!inject.push_from_outside(t)) return false;
  // The task may have ended by now, and its runtime.
  if (idle.would_pick()) {
    const visit in(*this);
    if (!gone()) wake_one();  // [GONE]
  }
  return true;
}

void runtime::close() noexcept {
  if (const core* const here = this_core(); here != nullptr && &here->rt == this) {
    const task_header* const by = this_turn();
    const std::source_location* const at = by != nullptr ? &by->site_ : reported_now();
    panic("a runtime was destroyed by one of its own tasks, or by the hook that heard of its failure; it "
          "would have to await that; the task was spawned here",
          at != nullptr ? *at : std::source_location::current());
  }
  gone_.store(true, memory_order_seq_cst);  // [GONE]
  await_visitors();
  seat.close();
  request_stop();
  seat.await_departures();
  closing_.store(true, memory_order_seq_cst);  // pairs with adopt
  const std::uint64_t from_outside = inject.close();
  for (unsigned i = 0; i < workers; ++i)
    cores[i]->wake();  // [GONE]
  for (;;) {
    const unsigned seen = adoptions_.load(memory_order_acquire);
    std::uint64_t adopted = 0;
    for (const auto& c : cores)
      adopted += c->adopted.load(memory_order_seq_cst);
    if (adopted == from_outside) break;
    adoptions_.wait(seen, memory_order_acquire);
  }
  core_became_idle();
  wind_up();
}

runtime& open_runtime(const options& o) {
  fill_standard_files();
  auto rt = std::make_unique<runtime>(o, true);
  rt->serve();
  return *rt.release();
}
void close_runtime(runtime& rt) noexcept {
  rt.close();
  release_runtime(rt);
}
void hold_runtime(runtime& rt) noexcept { rt.holders.fetch_add(1, memory_order_relaxed); }
void release_runtime(runtime& rt) noexcept {
  // acq_rel: the last one sees what the others did.
  if (rt.holders.fetch_sub(1, memory_order_acq_rel) == 1) delete &rt;
}
void stop_runtime(runtime& rt) noexcept { rt.request_stop(); }
runtime_info info_of(const runtime& rt) noexcept { return rt.info(); }

void wait_for(runtime& rt, task_header& body, caller& c) {
  if (this_core() != nullptr)
    panic("block_on was called inside a runtime, whose core it would block: co_await the function",
          body.site_);
  refuse_in_compute("block_on", body.site_);
  rt.wait_for(body, c);
}

void start_from_outside(runtime& rt, task_header& t) noexcept {
  rt.start_from_outside(t, t.stop_);
}
void start_from_outside(runtime& rt, joinable_header& t) noexcept {
  rt.start_from_outside(t, t.own_.parent_);
}

namespace {

void start_unless_gone(runtime& rt, task_header& t, const stop_state*& outermost) {
  if (rt.start_by_handle(t, outermost)) return;
  discard(t);
  throw_error(errc::runtime_gone, "spawn");
}

}  // namespace

void start_by_handle(runtime& rt, task_header& t) { start_unless_gone(rt, t, t.stop_); }
void start_by_handle(runtime& rt, joinable_header& t) {
  start_unless_gone(rt, t, t.own_.parent_);
}

}  // namespace aside::inline ASIDE_ABI::detail
