#pragma once
// engine: how one core learns what the kernel has finished or made ready. The contract in short; the
// whole of it, and what tests it, is docs/design/0008-the-driver-contract.md.
//
// Readiness. A descriptor is attached once; from then on the engine turns edges into marks on its
// interest and notifies the leaf that waits there. The first mark may come at once. `close` leaves
// nothing behind in the kernel.
//
// Completion. `submit_…` hands an operation to the kernel, which owns its buffers until the engine
// calls `completed`; `cancel` asks for an early end, and the operation's own completion still comes.
// `accept_into` is a completion that comes again and again, until `recall`. An engine that has no
// such operation returns false.
//
// Threads. Everything is called by the carrier that drives the core, between turns or in one, except
// `wake`, `retire` and `cancel`, which any thread may call. `wait` and `recall` alone may block. A
// kernel that refuses to be waited for ends the process: the core would turn for ever.

#include "base/slab.hpp"
#include "driver/interest.hpp"
#include "driver/wake_call.hpp"

#include <string_view>

namespace aside::inline ASIDE_ABI::detail {

/// An operation that the kernel owns until it completes. `cancel_` is 0, then `asked` or `done`,
/// whichever comes first; an operation that was asked finishes when the owner has seen both.
struct kernel_op {
  static constexpr std::uint8_t asked = 1;
  static constexpr std::uint8_t done = 2;

  void (*completed)(kernel_op&) noexcept = nullptr;
  const void* address = nullptr;
  kernel_op* next_cancel = nullptr;
  std::uint32_t length = 0;
  int fd = -1;
  std::int32_t result = 0;
  atomic<std::uint8_t> cancel_{0};

  kernel_op() = default;
  kernel_op(const kernel_op& other) noexcept
      : completed(other.completed), address(other.address), length(other.length), fd(other.fd) {}
  kernel_op& operator=(const kernel_op&) = delete;
};

struct arrivals;  // arrivals.hpp
class porter;     // base/descriptor_table.hpp

class engine {
 public:
  static constexpr std::uint64_t forever = ~std::uint64_t{0};

  engine() noexcept : interests_(*this) {}
  engine(const engine&) = delete;
  engine& operator=(const engine&) = delete;
  virtual ~engine() = default;

  [[nodiscard]] virtual std::string_view name() const noexcept = 0;

  /// Registers a descriptor for its whole life. Null and an errno when it cannot be.
  /// `writable`: assume that the first write need not wait.
  [[nodiscard]] interest* attach(int fd, bool writable, int& error) noexcept;
  /// Ends the registration and closes the descriptor.
  void close(interest& i, int fd) noexcept;
  /// The same from any thread: the owner reclaims the entry later.
  void retire(interest& i, int fd) noexcept;
  /// Before anything is attached, where cores have tables of descriptors of their own, this one or others
  /// of its group: what is attached is used and closed by the owner alone.
  void bind_to_core(porter& group, bool own_table) noexcept {
    group_ = &group;
    own_table_ = own_table;
  }
  /// Of something bound, by the thread that is about to use it: aborts, naming the place, unless it drives
  /// the core that it belongs to.
  static void expect_home(const interest& i, const std::source_location& at) noexcept;
  /// The engine's own descriptors: the eventfd that `wake` uses on any thread, the one that `wait` uses.
  [[nodiscard]] virtual int wake_descriptor() const noexcept = 0;
  [[nodiscard]] virtual int wait_descriptor() const noexcept = 0;

  /// From here on other processes may hold open what is attached, because descriptors are passed to
  /// them or have come from them. Closing one then neither ends its registration by itself nor may shut
  /// down what it refers to. For the whole process, for good: a system call for each close.
  static void expect_shared() noexcept { shared_.store(true, memory_order_relaxed); }

  virtual bool submit_connect(kernel_op& op) noexcept = 0;
  /// Any thread, while the operation's task is claimed.
  void cancel(kernel_op& op) noexcept;
  [[nodiscard]] std::size_t in_flight() const noexcept { return in_flight_; }

  /// Accepts on an attached listener: each connection is attached and put into `a`. Its edges rest.
  [[nodiscard]] virtual bool accept_into(interest& listener, arrivals& a) noexcept = 0;
  /// Ends that. What was accepted is in `a`, nothing more comes, and the listener has its edges.
  virtual void recall(arrivals& a) noexcept = 0;

  /// Takes in what has happened, waiting at most so long for something to happen.
  virtual void wait(std::uint64_t timeout_ns) noexcept = 0;
  /// Makes the current or next `wait` return. Any thread.
  void wake() noexcept {
    if (wake_call_.is_due()) ring(wake_descriptor());
  }

  [[nodiscard]] std::size_t attached() const noexcept { return interests_.live(); }
  /// Nothing is attached, in flight or left to take in: a `wait` could only be woken.
  [[nodiscard]] bool quiet() const noexcept {
    return attached() == 0 && in_flight_ == 0 && cancels_.load(memory_order_relaxed) == nullptr;
  }
  [[nodiscard]] static engine& of(const interest& i) noexcept {
    return slab<interest, engine>::owner_of(i);
  }

 protected:
  /// Returns an errno.
  virtual int add(interest& i, int fd) noexcept = 0;
  virtual void remove(interest& i, int fd) noexcept = 0;
  [[nodiscard]] static bool may_be_shared() noexcept {
    return shared_.load(memory_order_relaxed);
  }
  /// Owner: an event of `wake_descriptor` has been taken in.
  void has_woken() noexcept { wake_call_.answer(); }
  /// May another thread with the same table remove and close an attached descriptor?
  [[nodiscard]] virtual bool closes_anywhere() const noexcept = 0;

  virtual void submit_cancel(kernel_op& op) noexcept = 0;
  /// Owner: what other threads have left, entries to reclaim and operations to cancel. True when an
  /// operation has completed by that: its task is ready, so `wait` must not block.
  [[nodiscard]] bool take_in() noexcept;
  /// For the end of an engine that cannot `remove` any more: closes what other threads have left.
  void close_retired() noexcept;
  void complete(kernel_op& op, std::int32_t result) noexcept;
  /// The kernel does not let us wait: says why, and ends the process.
  [[noreturn]] static void cannot_wait(const char* call, int error) noexcept;
  static void edge(interest& i, bool readable, bool writable, bool hung_up, bool urgent) noexcept;
  [[nodiscard]] static std::uint64_t key_of(const interest& i) noexcept;
  /// The interest of a key, or null when it has been closed since.
  [[nodiscard]] static interest* from_key(std::uint64_t key) noexcept;

  std::size_t in_flight_ = 0;

 private:
  /// Adds to an eventfd from any thread, whatever table it has.
  void ring(int fd) const noexcept;
  void free(interest& i) noexcept;
  void take_retired() noexcept;

  // Relaxed: whoever closes what was passed on has heard of it by the user's own means.
  static inline constinit atomic<bool> shared_{false};

  // Constant after the start
  porter* group_ = nullptr;  // of the tables that know our own descriptors, beside the process's
  bool own_table_ = false;   // the driver's table has what is attached, and goes with its thread

  slab<interest, engine> interests_;
  wake_call wake_call_;
  // Pushed by any thread
  atomic<interest*> retired_{nullptr};  // linked through `reader`
  atomic<kernel_op*> cancels_{nullptr};
};

}  // namespace aside::inline ASIDE_ABI::detail
