#pragma once
// lease: a carrier's right to drive its core, which a taker may end while user code runs
// (docs/design/0005-takeover.md).
//
// Words: `out_`, written by the carrier alone: user code runs, and nothing of the core is touched.
// `state_`: held; claimed by the taker, for microseconds; lost.
//
// Invariants
//   L1  The carrier touches its core only while `out_` is 0 and, since it became 0, `state_` was seen
//       as held.
//   L2  Only the taker changes `state_`, and there is one at a time.
//   L3  A lost lease stays lost until the taker grants its carrier, which sleeps then, another core.
//
// The race that matters: the taker ends the lease while the blocked call returns and user code calls
// the runtime.
//     taker                                   carrier
//     state_ = claimed                        out_ = 0
//     heavy barrier                           (compiler barrier)
//     look at out_                            look at state_
//     1: lost, else held again                claimed: wait for the verdict
// At least one sees the other. A carrier that is out and comes in later sees `lost`.

#include "base/barrier.hpp"
#include "task/host.hpp"

namespace aside::inline ASIDE_ABI::detail {

/// Something that only the driver of a core can do, for a thread that has lost the core.
struct errand {
  void (*run)(errand&, host&) noexcept = nullptr;
};

class lease {
 public:
  /// `sender` has the driver of a host run the errand, and returns when it has.
  lease(const asymmetric& barrier, void (*sender)(host&, errand&)) noexcept
      : barrier_(barrier), send_(sender) {}

  // Carrier
  /// User code begins: the core may be lost from here on.
  void go_out() noexcept {
    out_.store(1, memory_order_release);  // pairs with acquire in try_claim
  }
  /// User code has returned, or calls us. False: the core is another's.
  [[nodiscard]] bool come_in() noexcept {
    barrier_.light_store(out_, 0);
    // seq_cst: pairs with try_claim's store and barrier; acquire would do for what `held` publishes.
    return state_.load(memory_order_seq_cst) == held || await_verdict();
  }
  [[nodiscard]] bool is_out() const noexcept { return out_.load(memory_order_relaxed) != 0; }
  [[nodiscard]] bool is_lost() const noexcept {
    return state_.load(memory_order_acquire) == lost;  // pairs with release in end_claim
  }
  void send(host& former, errand& e) const { send_(former, e); }

  // Taker
  /// True: the carrier is in user code, and stays out of the core until end_claim.
  [[nodiscard]] bool try_claim() noexcept;
  void end_claim(bool taken) noexcept {
    state_.store(taken ? lost : held, memory_order_release);  // pairs with acquire in await_verdict
  }
  /// To a carrier that sleeps: it has a core when it wakes up.
  void grant() noexcept { state_.store(held, memory_order_relaxed); }

  /// The task whose turn goes on without a core; claimers look at it after the cores.
  atomic<std::uintptr_t> stray{0};

 private:
  static constexpr std::uintptr_t held = 0;
  static constexpr std::uintptr_t claimed = 1;
  static constexpr std::uintptr_t lost = 2;

  [[nodiscard]] bool await_verdict() const noexcept;

  const asymmetric& barrier_;
  void (*send_)(host&, errand&);
  atomic<std::uintptr_t> out_{0};
  atomic<std::uintptr_t> state_{lost};
};

/// Of the calling thread, if its cores can be taken over; else null.
[[nodiscard]] lease* this_lease() noexcept;
void set_this_lease(lease* l) noexcept;

/// The way from user code to its host: while it lives, the host is this thread's. Guards nest.
/// Without takeover it is one test.
class host_guard {
 public:
  host_guard() noexcept : host_guard(this_host()) {}
  host_guard(const host_guard&) = delete;
  host_guard& operator=(const host_guard&) = delete;
  ~host_guard() {
    if (came_in_ != nullptr) [[unlikely]]
      came_in_->go_out();
  }
  /// Null: this thread has no host, or has lost it.
  [[nodiscard]] host* get() const noexcept { return host_; }

 protected:
  explicit host_guard(host* h) noexcept : host_(h) {
    if (h != nullptr && h->lends) [[unlikely]]
      enter();
  }
  host* host_;

 private:
  void enter() noexcept;
  lease* came_in_ = nullptr;
};

/// Calls fn(host&) with the thread's host, on the thread that drives it now: the caller waits if that
/// is another. Not where the caller holds a lock that tasks may wait for.
template <class F>
void with_host(F fn) {
  const host_guard here;
  if (here.get() != nullptr) [[likely]] {
    fn(*here.get());
    return;
  }
  struct call : errand {
    F* fn;
  } c;
  c.fn = &fn;
  c.run = [](errand& e, host& h) noexcept { (*static_cast<call&>(e).fn)(h); };
  this_lease()->send(*this_host(), c);
}

}  // namespace aside::inline ASIDE_ABI::detail
