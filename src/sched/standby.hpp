#pragma once
// standby: the carriers that have no core, and how one of them takes a core over.

#include "sched/carrier.hpp"

#include <condition_variable>
#include <memory>
#include <mutex>
#include <vector>

namespace aside::inline ASIDE_ABI::detail {

class standby {
 public:
  /// Before the start: one carrier for each core and so many spare ones.
  void begin(runtime& rt, unsigned spares);
  [[nodiscard]] unsigned spares() const noexcept { return spares_; }
  /// The carrier that a core begins with, and the spare ones behind those; null without spares.
  [[nodiscard]] carrier* carrier_of(std::size_t index) const noexcept {
    return index < carriers_.size() ? carriers_[index].get() : nullptr;
  }

  /// Gives the core to a spare carrier. False: there is none, the core's own is not in user code of
  /// that turn, or its task must stay on this core. Any thread but a carrier.
  [[nodiscard]] bool take_over(core& c, std::uint64_t epoch) noexcept;
  [[nodiscard]] std::uint64_t takeovers() const noexcept {
    return takeovers_.load(memory_order_relaxed);
  }
  /// Under a claim and after a look at the cores: does the task run without one?
  [[nodiscard]] bool is_stray(std::uintptr_t task) const noexcept {
    for (const auto& c : carriers_) {
      if (c->stray.load(memory_order_seq_cst) == task) return true;  // pairs with take_over
    }
    return false;
  }
  [[nodiscard]] bool has_strays() const noexcept {
    for (const auto& c : carriers_) {
      if (c->stray.load(memory_order_relaxed) != 0) return true;
    }
    return false;
  }

  /// A carrier without a core: its next one, or null at the end of the runtime.
  [[nodiscard]] core* wait(carrier& me) noexcept;
  void finish() noexcept;

 private:
  std::vector<std::unique_ptr<carrier>> carriers_;  // constant after begin
  unsigned spares_ = 0;
  atomic<std::uint64_t> takeovers_{0};

  std::mutex mutex_;  // held by a taker too: there is one at a time (L2)
  std::condition_variable changed_;
  std::vector<carrier*> free_;  // never grows beyond its first capacity
  bool finished_ = false;
};

}  // namespace aside::inline ASIDE_ABI::detail
