#include "net/idle_peers.hpp"

#include "driver/engine.hpp"
#include "driver/interest.hpp"
#include "scope/end_hearer.hpp"
#include "sched/part.hpp"

#include <sys/socket.h>

namespace aside::inline ASIDE_ABI::detail {

namespace {

/// So many sockets are looked at without letting anybody else to the list.
constexpr int at_a_time = 64;

}  // namespace

idle_peer::idle_peer(const task_header& t, tcp_stream& peer) noexcept : of_(peer.receive().interest_) {
  if (of_ == nullptr || t.home_ == nullptr || t.home_->hearer == nullptr) return;
  all_ = t.home_->hearer->idle;
  if (all_ != nullptr) all_->add(*this);
}

idle_peer::~idle_peer() {
  if (all_ != nullptr) all_->remove(*this);
}

void idle_peer::is_idle() noexcept {
  if (all_ == nullptr) return;
  all_->barrier_.light_store(idle_, 1);  // P1
  if (all_->drains_.load(memory_order_seq_cst)) end_reading();
}

bool idle_peer::drains() const noexcept {
  return all_ != nullptr && all_->drains_.load(memory_order_relaxed);
}

void idle_peer::end_reading() const noexcept { ::shutdown(of_->fd, SHUT_RD); }

void idle_peers::add(idle_peer& p) noexcept {
  const std::lock_guard hold(lock_);
  if (drains_.load(memory_order_relaxed)) return;  // P3
  if (first_ == nullptr) first_ = p.next_ = p.prev_ = &p;
  p.next_ = first_;
  p.prev_ = first_->prev_;
  p.prev_->next_ = p.next_->prev_ = &p;
  ++count_;
}

void idle_peers::remove(idle_peer& p) noexcept {
  const std::lock_guard hold(lock_);
  if (p.next_ == nullptr) return;
  p.prev_->next_ = p.next_;
  p.next_->prev_ = p.prev_;
  if (first_ == &p) first_ = p.next_ == &p ? nullptr : p.next_;
  p.next_ = nullptr;
  --count_;
}

void idle_peers::drain() noexcept {
  drains_.store(true, memory_order_seq_cst);
  barrier_.heavy_barrier();
}

void idle_peers::end_idle(const engine& here) noexcept {
  std::size_t left = 0;
  {
    const std::lock_guard hold(lock_);
    left = count_;
  }
  // Others may be taken out meanwhile, by their end or another core: then some are looked at twice.
  while (left > 0) {
    const std::lock_guard hold(lock_);
    for (int i = 0; i < at_a_time && left > 0; ++i, --left) {
      idle_peer* const p = first_;
      if (p == nullptr) return;
      first_ = p->next_;
      if (p->of_->bound && &engine::of(*p->of_) != &here) continue;  // P4
      if (p->idle_.load(memory_order_seq_cst) != 0) p->end_reading();  // P1
      p->prev_->next_ = p->next_;
      p->next_->prev_ = p->prev_;
      if (first_ == p) first_ = nullptr;
      p->next_ = nullptr;
      --count_;
    }
  }
}

}  // namespace aside::inline ASIDE_ABI::detail
