// write, write_some and shutdown: send(2) at once; when the socket is full, wait for the writable edge.

#include "base/system_call.hpp"
#include "driver/ops/transfer.hpp"

#include <aside/net/stream_socket.hpp>

#include <sys/socket.h>
#include <cerrno>

namespace aside::inline ASIDE_ABI::detail {

namespace {

constexpr leaf_ops write_ops = writes<write_op>("write");
constexpr leaf_ops some_ops = writes<write_some_op>("write_some");
constexpr leaf_ops parts_ops = writes<write_parts_op>("write");
constexpr leaf_ops shutdown_ops = at_once<shutdown_op>("shutdown");

/// One send(2) of what finds room.
called send_bytes(int fd, std::span<const std::byte> from, std::size_t& sent) noexcept {
  const ssize_t n = call_send(fd, from.data(), from.size());
  if (n < 0) return {errno};
  sent = static_cast<std::size_t>(n);
  return {};
}
called send_pieces(int fd, std::span<iovec> pieces, std::size_t& sent) noexcept {
  msghdr message{};
  message.msg_iov = pieces.data();
  message.msg_iovlen = pieces.size();
  const ssize_t n = call_sendmsg(fd, message);
  if (n < 0) return {errno};
  sent = static_cast<std::size_t>(n);
  return {};
}

}  // namespace

write_op::write_op(const io_handle& io, std::span<const std::byte> from) noexcept
    : transfer_op(write_ops), interest_(io.registration()), left_(from) {
  add(from.size());
}

bool write_op::attempt() noexcept {
  return transfer_all<direction::out>(
      *this, [](int fd, std::span<const std::byte> from, std::size_t& sent) noexcept {
        return send_bytes(fd, from, sent);
      });
}

write_some_op::write_some_op(const io_handle& io, std::span<const std::byte> from) noexcept
    : io_op(some_ops), interest_(registration_of(io, error_)), from_(from) {
  fd_ = io.fd();
}

bool write_some_op::attempt() noexcept {
  if (error_ != 0 || from_.empty()) return true;
  expect_home(*interest_, *this);
  const bool over = try_write(interest_->writer, error_,
                              [&]() noexcept { return send_bytes(fd_, from_, sent_); });
  charge(*this, sent_);
  return over;
}

write_parts_op::write_parts_op(const io_handle& io, std::span<const part> parts) noexcept
    : transfer_op(parts_ops), interest_(io.registration()), left_(parts) {}

bool write_parts_op::attempt() noexcept {
  return write_all_pieces(*this, [](int fd, std::span<iovec> pieces, std::size_t& sent) noexcept {
    return send_pieces(fd, pieces, sent);
  });
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
