#include "sched/core.hpp"

#include "base/clock.hpp"
#include "sched/age.hpp"
#include "sched/choice.hpp"
#include "sched/runtime.hpp"

namespace aside::inline ASIDE_ABI::detail {

namespace {
thread_local constinit core* mine = nullptr;
constexpr std::uint32_t clock_every =
    16;  // polls between looks at the clock, where nothing else needs it
constexpr unsigned tell_every = 16;  // pushes in one turn between looks for sleepers
}  // namespace

core* this_core() noexcept { return mine; }
void set_this_core(core* c) noexcept {
  mine = c;
  set_this_host(c);
}

void schedule_task(task_header& t) noexcept {
  core& home = *t.home_->home;
  const core_guard guard;
  core* const here = guard.get();
  if (here == nullptr || &here->rt != &home.rt) {
    // The task may run, and end its runtime, before this thread is done with it.
    runtime::visit in(home.rt);
    if (t.pinned_ != 0) {
      home.rt.cores[t.pinned_ - 1u]->post_pinned(t);
    } else {
      in.rt.inject.push(t);
      in.rt.wake_one();
    }
  } else if (t.pinned_ == 0) {
    here->push(t);
  } else if (core& only = *home.rt.cores[t.pinned_ - 1u]; here == &only) {
    only.push_local(t);
  } else {
    only.post_pinned(t);
  }
}

core::core(runtime& r, unsigned i, bool keeps)
    : rt(r),
      index(i),
      keeps_tasks(keeps),
      in_poll(keeps),
      inject_(r.inject),
      wheel_(now_ns()),
      random_(i * 2654435761u + 1) {
  wheel = &wheel_;
  root.home = this;
}
core::~core() = default;

void core::open_engine(engine_kind kind) {
  engine_ = make_engine(kind, lends);
  io = engine_.get();
  homeward_.resize(rt.cores.size());
  alone_ = rt.cores.size() == 1;
  census_.enter({&homed, &current, &lifo_, &local_, ring.place_of_head(), ring.place_of_tail(),
                 rt.inject.place_of_listed(), rt.inject.place_of_head(), rt.inject.place_of_tail()});
}

// ---- any thread

void core::wake() noexcept {
  if (mine != nullptr && mine != this) count(mine->wakes_sent);
  if (rt.guest_core() == this) rt.seat.call();
  if (io != nullptr) io->wake();
}

void core::post(message& m) noexcept {
  inbox_.push(m);
  const core_guard here;
  if (this != here.get() && rt.idle.sleeps(index)) wake();  // [IDLE]
}

void core::post_lazily(message& m) noexcept { inbox_.push(m); }

void core::post_pinned(task_header& t) noexcept {
  task_header* head = pinned_.load(memory_order_relaxed);
  do {
    t.queued_ = head;
    // seq_cst: release publishes the link to take_returned's acquire; order against sleeps [IDLE].
  } while (!pinned_.compare_exchange_weak(head, &t, memory_order_seq_cst, memory_order_relaxed));
  if (rt.idle.sleeps(index)) wake();
}

// ---- driver

void core::push(task_header& t) noexcept {
  if (in_poll || shares_all) {
    push_aside(t);
    return;
  }
  if (task_header* const before = std::exchange(lifo_, &t); before != nullptr) ring_push(*before);
}

void core::push_aside(task_header& t) noexcept {
  if (!keeps_tasks) {
    ring_push(t);
    return;
  }
  t.pinned_ = static_cast<std::uint8_t>(index + 1);
  push_local(t);
}

void core::push_back(task_header& t) noexcept {
  if (t.pinned_ != 0)
    push_local(t);
  else if (!ring.push(&t)) [[unlikely]]
    overflow(t);
  // Nobody is told: a yield adds no work, so what there is beside it has been told of before.
}

void core::push_local(task_header& t) noexcept {
  t.queued_ = nullptr;
  if (local_ == nullptr)
    local_ = &t;
  else
    local_end_->queued_ = &t;
  local_end_ = &t;
}

[[gnu::noinline]] void core::overflow(task_header& t) noexcept {
  // Half of the ring and the new one make room for the others.
  std::array<task_header*, 128> many;
  std::size_t n = ring.pop_many(std::span(many).first(many.size() - 1));
  many[n++] = &t;
  rt.inject.push(std::span<task_header* const>(many.data(), n));
}

void core::ring_push(task_header& t) noexcept {
  if (!ring.push(&t)) [[unlikely]]
    overflow(t);
  // In a turn the core is busy, so others are told at once, then every so many pushes. Between turns
  // it runs one itself.
  if (in_turn && (pushed_ % tell_every == 0 || shares_all)) rt.tell_one(this);
  ++pushed_;
}

void core::tell_one_of_them() noexcept {
  pushed_ = 0;
  // Of the ring it runs one itself, unless something else goes first.
  const bool goes_first = lifo_ != nullptr || (local_ != nullptr && !shares_all);
  if (ring.size() + (goes_first ? 1 : 0) > (shares_all ? 0 : 1)) rt.tell_one(this);
}

void core::poll(std::uint64_t timeout_ns) noexcept {
  in_poll = true;
  const bool timers = wheel_.needs_time();
  bool look = timers || --polls_to_clock_ == 0;
  if (timeout_ns != 0 || !io->quiet()) {
    io->wait(timeout_ns);
    look = true;
  }
  if (timeout_ns != 0) {
    begin_awake();
    turns_to_look_ = look_every;
    looks_to_poll_ = poll_every;
  }
  if (look) {
    polls_to_clock_ = clock_every;
    const std::uint64_t now = timers ? now_ns() : coarse_now_ns();
    age.store(age_at(now), memory_order_relaxed);
    if (timers) wheel_.advance(now);
  }
  in_poll = keeps_tasks;
  tell_others();
}

void core::look_now() noexcept {
  poll(0);
  turns_to_look_ = 1;  // at the inject queue
  looks_to_poll_ = poll_every;
}

void core::begin_awake() noexcept {
  woke_ns_ = coarse_now_ns();
  woke_epoch_ = epoch.load(memory_order_relaxed);
}

void core::look_back() noexcept {
  if (!rt.dog.enabled()) return;
  rt.dog.pace.was_awake(coarse_now_ns() - woke_ns_, epoch.load(memory_order_relaxed) - woke_epoch_);
}

std::uint64_t core::time_to_next_timer() const noexcept {
  if (wheel_.size() == 0) return engine::forever;
  const std::uint64_t at = wheel_.next_ns();
  if (at == timer_wheel::never) return engine::forever;
  const std::uint64_t now = now_ns();
  return at > now ? at - now : 0;
}

bool core::something_of_its_own() const noexcept {
  return lifo_ != nullptr || local_ != nullptr || !inbox_.empty() ||
         pinned_.load(memory_order_seq_cst) != nullptr ||
         (returned_.load(memory_order_seq_cst) != nullptr && rt.stopping());
}

bool core::can_be_left() const noexcept {
  return !something_of_its_own() && wheel_.size() == 0 && io->attached() == 0 &&
         io->in_flight() == 0;
}

void core::leave_ready_to_others() noexcept {
  if (lifo_ != nullptr) ring_push(*std::exchange(lifo_, nullptr));
  pushed_ = 0;
  if (!ring.empty()) rt.tell_one(this);
}

bool core::something_to_do() const noexcept {
  if (something_of_its_own() || rt.inject.size() != 0) return true;
  for (const auto& c : rt.cores) {
    if (!c->ring.empty()) return true;
  }
  return false;
}

}  // namespace aside::inline ASIDE_ABI::detail
