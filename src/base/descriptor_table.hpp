#pragma once
// descriptor_table: threads that have a table of descriptors of their own, so that RLIMIT_NOFILE bounds
// each of them and not all together; and the porter, who does for them what needs the process's
// table (docs/design/0010-a-table-per-core.md).
//
// Invariants
//   T1  A thread that has parted stays so: no call of the kernel's leads back.
//   T2  What is `kept` has the same number and refers to the same file in the process's table and in
//       each table of a group. It is closed after the group's threads have ended.
//   T3  No other number below `reserved` refers in a parted table to what a peer waits for the end of:
//       files and devices stay as copies, the rest is EBADF.
//   T4  A porter's thread has the process's table, and waits for nothing but errands.

#include <aside/config.hpp>

#include <condition_variable>
#include <exception>
#include <mutex>
#include <span>

namespace aside::inline ASIDE_ABI::detail {

/// A thread that keeps the process's table and does errands for the threads of one group.
class porter {
 public:
  porter() = default;
  porter(const porter&) = delete;
  porter& operator=(const porter&) = delete;

  /// Calls fn() on the porter's thread, waits for it, and throws what it threw.
  template <class F>
  void run(F& fn) {
    errand_of<F> e(fn);
    send(e);
    if (e.error) std::rethrow_exception(e.error);
  }

  /// The porter's own thread: does errands until it is dismissed.
  void serve() noexcept;
  /// Any thread: nobody sends errands any more.
  void dismiss() noexcept;

 private:
  struct errand {
    void (*go)(errand&) = nullptr;
    std::exception_ptr error;
    errand* next = nullptr;
    bool done = false;
  };
  template <class F>
  struct errand_of : errand {
    explicit errand_of(F& f) noexcept : fn(&f) {
      go = [](errand& e) { (*static_cast<errand_of&>(e).fn)(); };
    }
    F* fn;
  };

  void send(errand& e);

  std::mutex mutex_;
  std::condition_variable changed_;
  errand* first_ = nullptr;  // oldest first
  errand* last_ = nullptr;
  bool dismissed_ = false;
};

/// The group of the calling thread's table; null: it has the process's.
[[nodiscard]] porter* this_group() noexcept;
/// A number for the calling thread's table that no other gets; 0: the process's.
[[nodiscard]] unsigned this_table() noexcept;

/// How many of the lowest numbers a parted table reserves where the limit allows it.
inline constexpr int reserved_descriptors = 100;

/// Gives the calling thread a table of its own, in which `kept` and stdin, stdout and stderr are as they
/// were. An errno.
[[nodiscard]] int part_table(porter& group, std::span<const int> kept) noexcept;

/// Calls fn() with the process's table: here, or by way of this thread's porter.
template <class F>
void in_process_table(F fn) {
  if (porter* const p = this_group(); p != nullptr) [[unlikely]]
    p->run(fn);
  else
    fn();
}

}  // namespace aside::inline ASIDE_ABI::detail
