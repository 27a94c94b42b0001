#pragma once
// interest: a descriptor's standing registration with one core's engine, for the life of its stream.
//
// Each direction is a word: 0 not ready; `ready`; `hung_up` (ready until a call finds nothing: the end, or
// urgent data has come); a waiting leaf; or, once retired by another core, a link or descriptor tagged
// `retired`.
//
// Invariants
//   I1  Only the engine's owner allocates, frees, and turns edges into `ready`; but a drain of a listener
//       marks it from anywhere, which an accept takes for an edge, and looks.
//   I2  Whoever changes a word from a leaf to something else owns that leaf's wake-up.
//   I3  A retired word is never changed but by the owner when it reclaims the entry.
// The race that matters: bytes arrive while a task on another core finds the socket empty. The
// operation clears the word *before* its system call, so an edge that comes during it stays set;
// then it publishes its leaf by CAS from 0, which fails if an edge was set meanwhile. A write, which
// hardly ever finds no room, leaves the word as it is, and clears it for a second call when it does.

#include "base/assert.hpp"
#include "base/atomic.hpp"

#include <aside/detail/promise.hpp>

#include <cerrno>

namespace aside::inline ASIDE_ABI::detail {

class readiness {
 public:
  static constexpr std::uintptr_t none = 0;
  static constexpr std::uintptr_t ready = 1;
  static constexpr std::uintptr_t hung_up = 2;
  static constexpr std::uintptr_t retired = 4;

  /// Is there something to try? Takes the edge; `restore` puts it back when there is more.
  [[nodiscard]] bool take() noexcept {
    std::uintptr_t w = word_.load(memory_order_relaxed);
    if (w == hung_up) return true;
    if (w != ready) return false;
    // seq_cst: the system call that follows must not be tried before the edge is cleared.
    return word_.compare_exchange_strong(w, none, memory_order_seq_cst) || w == hung_up;
  }
  /// For a direction whose calls leave the edge in the word for as long as they succeed.
  [[nodiscard]] bool seems_ready() const noexcept {
    const std::uintptr_t w = word_.load(memory_order_relaxed);
    return w == ready || w == hung_up;
  }
  void restore() noexcept {
    std::uintptr_t w = none;
    word_.compare_exchange_strong(w, ready, memory_order_relaxed);
  }
  /// A call found nothing although the word said `hung_up`: trust edges again, after one more try.
  void calm() noexcept {
    std::uintptr_t w = hung_up;
    word_.compare_exchange_strong(w, ready, memory_order_relaxed);
  }
  /// Publishes a leaf; false: there is an edge, try again.
  [[nodiscard]] bool arm(leaf& l) noexcept {
    std::uintptr_t w = none;
    // release: pairs with acquire in mark; publishes the suspended task.
    if (word_.compare_exchange_strong(w, reinterpret_cast<std::uintptr_t>(&l), memory_order_release,
                                      memory_order_relaxed))
      return true;
    if (w > hung_up)
      panic("two tasks or branches wait for the same direction of one stream; this is the second",
            l.at_->where_);
    return false;
  }
  /// Takes a published leaf back.
  [[nodiscard]] bool disarm(leaf& l) noexcept {
    auto w = reinterpret_cast<std::uintptr_t>(&l);
    return word_.compare_exchange_strong(w, none, memory_order_acq_rel, memory_order_relaxed);
  }
  /// Owner, or a drain: an edge has come. Returns the leaf to notify, if one waited.
  [[nodiscard]] leaf* mark(bool for_good) noexcept {
    const std::uintptr_t to = for_good ? hung_up : ready;
    std::uintptr_t w = word_.load(memory_order_relaxed);
    for (;;) {
      if ((w & retired) != 0 || w == hung_up || w == to) return nullptr;
      // acquire: pairs with release in arm; the leaf's task is ours then [I2].
      if (word_.compare_exchange_weak(w, to, memory_order_acq_rel, memory_order_relaxed))
        return w > hung_up ? reinterpret_cast<leaf*>(w) : nullptr;
    }
  }
  [[nodiscard]] leaf* waiting() const noexcept {
    const std::uintptr_t w = word_.load(memory_order_relaxed);
    return w > hung_up && (w & retired) == 0 ? reinterpret_cast<leaf*>(w) : nullptr;
  }
  void reset(bool is_ready) noexcept { word_.store(is_ready ? ready : none, memory_order_relaxed); }
  void retire(std::uintptr_t payload) noexcept {
    word_.store(payload | retired, memory_order_release);  // pairs with acquire in payload()
  }
  [[nodiscard]] std::uintptr_t payload() const noexcept {
    return word_.load(memory_order_acquire) & ~retired;
  }

 private:
  atomic<std::uintptr_t> word_{none};
};

struct interest {
  readiness reader;
  readiness writer;
  std::uint16_t generation = 0;  // owner
  bool bound = false;            // its descriptor is in a table that only its core is sure to have
  int fd = -1;                   // owner

  [[nodiscard]] interest* slab_next() const noexcept {
    return reinterpret_cast<interest*>(reader.payload());
  }
  void set_slab_next(interest* next) noexcept {
    reader.retire(reinterpret_cast<std::uintptr_t>(next));
  }
};
static_assert(sizeof(void*) != 8 || sizeof(interest) == 24);

/// The leaf protocol of an operation that tries a system call when `word` says so.
template <class Op>
armed try_or_wait(Op& op, readiness& word, bool stop) noexcept {
  for (;;) {
    if (stop) return armed::stopped;
    if (op.attempt()) return armed::ready;
    if constexpr (Op::may_spend)
      if (has_spent(op)) return armed::spent;
    if (word.arm(op)) return armed::waiting;
  }
}

/// Calls `call` for as long as `word` says that it may succeed. `call` returns an errno, and
/// whether another call is worth a try afterwards. False: wait.
struct called {
  int error = 0;
  bool more = true;
};
template <class Call>
bool try_call(readiness& word, int& error, Call call) noexcept {
  while (word.take()) {
    const called c = call();
    if (c.error == 0) [[likely]] {
      if (c.more) word.restore();
      return true;
    }
    if (c.error == EAGAIN) {
      word.calm();
      continue;
    }
    word.restore();
    if (c.error == EINTR) continue;
    error = c.error;
    return true;
  }
  return false;
}

/// The same of writes that hardly ever find no room: the edge is left in the word until one does, and then
/// another call is made, before which no edge can have come unseen.
template <class Call>
bool try_write(readiness& word, int& error, Call call) noexcept {
  while (word.seems_ready()) {
    called c = call();
    if (c.error == EAGAIN) {
      if (!word.take()) return false;
      c = call();
      if (c.error == EAGAIN) {
        word.calm();
        continue;
      }
      word.restore();
    }
    if (c.error == EINTR) continue;
    error = c.error;
    return true;
  }
  return false;
}

}  // namespace aside::inline ASIDE_ABI::detail
