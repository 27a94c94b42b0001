#pragma once
// The leaf protocols that operations on descriptors follow.

#include "base/unique_fd.hpp"
#include "driver/engine.hpp"
#include "task/lease.hpp"

#include <aside/net/io_leaf.hpp>

#include <array>

namespace aside::inline ASIDE_ABI::detail {

enum class direction : std::uint8_t { in, out };

/// What operations on nothing open wait on, which they never do.
inline constinit interest closed_interest;

/// An operation that tries a system call when the interest says that it may succeed.
template <class Op, direction way>
struct waiting_protocol {
  static readiness& word_of(leaf& l) noexcept {
    interest* i = static_cast<Op&>(l).interest_;
    if constexpr (Op::may_spend)  // a transfer: of the others it is never null
      if (i == nullptr) i = &closed_interest;
    return way == direction::in ? i->reader : i->writer;
  }
  static armed arm(leaf& l, host&, bool stop) noexcept {
    return try_or_wait(static_cast<Op&>(l), word_of(l), stop);
  }
  static bool cancel(leaf& l) noexcept { return word_of(l).disarm(l); }
};
template <class Op>
constexpr leaf_ops reads(const char* name) noexcept {
  using protocol = waiting_protocol<Op, direction::in>;
  return {&protocol::arm, &protocol::cancel, name, true};
}
template <class Op>
constexpr leaf_ops writes(const char* name) noexcept {
  using protocol = waiting_protocol<Op, direction::out>;
  return {&protocol::arm, &protocol::cancel, name, true};
}

/// An operation that completes at once; its `attempt` may ask for a host and say false without one.
template <class Op>
constexpr leaf_ops at_once(const char* name) noexcept {
  return {[](leaf& l, host&, bool stop) noexcept {
            if (stop) return armed::stopped;
            static_cast<void>(static_cast<Op&>(l).attempt());
            return armed::ready;
          },
          [](leaf&) noexcept { return false; }, name};
}

/// Where a descriptor means something on its own core only, this has to be that core.
inline void expect_home(const interest& i, const std::source_location& at) noexcept {
  if (i.bound) [[unlikely]]
    engine::expect_home(i, at);
}
/// The same before an operation's system call.
inline void expect_home(const interest& i, const leaf& l) noexcept {
  if (i.bound) [[unlikely]]
    engine::expect_home(i, l.at_->where_);
}
/// The same of what is asked of an open stream at once.
inline int fd_at_home(const io_handle& io, const std::source_location& at) noexcept {
  if (io.registration() != nullptr) expect_home(*io.registration(), at);
  return io.fd();
}

/// What an operation on `io` waits on; with nothing open it gets an error, and never waits.
inline interest* registration_of(const io_handle& io, int& error) noexcept {
  if (io.registration() == nullptr) [[unlikely]] {
    error = EBADF;
    return &closed_interest;
  }
  return io.registration();
}

/// Registers a descriptor with the calling core, or closes it. Returns an errno.
inline int attach_to(host& h, unique_fd fd, bool writable, io_handle& into) noexcept {
  int error = 0;
  if (interest* const i = h.io->attach(fd.get(), writable, error); i != nullptr)
    into = io_handle(i, fd.release());
  return error;
}

/// The same with the two of a pair, of which only the second is written to if `one_way`.
inline int attach_both(host& h, const std::array<int, 2>& ends, bool one_way, io_handle& first,
                       io_handle& second) noexcept {
  unique_fd other(ends[1]);
  const int error = attach_to(h, unique_fd(ends[0]), !one_way, first);
  return error != 0 ? error : attach_to(h, std::move(other), true, second);
}

}  // namespace aside::inline ASIDE_ABI::detail
