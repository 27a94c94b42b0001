#pragma once
// A receive that gives up at a time. What `timeout` does with a coroutine of its own is done by the
// leaf here, because this is where every connection waits that has nothing to do.
//
// Invariants
//   L1  While it waits, `limit_` is the task's innermost stop_state, and only the timer or a drain sets it.
//   L2  A stop that only they have asked for ends the wait and not the task: who takes the leaf
//       back for it gives the wake-up to the task at once, and the turn finds that the time is over.
//   L3  Bytes that are there when the time is over win, and the kernel is asked whether there are.
//   L4  For one that `may_end` a drain of the task is the end of the time. It is looked for when the leaf is
//       armed, and by the drain under the task's claim.

#include <aside/detail/deadline.hpp>
#include <aside/net/tcp_stream.hpp>

namespace aside::inline ASIDE_ABI::http::detail {

/// Is this the peer's doing, and no more than the end of the connection?
[[nodiscard]] bool peer_is_gone(std::error_code e) noexcept;

/// Bytes; none when the peer has closed, is gone, has said nothing until then, or, if it `may_end` for that,
/// when the serve that it belongs to drains.
class ASIDE_AWAIT_IT idle_receive : public aside::detail::receive_op {
 public:
  idle_receive(tcp_stream& peer, aside::detail::clock::time_point until, bool may_end) noexcept;
  // Only before it waits: g++ 12 moves the operand of co_await into its frame.
  idle_receive(idle_receive&& other) noexcept
      : receive_op(std::move(other)),
        receiving_(other.receiving_),
        until_(other.until_),
        may_end_(other.may_end_) {}
  ~idle_receive() { leave(); }

  template <class Promise>
  void await_suspend(std::coroutine_handle<Promise> h) {
    enter();
    receive_op::await_suspend(h);
  }
  chunk await_resume();

  aside::detail::armed arm(aside::detail::host& h, bool stop) noexcept;
  bool cancel() noexcept;
  void look() noexcept;

 private:
  void enter();
  void leave() noexcept;
  [[nodiscard]] bool only_time_is_over() const noexcept;

  const aside::detail::leaf_ops* receiving_;
  aside::detail::stop_state limit_;
  aside::detail::deadline_timer timer_;
  aside::detail::clock::time_point until_;
  bool may_end_;
  bool waits_ = false;
  bool over_ = false;
};

}  // namespace aside::inline ASIDE_ABI::http::detail
