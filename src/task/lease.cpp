#include "task/lease.hpp"

#include <sched.h>

namespace aside::inline ASIDE_ABI::detail {

namespace {
thread_local constinit lease* mine = nullptr;
}

lease* this_lease() noexcept { return mine; }
void set_this_lease(lease* l) noexcept { mine = l; }

bool lease::try_claim() noexcept {
  state_.store(claimed, memory_order_seq_cst);
  barrier_.heavy_barrier();
  // acquire (of seq_cst): pairs with release in go_out; what the carrier did to the core is seen.
  if (out_.load(memory_order_seq_cst) != 0) return true;
  end_claim(false);
  return false;
}

bool lease::await_verdict() const noexcept {
  for (unsigned spins = 0;; ++spins) {
    const std::uintptr_t now =
        state_.load(memory_order_acquire);  // pairs with release in end_claim
    if (now != claimed) return now == held;
    if (spins < 1000)
      spin_pause();
    else
      ::sched_yield();
  }
}

void host_guard::enter() noexcept {
  lease* const l = this_lease();
  if (l == nullptr) return;  // before the first turn, or after the last
  if (!l->is_out()) {  // a guard further out, the run loop, or a carrier that knows what it has lost
    if (l->is_lost()) host_ = nullptr;
  } else if (l->come_in()) {
    came_in_ = l;
  } else {
    host_ = nullptr;
  }
}

}  // namespace aside::inline ASIDE_ABI::detail
