// A runtime's threads: how they come to be, all or none of them, before any task has begun.

#include "sched/runtime.hpp"

#include <pthread.h>
#include <cstdio>

namespace aside::inline ASIDE_ABI::detail {

void runtime::carry(core& first) noexcept {
  if (carrier* const c = spare.carrier_of(first.index); c != nullptr)
    c->carry(*this, &first);
  else
    drive(first);
}

void runtime::be_spare(unsigned index) noexcept {
  ::pthread_setname_np(::pthread_self(), "aside-spare");
  if (wait_for_gate()) spare.carrier_of(workers + index)->carry(*this, nullptr);
  set_this_core(nullptr);
}

void runtime::arrive() noexcept {
  ready_.fetch_add(1, memory_order_release);  // pairs with acquire in await_threads
  ready_.notify_all();
}

void runtime::await_threads() const noexcept {
  for (unsigned n = ready_.load(memory_order_acquire); n != threads_.size();
       n = ready_.load(memory_order_acquire))
    ready_.wait(n);
}

void runtime::note_failure() noexcept {
  if (!failed_.exchange(true, memory_order_relaxed)) start_error_ = std::current_exception();
}

void runtime::be_porter() noexcept {
  ::pthread_setname_np(::pthread_self(), "aside-porter");
  if (wait_for_gate()) porter_.serve();
}

bool runtime::wait_for_gate(core* parts) noexcept {
  arrive();
  gate_.wait(gate::closed, memory_order_acquire);  // each pairs with release where it is stored
  if (gate_.load(memory_order_acquire) == gate::part) {
    if (parts != nullptr) part(*parts);
    arrive();
    gate_.wait(gate::part, memory_order_acquire);
  }
  return gate_.load(memory_order_acquire) == gate::open;
}

void runtime::part(core& mine) noexcept {
  try {
    std::vector<int> kept{mine.io->wait_descriptor()};
    for (const auto& c : cores)
      kept.push_back(c->io->wake_descriptor());
    if (const int error = part_table(porter_, kept); error != 0)
      throw std::system_error(error, std::system_category(),
                              "options::descriptors_per_core: a table of descriptors for a core");
  } catch (...) {
    note_failure();
  }
}

void runtime::work(core& mine) noexcept {
  set_this_core(&mine);
  char name[16] = "aside-guest";
  if (&mine != guest_) std::snprintf(name, sizeof name, "aside-%u", mine.index);
  ::pthread_setname_np(::pthread_self(), name);
  try {
    // A ring belongs to one thread, and guests come and go; any thread may wait in an epoll.
    mine.open_engine(&mine == guest_ ? engine_kind::epoll : kind);
    if (own_tables_) mine.io->bind_to_core(porter_, &mine != guest_);
  } catch (...) {
    note_failure();
  }
  const bool open = wait_for_gate(&mine != guest_ ? &mine : nullptr);
  if (open && &mine != guest_) carry(mine);
  set_this_core(nullptr);
  if (open && &mine == guest_) seat.stand_by(mine);
}

/// All that can fail, before any task has begun.
void runtime::start() {
  const bool drives_one = !serves_ && !own_tables_;
  const std::size_t first = drives_one ? 1 : 0;
  if (drives_one) set_this_core(cores[0].get());
  try {
    if (drives_one) cores[0]->open_engine(kind);
    if (handle_signals_ || dog.enabled()) signals_.begin(*this, handle_signals_);
    threads_.reserve(cores.size() + spare.spares() + porters());
    for (std::size_t i = first; i < cores.size(); ++i)
      threads_.emplace_back([this, i] { work(*cores[i]); });
    for (unsigned i = 0; i < spare.spares(); ++i)
      threads_.emplace_back([this, i] { be_spare(i); });
    if (own_tables_ && serves_) threads_.emplace_back([this] { be_porter(); });
    await_threads();
    if (own_tables_ && !start_error_) {
      ready_.store(0, memory_order_relaxed);
      gate_.store(gate::part, memory_order_release);
      gate_.notify_all();
      await_threads();
    }
    if (start_error_) std::rethrow_exception(start_error_);
  } catch (...) {
    await_threads();
    gate_.store(gate::given_up, memory_order_release);
    gate_.notify_all();
    for (std::thread& w : threads_)
      w.join();
    signals_.end();
    for (const auto& each : cores)
      each->close_engine();
    if (drives_one) set_this_core(nullptr);
    throw;
  }
}

void runtime::open_gate() noexcept {
  gate_.store(gate::open, memory_order_release);
  gate_.notify_all();
}

}  // namespace aside::inline ASIDE_ABI::detail
