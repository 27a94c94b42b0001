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
//
// The end: who is in block_on when the seat is closed is stopped like everything else, and the closer waits
// until he has left, before the runtime may finish. So it never finishes under a guest, who would have to
// hand that call on to the standby thread; and nothing of it is used by one when it goes.

#include "base/atomic.hpp"

#include <condition_variable>
#include <mutex>

namespace aside::inline ASIDE_ABI::detail {

class core;
struct caller;

class guest_seat {
 public:
  enum class entry : unsigned char {
    guest,     // the calling thread drives the core until `leave`
    onlooker,  // another guest does: the calling thread waits, until `leave_as_onlooker`
    refused,   // the seat is closed
  };
  [[nodiscard]] entry enter(core& c);
  /// Until the caller's body has ended. `others_too`: with whatever other tasks are ready.
  void run(core& c, caller& guest, bool others_too) noexcept;
  void leave(core& c) noexcept;
  void leave_as_onlooker() noexcept;

  /// From now on nobody enters.
  void close() noexcept;
  /// Until all have left who had entered.
  void await_departures() noexcept;

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
  bool closed_ = false;
  unsigned inside_ = 0;  // threads that have entered
  atomic<bool> wanted_{false};  // by a guest, while the standby drives
};

}  // namespace aside::inline ASIDE_ABI::detail
