#include "sched/core.hpp"

#include "base/clock.hpp"
#include "sched/age.hpp"
#include "sched/choice.hpp"
#include "sched/runtime.hpp"
#include "task/prefetch.hpp"

namespace aside::inline ASIDE_ABI::detail {

namespace {
thread_local constinit core* mine = nullptr;
constexpr unsigned lifo_cap = 3;  // turns in a row from the LIFO slot
constexpr std::uint32_t poll_every =
    61;  // turns between looks at events, timers and the inject queue
constexpr std::uint32_t clock_every =
    16;  // polls between looks at the clock, where nothing else needs it
constexpr unsigned tell_every = 16;  // pushes in one turn between looks for sleepers
constexpr std::size_t inject_batch = 64;
constexpr std::uint32_t prefetched_of_stolen = 16;
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
      in.rt.tell_one(nullptr);
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
                 rt.inject.place_of_size()});
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
  else if (!ring.push(&t))
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

void core::overflow(task_header& t) noexcept {
  // Half of the ring and the new one make room for the others.
  std::array<task_header*, 128> many;
  std::size_t n = ring.pop_many(std::span(many).first(many.size() - 1));
  many[n++] = &t;
  rt.inject.push(std::span<task_header* const>(many.data(), n));
}

void core::ring_push(task_header& t) noexcept {
  if (!ring.push(&t)) overflow(t);
  // In a turn the core is busy, so others are told at once, then every so many pushes. Between turns
  // it runs one itself.
  if (in_turn && (pushed_ % tell_every == 0 || shares_all)) rt.tell_one(this);
  ++pushed_;
}

void core::tell_others() noexcept {
  if (pushed_ == 0) return;
  pushed_ = 0;
  if (ring.size() + (lifo_ != nullptr ? 1 : 0) > (shares_all ? 0 : 1)) rt.tell_one(this);
}

task_header* core::from_inject() noexcept {
  std::array<task_header*, inject_batch> many;
  const std::size_t share = rt.inject.size() / rt.cores.size() + 1;
  const std::size_t room = ring.capacity() - ring.size();
  std::size_t want = share < many.size() ? share : many.size();
  if (want > room + 1) want = room + 1;
  const std::size_t n = rt.inject.take(std::span(many.data(), want));
  adopt(std::span<task_header* const>(many.data(), n));
  if (keeps_tasks) {
    for (std::size_t i = 0; i < n; ++i)
      push_aside(*many[i]);
    return next_pinned();
  }
  for (std::size_t i = 1; i < n; ++i)
    ring_push(*many[i]);
  return n != 0 ? many[0] : nullptr;
}

void core::take_messages() noexcept {
  for (message* m = inbox_.take_all(); m != nullptr;) {
    message* const next = m->next;
    m->run(*m, this);
    m = next;
  }
}

void core::take_returned() noexcept {
  if (pinned_.load(memory_order_relaxed) != nullptr) {
    task_header* t = pinned_.exchange(nullptr, memory_order_acquire);
    task_header* oldest = nullptr;
    while (t != nullptr) {
      task_header* const before = t->queued_;
      t->queued_ = oldest;
      oldest = t;
      t = before;
    }
    while (oldest != nullptr) {
      task_header* const next = oldest->queued_;
      // Of a task whose home is elsewhere, prev_ is not ours to read [H3].
      if (oldest->home_->home == this && oldest->prev_ == oldest)
        link(*oldest->home_, *oldest);  // spawned from another core, or without one
      if (oldest->pinned_ != 0)
        push_local(*oldest);
      else
        push(*oldest);
      oldest = next;
    }
    tell_others();
  }
  if (returned_.load(memory_order_relaxed) != nullptr) reclaim();
}

task_header* core::next_pinned() noexcept {
  task_header* const t = local_;
  if (t != nullptr) local_ = t->queued_;
  return t;
}

task_header* core::next() noexcept {
  ++tick_;
  if (!inbox_.seems_empty()) {
    take_messages();
    tell_others();  // before a turn that may last, or hold the thread
  }
  take_returned();
  if (--turns_to_poll_ == 0) {
    turns_to_poll_ = poll_every;
    flush_homeward();
    poll(0);
    if (only_pinned) return next_pinned();
    if (task_header* const t = from_inject(); t != nullptr) return t;
  }
  if (only_pinned) return next_pinned();
  if (lifo_ != nullptr) {
    if (lifo_uses_ < lifo_cap) {
      ++lifo_uses_;
      return std::exchange(lifo_, nullptr);
    }
    ring_push(*std::exchange(lifo_, nullptr));
  }
  lifo_uses_ = 0;
  if (local_ != nullptr && ((tick_ & 1) != 0 || ring.size() == 0)) return next_pinned();
  if (task_header* const t = alone_ ? ring.pop_alone() : ring.pop(); t != nullptr) return t;
  return from_inject();
}

void core::poll(std::uint64_t timeout_ns) noexcept {
  in_poll = true;
  bool look = wheel_.size() != 0 || --polls_to_clock_ == 0;
  if (timeout_ns != 0 || !io->quiet()) {
    io->wait(timeout_ns);
    look = true;
  }
  if (look) {
    polls_to_clock_ = clock_every;
    const std::uint64_t now = now_ns();
    age.store(age_at(now), memory_order_relaxed);
    if (wheel_.size() != 0) wheel_.advance(now);
  }
  in_poll = keeps_tasks;
  tell_others();
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

task_header* core::steal() noexcept {
  const std::size_t n = rt.cores.size();
  if (n == 1) return nullptr;
  random_ ^= random_ << 13;
  random_ ^= random_ >> 17;
  random_ ^= random_ << 5;
  for (std::size_t i = 0; i < n; ++i) {
    core& victim = *rt.cores[(random_ + i) % n];
    if (&victim == this) continue;
    if (task_header* const t = victim.ring.steal_into(ring); t != nullptr) {
      count(steals);
      ring.for_oldest(prefetched_of_stolen, [](const task_header* each) { prefetch(each); });
      return t;
    }
  }
  return nullptr;
}

}  // namespace aside::inline ASIDE_ABI::detail
