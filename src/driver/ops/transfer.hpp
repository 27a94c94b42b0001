#pragma once
// Transfers of several system calls, whatever the call is: each call, and what it copies, is of the turn's
// budget, so a peer that is always ready does not hold the core.

#include "driver/ops/protocol.hpp"

#include <sys/uio.h>
#include <algorithm>
#include <span>

namespace aside::inline ASIDE_ABI::detail {

/// Fewer than the kernel allows (1024), as they are on the native stack while it is asked.
inline constexpr std::size_t most_pieces = 256;

/// What a call to the kernel takes of the turn's budget beside the operation itself: it is as long as some that stay
/// in the process, and so is each 512 bytes that it copies. So a turn of transfers ends after some 20 us, 16 calls at most.
inline void charge(const leaf& l, std::size_t bytes) noexcept {
  constexpr std::size_t a_call = 7;
  constexpr std::size_t as_an_operation = 512;
  std::uint8_t& left = l.at_->task_->budget_;
  left -= static_cast<std::uint8_t>(std::min<std::size_t>(left, a_call + bytes / as_an_operation));
}

/// A transfer's `attempt`. `calls(interest, error)` is false when it has to go on later, or in another
/// turn; otherwise the transfer is over, with an error if there is one: an errno, or `ended_early`.
template <class Op, class Calls>
bool attempt_by(Op& op, Calls calls) noexcept {
  if (op.interest_ == nullptr) {
    op.fail_with(not_open);
    return true;
  }
  expect_home(*op.interest_, op);
  int error = 0;
  const bool over = calls(*op.interest_, error);
  if (error != 0) op.fail_with(error);
  return over;
}

/// Until `op.left_` is empty. `call(fd, span, done)` reads or writes once and gives a `called`.
template <direction way, class Op, class Call>
bool transfer_all(Op& op, Call call) noexcept {
  return attempt_by(op, [&](interest& i, int& error) noexcept {
    bool likely = way == direction::out;  // that there is room
    while (!op.left_.empty()) {
      std::size_t done = 0;
      const auto once = [&]() noexcept { return call(i.fd, op.left_, done); };
      const bool tried = likely ? try_write(i.writer, error, once)
                                : try_call(way == direction::in ? i.reader : i.writer, error, once);
      if (!tried) return false;
      likely = false;
      charge(op, done);
      op.left_ = op.left_.subspan(done);
      if (way == direction::in && error == 0 && done == 0) error = ended_early;
      if (error != 0 || op.left_.empty()) return true;
      if (!may_go_on(op)) return false;
    }
    return true;
  });
}

/// Leaves out the spans of `op.left_` that have been written, and empty ones.
template <class Op>
void skip_written(Op& op) noexcept {
  while (!op.left_.empty() && op.of_first_ >= op.left_.front().size()) {
    op.of_first_ -= op.left_.front().size();
    op.left_ = op.left_.subspan(1);
  }
}

/// The same of several spans, the first of which has been written up to `op.of_first_`. `call(fd, pieces,
/// done)` takes what iovec makes of them.
template <class Op, class Call>
bool write_all_pieces(Op& op, Call call) noexcept {
  return attempt_by(op, [&](interest& i, int& error) noexcept {
    skip_written(op);
    bool likely = true;  // that there is room
    while (!op.left_.empty()) {
      std::array<iovec, most_pieces> pieces;
      const std::size_t count = std::min(op.left_.size(), most_pieces);
      for (std::size_t n = 0; n < count; ++n) {
        const std::span<const std::byte> piece = op.left_[n].subspan(n == 0 ? op.of_first_ : 0);
        // The kernel does not write to them; iovec has no const.
        pieces[n].iov_base = const_cast<std::byte*>(piece.data());
        pieces[n].iov_len = piece.size();
      }
      std::size_t done = 0;
      const auto once = [&]() noexcept {
        return call(i.fd, std::span<iovec>(pieces.data(), count), done);
      };
      const bool tried =
          likely ? try_write(i.writer, error, once) : try_call(i.writer, error, once);
      if (!tried) return false;
      likely = false;
      charge(op, done);
      op.of_first_ += done;
      op.add(done);
      skip_written(op);
      if (error != 0 || op.left_.empty()) return true;
      if (!may_go_on(op)) return false;
    }
    return true;
  });
}

}  // namespace aside::inline ASIDE_ABI::detail
