#pragma once
// wake_call: has a core been called that has not come yet? Then nobody calls it again.
//
// A call is a system call, and many of them are like one. Whoever has published something asks whether to
// call; if another one has and the core has not answered, it will come, and look afterwards. The core
// answers when it comes, before it looks.
//
// The race that matters: somebody asks while the core answers. Both read and write the word in one
// step, so either the core's answer comes after, and then it sees what was published, or who asks finds the
// call answered, and calls anew.

#include "base/atomic.hpp"

namespace aside::inline ASIDE_ABI::detail {

class wake_call {
 public:
  /// Any thread, after it has published something. True: the caller has to call.
  [[nodiscard]] bool is_due() noexcept {
    // acq_rel: release publishes to the core's answer, also where others ask in between.
    return !pending_.exchange(true, memory_order_acq_rel);
  }
  /// The core, when a call has reached it.
  void answer() noexcept {
    pending_.exchange(false, memory_order_acq_rel);  // acquire: pairs with is_due
  }

 private:
  atomic<bool> pending_{false};
};

}  // namespace aside::inline ASIDE_ABI::detail
