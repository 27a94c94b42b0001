#pragma once
// idle_peers: the connections of a serve that may wait with nothing begun, and end at once when it drains.
//
// Invariants
//   P1  A peer says that it is idle before it looks whether its serve drains; a drain is said before it
//       looks who is idle, with a barrier between. So one of them at least ends the reading side of the
//       peer's socket: then bytes that are there are received, and after them the end.
//   P2  A peer whose number is used by a drain is in the list, under the lock: its socket is open.
//   P3  A drain looks at each peer once. Who comes later, or is busy then, sees by itself that it drains.
//   P4  With a table of descriptors for each core a socket is touched on its own core only.
// A peer that begins something while a drain finds it idle still has what has arrived; what comes later is
// lost, as it is to any connection that is closed for being idle.

#include "base/atomic.hpp"
#include "base/barrier.hpp"

#include <aside/net/tcp_stream.hpp>

#include <cstddef>
#include <cstdint>
#include <mutex>

namespace aside::inline ASIDE_ABI::detail {

class engine;
struct interest;
class idle_peers;

/// One connection. Used by its task alone, and dies before the stream.
class idle_peer {
 public:
  /// Of the serve that `t` is a connection of, if it is one.
  ASIDE_API idle_peer(const task_header& t, tcp_stream& peer) noexcept;
  idle_peer(const idle_peer&) = delete;
  idle_peer& operator=(const idle_peer&) = delete;
  ASIDE_API ~idle_peer();

  /// Before it waits with nothing begun: from here on a drain may end the wait.
  ASIDE_API void is_idle() noexcept;
  /// It has begun something.
  void is_busy() noexcept { idle_.store(0, memory_order_relaxed); }
  [[nodiscard]] ASIDE_API bool drains() const noexcept;

 private:
  friend class idle_peers;
  void end_reading() const noexcept;

  idle_peers* all_ = nullptr;
  idle_peer* next_ = nullptr;  // in a circular list, under its lock; null: in none
  idle_peer* prev_ = nullptr;
  interest* of_;
  atomic<std::uintptr_t> idle_{0};
};

class idle_peers {
 public:
  explicit idle_peers(const asymmetric& barrier) noexcept : barrier_(barrier) {}
  idle_peers(const idle_peers&) = delete;
  idle_peers& operator=(const idle_peers&) = delete;

  /// Once, before any `end_idle`.
  void drain() noexcept;
  /// On each core that accepts.
  void end_idle(const engine& here) noexcept;

 private:
  friend class idle_peer;
  void add(idle_peer& p) noexcept;
  void remove(idle_peer& p) noexcept;

  const asymmetric& barrier_;
  atomic<bool> drains_{false};
  std::mutex lock_;
  idle_peer* first_ = nullptr;
  std::size_t count_ = 0;
};

}  // namespace aside::inline ASIDE_ABI::detail
