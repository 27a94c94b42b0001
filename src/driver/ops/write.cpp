// write, write_some and shutdown: send(2) at once; when the socket is full, wait for the writable edge.

#include "driver/ops/protocol.hpp"

#include <aside/net/tcp_stream.hpp>

#include <sys/socket.h>
#include <sys/uio.h>
#include <algorithm>
#include <array>
#include <cerrno>

namespace aside::inline ASIDE_ABI::detail {

namespace {

constexpr leaf_ops write_ops = writes<write_op>("write");
constexpr leaf_ops some_ops = writes<write_some_op>("write_some");
constexpr leaf_ops parts_ops = writes<write_parts_op>("write");
constexpr leaf_ops shutdown_ops = at_once<shutdown_op>("shutdown");

/// What a call that sent nothing says: an errno, or 0 to go on: try again, or find no edge and wait.
int try_again(interest& i, int error) noexcept {
  if (error == EAGAIN) return 0;
  i.writer.restore();
  return error == EINTR ? 0 : error;
}

// Fewer than the kernel allows (1024), as they are on the native stack while it is asked.
constexpr std::size_t most_pieces = 256;

}  // namespace

write_op::write_op(const io_handle& io, std::span<const std::byte> from) noexcept
    : transfer_op(write_ops), interest_(io.registration()), left_(from) {
  add(from.size());
}

bool write_op::attempt() noexcept {
  if (interest_ == nullptr) {
    fail_with(EBADF);
    return true;
  }
  expect_home(*interest_, *this);
  while (!left_.empty()) {
    if (!interest_->writer.take()) return false;
    const ssize_t n = ::send(interest_->fd, left_.data(), left_.size(), MSG_NOSIGNAL);
    if (n >= 0) {
      left_ = left_.subspan(static_cast<std::size_t>(n));
      interest_->writer.restore();
    } else if (const int error = try_again(*interest_, errno); error != 0) {
      fail_with(error);
      return true;
    }
  }
  return true;
}

write_some_op::write_some_op(const io_handle& io, std::span<const std::byte> from) noexcept
    : io_op(some_ops), interest_(io.registration()), from_(from) {
  fd_ = io.fd();
  if (interest_ == nullptr) error_ = EBADF;
}

bool write_some_op::attempt() noexcept {
  if (error_ != 0 || from_.empty()) return true;
  expect_home(*interest_, *this);
  while (interest_->writer.take()) {
    const ssize_t n = ::send(fd_, from_.data(), from_.size(), MSG_NOSIGNAL);
    if (n >= 0) {
      interest_->writer.restore();
      sent_ = static_cast<std::size_t>(n);
      return true;
    }
    error_ = try_again(*interest_, errno);
    if (error_ != 0) return true;
  }
  return false;
}

write_parts_op::write_parts_op(const io_handle& io, std::span<const part> parts) noexcept
    : transfer_op(parts_ops), interest_(io.registration()), left_(parts) {}

bool write_parts_op::attempt() noexcept {
  if (interest_ == nullptr) {
    fail_with(EBADF);
    return true;
  }
  expect_home(*interest_, *this);
  for (;;) {
    while (!left_.empty() && of_first_ >= left_.front().size()) {
      of_first_ -= left_.front().size();
      left_ = left_.subspan(1);
    }
    if (left_.empty()) return true;
    if (!interest_->writer.take()) return false;
    std::array<iovec, most_pieces> pieces;
    msghdr message{};
    message.msg_iov = pieces.data();
    message.msg_iovlen = std::min(left_.size(), most_pieces);
    for (std::size_t i = 0; i < message.msg_iovlen; ++i) {
      // sendmsg(2) does not write to them; iovec has no const.
      pieces[i].iov_base = const_cast<std::byte*>(left_[i].data());
      pieces[i].iov_len = left_[i].size();
    }
    const std::span<const std::byte> first = left_.front().subspan(of_first_);
    pieces[0].iov_base = const_cast<std::byte*>(first.data());
    pieces[0].iov_len = first.size();
    const ssize_t n = ::sendmsg(interest_->fd, &message, MSG_NOSIGNAL);
    if (n >= 0) {
      interest_->writer.restore();
      add(static_cast<std::size_t>(n));
      of_first_ += static_cast<std::size_t>(n);
    } else if (const int error = try_again(*interest_, errno); error != 0) {
      fail_with(error);
      return true;
    }
  }
}

shutdown_op::shutdown_op(const io_handle& io) noexcept
    : io_op(shutdown_ops), interest_(io.registration()) {
  fd_ = io.fd();
}

bool shutdown_op::attempt() noexcept {
  if (interest_ != nullptr) expect_home(*interest_, *this);
  // ENOTCONN: the peer has gone already, so there is nothing to tell it.
  if (::shutdown(fd_, SHUT_WR) != 0 && errno != ENOTCONN) error_ = errno;
  return true;
}

}  // namespace aside::inline ASIDE_ABI::detail
