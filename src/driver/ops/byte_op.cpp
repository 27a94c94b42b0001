// Reading and writing pipes and Unix sockets.

#include <aside/net/byte_op.hpp>

#include "driver/ops/protocol.hpp"
#include "driver/ops/quiet_write.hpp"

#include <sys/socket.h>

namespace aside::inline ASIDE_ABI::detail {

namespace {

constexpr leaf_ops receive_ops = reads<byte_receive_op>("receive");
constexpr leaf_ops read_ops = reads<byte_read_op>("read_some");
constexpr leaf_ops write_ops = writes<byte_write_op>("write");
constexpr leaf_ops write_some_ops = writes<byte_write_some_op>("write_some");
constexpr leaf_ops end_ops = at_once<byte_end_op>("shutdown");

/// One read; 0 bytes at the end, which stays readable.
called read_bytes(byte_kind kind, int fd, std::span<std::byte> into, std::size_t& got) noexcept {
  ssize_t n = 0;
  bool more = kind == byte_kind::other;
  if (kind == byte_kind::unix_socket) {
    iovec part{};
    part.iov_base = into.data();
    part.iov_len = into.size();
    msghdr m{};
    m.msg_iov = &part;
    m.msg_iovlen = 1;
    n = ::recvmsg(fd, &m, 0);  // without room for descriptors: the kernel closes them
    more = n >= 0 && (m.msg_flags & MSG_CTRUNC) != 0;
  } else if (kind == byte_kind::other_socket) {
    n = ::recv(fd, into.data(), into.size(), MSG_DONTWAIT);
  } else {
    n = ::read(fd, into.data(), into.size());
  }
  if (n < 0) return {errno};
  got = static_cast<std::size_t>(n);
  return {0, more || n == 0 || got == into.size()};
}

/// One write of what finds room.
called write_bytes(byte_kind kind, int fd, std::span<const std::byte> from,
                   std::size_t& sent) noexcept {
  const bool is_socket = kind == byte_kind::unix_socket || kind == byte_kind::other_socket;
  const ssize_t n = is_socket ? ::send(fd, from.data(), from.size(), MSG_NOSIGNAL | MSG_DONTWAIT)
                              : write_quietly(fd, from.data(), from.size());
  if (n < 0) return {errno};
  sent = static_cast<std::size_t>(n);
  return {};
}

}  // namespace

byte_receive_op::byte_receive_op(const io_handle& io, byte_kind kind) noexcept
    : io_op(receive_ops), interest_(registration_of(io, error_)), kind_(kind) {
  fd_ = io.fd();
}

bool byte_receive_op::attempt() noexcept {
  if (error_ != 0) return true;
  expect_home(*interest_, *this);
  return try_call(interest_->reader, error_, [&]() noexcept -> called {
    std::byte* const buffer = lend_buffer();
    if (buffer == nullptr) return {ENOMEM};
    std::size_t got = 0;
    const called c = read_bytes(kind_, fd_, {buffer, chunk::capacity}, got);
    chunk_ = chunk(buffer, got);
    if (got == 0) chunk_ = chunk();
    return c;
  });
}

byte_read_op::byte_read_op(const io_handle& io, byte_kind kind, std::span<std::byte> into) noexcept
    : io_op(read_ops), interest_(registration_of(io, error_)), into_(into), kind_(kind) {
  fd_ = io.fd();
}

bool byte_read_op::attempt() noexcept {
  if (error_ != 0 || into_.empty()) return true;
  expect_home(*interest_, *this);
  return try_call(interest_->reader, error_,
                  [&]() noexcept { return read_bytes(kind_, fd_, into_, got_); });
}

byte_write_op::byte_write_op(const io_handle& io, byte_kind kind,
                             std::span<const std::byte> from) noexcept
    : io_op(write_ops), interest_(registration_of(io, error_)), left_(from), kind_(kind) {
  fd_ = io.fd();
}

bool byte_write_op::attempt() noexcept {
  expect_home(*interest_, *this);
  while (error_ == 0 && !left_.empty()) {
    const bool done = try_call(interest_->writer, error_, [&]() noexcept {
      std::size_t sent = 0;
      const called c = write_bytes(kind_, fd_, left_, sent);
      left_ = left_.subspan(sent);
      return c;
    });
    if (!done) return false;
  }
  return true;
}

byte_write_some_op::byte_write_some_op(const io_handle& io, byte_kind kind,
                                       std::span<const std::byte> from) noexcept
    : io_op(write_some_ops), interest_(registration_of(io, error_)), from_(from), kind_(kind) {
  fd_ = io.fd();
}

bool byte_write_some_op::attempt() noexcept {
  if (error_ != 0 || from_.empty()) return true;
  expect_home(*interest_, *this);
  return try_call(interest_->writer, error_,
                  [&]() noexcept { return write_bytes(kind_, fd_, from_, sent_); });
}

byte_end_op::byte_end_op(io_handle& io) noexcept : io_op(end_ops), io_(&io) {
  if (io.registration() == nullptr) error_ = EBADF;
}

bool byte_end_op::attempt() noexcept {
  if (error_ == 0) io_->close();
  return true;
}

}  // namespace aside::inline ASIDE_ABI::detail
