#pragma once
// guest_seat: who drives the core that threads in block_on run tasks on.
//
// A guest drives it while it is in block_on, as one more core or for its body alone. What it leaves behind that the core alone can wake
// (timers, sockets, tasks that stay on it) is looked after by a standby thread, which otherwise
// sleeps and takes no work from others.
//
// The race that matters: a guest leaves while somebody sends something to the core. The guest says
// that the core rests, then looks; the sender sends, then looks whether it rests [IDLE], and calls.
// Both look under the mutex: a call before the guest's look is seen by it, one after it finds nobody.

#include "base/atomic.hpp"

#include <condition_variable>
#include <mutex>

namespace aside::inline ASIDE_ABI::detail {

class core;
struct caller;

class guest_seat {
 public:
  /// True: the calling thread drives the core until `leave`. False: another guest does.
  [[nodiscard]] bool enter(core& c);
  /// Until the caller's body has ended. `others_too`: with whatever other tasks are ready.
  void run(core& c, caller& guest, bool others_too) noexcept;
  void leave(core& c) noexcept;

  /// Any thread: something was sent to the core while it rested.
  void call() noexcept;

  /// The standby thread's work, until the runtime has finished, which calls.
  void stand_by(core& c) noexcept;

 private:
  enum class driver : unsigned char { nobody, standby, guest };

  void attend(core& c, const caller* guest) const noexcept;

  std::mutex mutex_;
  std::condition_variable changed_;
  driver driver_ = driver::nobody;
  atomic<bool> wanted_{false};  // by a guest, while the standby drives
};

}  // namespace aside::inline ASIDE_ABI::detail
