// write and shutdown: send(2) at once; when the socket is full, wait for the writable edge.

#include "driver/engine.hpp"
#include "task/host.hpp"

#include <aside/net/tcp_stream.hpp>

#include <sys/socket.h>
#include <cerrno>

namespace aside::inline ASIDE_ABI::detail {

namespace {

armed write_arm(leaf& l, host&, bool stop) noexcept {
  auto& op = static_cast<write_op&>(l);
  return try_or_wait(op, op.interest_->writer, stop);
}
bool write_cancel(leaf& l) noexcept {
  return static_cast<write_op&>(l).interest_->writer.disarm(l);
}
constexpr leaf_ops write_ops{&write_arm, &write_cancel, "write"};

armed shutdown_arm(leaf& l, host&, bool stop) noexcept {
  if (stop) return armed::stopped;
  static_cast<shutdown_op&>(l).attempt();
  return armed::ready;
}
bool nothing_to_cancel(leaf&) noexcept { return false; }
constexpr leaf_ops shutdown_ops{&shutdown_arm, &nothing_to_cancel, "shutdown"};

}  // namespace

write_op::write_op(const io_handle& io, std::span<const std::byte> from) noexcept
    : io_op(write_ops), interest_(io.registration()), left_(from) {
  fd_ = io.fd();
  if (interest_ == nullptr) error_ = EBADF;
}

bool write_op::attempt() noexcept {
  if (error_ != 0) return true;
  while (!left_.empty()) {
    if (!interest_->writer.take()) return false;
    const ssize_t n = ::send(fd_, left_.data(), left_.size(), MSG_NOSIGNAL);
    if (n >= 0) {
      left_ = left_.subspan(static_cast<std::size_t>(n));
      interest_->writer.restore();
    } else if (errno == EINTR) {
      interest_->writer.restore();
    } else if (errno != EAGAIN) {
      interest_->writer.restore();
      error_ = errno;
      return true;
    }
  }
  return true;
}

shutdown_op::shutdown_op(const io_handle& io) noexcept : io_op(shutdown_ops) { fd_ = io.fd(); }

bool shutdown_op::attempt() noexcept {
  // ENOTCONN: the peer has gone already, so there is nothing to tell it.
  if (::shutdown(fd_, SHUT_WR) != 0 && errno != ENOTCONN) error_ = errno;
  return true;
}

}  // namespace aside::inline ASIDE_ABI::detail
