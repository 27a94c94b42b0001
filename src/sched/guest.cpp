#include "sched/guest.hpp"

#include "sched/holdup.hpp"

#include <array>
#include <span>

namespace aside::inline ASIDE_ABI::detail {

namespace {

/// What this core does not run goes where busy workers look too: they steal only when they have nothing.
void hand_over(core& c) noexcept {
  std::array<task_header*, 64> many;
  while (!c.ring.empty()) {
    const std::size_t n = c.ring.pop_many(many);
    if (n == 0) return;
    c.rt.inject.push(std::span<task_header* const>(many.data(), n));
    c.rt.tell_one(&c);
  }
}

}  // namespace

guest_seat::entry guest_seat::enter(core& c) {
  std::unique_lock lock(mutex_);
  if (closed_) return entry::refused;
  ++inside_;
  if (driver_ == driver::guest || wanted_.load(memory_order_relaxed)) return entry::onlooker;
  if (driver_ == driver::standby) {
    wanted_.store(true, memory_order_seq_cst);
    c.io->wake();
    changed_.wait(lock, [this] { return driver_ == driver::nobody; });
    wanted_.store(false, memory_order_relaxed);
  }
  driver_ = driver::guest;
  return entry::guest;
}

void guest_seat::run(core& c, caller& guest, bool others_too) noexcept {
  if (!others_too) {
    attend(c, &guest);
    return;
  }
  c.rt.idle.end_rest(c.index);
  c.worth_spinning = true;
  drive(c, &guest);
  c.look_back();
  c.shares_all = false;
  c.leave_ready_to_others();
  hand_over(c);
  c.rt.idle.begin_rest(c.index);  // [IDLE]
}

void guest_seat::leave(core& c) noexcept {
  c.flush_homeward();
  const std::scoped_lock lock(mutex_);
  driver_ = c.can_be_left() ? driver::nobody : driver::standby;
  --inside_;
  if (driver_ == driver::standby || closed_) changed_.notify_all();
}

void guest_seat::leave_as_onlooker() noexcept {
  const std::scoped_lock lock(mutex_);
  --inside_;
  if (closed_) changed_.notify_all();
}

void guest_seat::close() noexcept {
  const std::scoped_lock lock(mutex_);
  closed_ = true;
}

void guest_seat::await_departures() noexcept {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return inside_ == 0; });
}

void guest_seat::call() noexcept {
  const std::scoped_lock lock(mutex_);
  if (driver_ != driver::nobody) return;
  driver_ = driver::standby;
  changed_.notify_all();
}

void guest_seat::attend(core& c, const caller* guest) const noexcept {
  const auto over = [&] {
    return guest != nullptr ? guest->over.load(memory_order_relaxed) != 0
                            : wanted_.load(memory_order_seq_cst);
  };
  c.only_pinned = c.shares_all = true;
  c.begin_awake();
  while (!c.rt.finished() && !over()) {
    task_header* const t = c.next();
    hand_over(c);  // before a turn that may last
    if (t != nullptr) {
      static_cast<void>(c.run(*t));  // nobody takes a guest's core
      continue;
    }
    c.flush_homeward();
    if (c.something_of_its_own()) continue;
    if (guest == nullptr && c.can_be_left()) break;
    c.look_back();
    // The core rests, so who sends something ends the wait.
    c.poll(holdup_limit(c.rt, c.time_to_next_timer()));
    c.rt.core_woke();
    look_for_holdup(c.rt);
  }
  c.look_back();
  hand_over(c);
  c.only_pinned = c.shares_all = false;
}

void guest_seat::stand_by(core& c) noexcept {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [&] { return driver_ == driver::standby || c.rt.finished(); });
    if (c.rt.finished()) return;
    do {
      lock.unlock();
      set_this_core(&c);
      attend(c, nullptr);
      set_this_core(nullptr);
      lock.lock();
    } while (!c.can_be_left() && !wanted_.load(memory_order_relaxed) && !c.rt.finished());
    driver_ = driver::nobody;
    changed_.notify_all();
  }
}

}  // namespace aside::inline ASIDE_ABI::detail
