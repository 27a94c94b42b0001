// Reading and writing pipes, and reading Unix sockets.

#include <aside/net/byte_op.hpp>

#include "driver/ops/quiet_write.hpp"
#include "driver/ops/transfer.hpp"

#include <sys/socket.h>

namespace aside::inline ASIDE_ABI::detail {

namespace {

constexpr leaf_ops receive_ops = reads<byte_receive_op>("receive");
constexpr leaf_ops read_ops = reads<byte_read_op>("read_some");
constexpr leaf_ops exact_ops = reads<byte_read_exact_op>("read_exact");
constexpr leaf_ops write_ops = writes<byte_write_op>("write");
constexpr leaf_ops parts_ops = writes<byte_write_parts_op>("write");
constexpr leaf_ops write_some_ops = writes<byte_write_some_op>("write_some");
constexpr leaf_ops end_ops = at_once<byte_end_op>("shutdown");

/// One read; 0 bytes at the end, which stays readable.
called read_bytes(byte_kind kind, int fd, std::span<std::byte> into, std::size_t& got) noexcept {
  ssize_t n = 0;
  bool more = kind == byte_kind::other || kind == byte_kind::other_socket;
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
called write_pieces(byte_kind kind, int fd, std::span<iovec> pieces, std::size_t& sent) noexcept {
  ssize_t n = 0;
  if (kind == byte_kind::other_socket) {
    msghdr m{};
    m.msg_iov = pieces.data();
    m.msg_iovlen = pieces.size();
    n = ::sendmsg(fd, &m, MSG_NOSIGNAL | MSG_DONTWAIT);
  } else {
    n = write_quietly(fd, pieces);
  }
  if (n < 0) return {errno};
  sent = static_cast<std::size_t>(n);
  return {};
}
called write_bytes(byte_kind kind, int fd, std::span<const std::byte> from,
                   std::size_t& sent) noexcept {
  iovec piece{};
  piece.iov_base = const_cast<std::byte*>(from.data());
  piece.iov_len = from.size();
  return write_pieces(kind, fd, {&piece, 1}, sent);
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
    charge(*this, got);
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
  const bool over = try_call(interest_->reader, error_,
                             [&]() noexcept { return read_bytes(kind_, fd_, into_, got_); });
  charge(*this, got_);
  return over;
}

byte_read_exact_op::byte_read_exact_op(const io_handle& io, byte_kind kind,
                                       std::span<std::byte> into) noexcept
    : transfer_op(exact_ops), interest_(io.registration()), left_(into), kind_(kind) {
  add(into.size());
}

bool byte_read_exact_op::attempt() noexcept {
  return transfer_all<direction::in>(
      *this, [this](int fd, std::span<std::byte> into, std::size_t& got) noexcept {
        return read_bytes(kind_, fd, into, got);
      });
}

byte_write_op::byte_write_op(const io_handle& io, byte_kind kind,
                             std::span<const std::byte> from) noexcept
    : transfer_op(write_ops), interest_(io.registration()), left_(from), kind_(kind) {
  add(from.size());
}

bool byte_write_op::attempt() noexcept {
  return transfer_all<direction::out>(
      *this, [this](int fd, std::span<const std::byte> from, std::size_t& sent) noexcept {
        return write_bytes(kind_, fd, from, sent);
      });
}

byte_write_parts_op::byte_write_parts_op(const io_handle& io, byte_kind kind,
                                         std::span<const part> parts) noexcept
    : transfer_op(parts_ops), interest_(io.registration()), left_(parts), kind_(kind) {}

bool byte_write_parts_op::attempt() noexcept {
  return write_all_pieces(
      *this, [this](int fd, std::span<iovec> pieces, std::size_t& sent) noexcept {
        return write_pieces(kind_, fd, pieces, sent);
      });
}

byte_write_some_op::byte_write_some_op(const io_handle& io, byte_kind kind,
                                       std::span<const std::byte> from) noexcept
    : io_op(write_some_ops), interest_(registration_of(io, error_)), from_(from), kind_(kind) {
  fd_ = io.fd();
}

bool byte_write_some_op::attempt() noexcept {
  if (error_ != 0 || from_.empty()) return true;
  expect_home(*interest_, *this);
  const bool over = try_write(interest_->writer, error_,
                              [&]() noexcept { return write_bytes(kind_, fd_, from_, sent_); });
  charge(*this, sent_);
  return over;
}

byte_end_op::byte_end_op(io_handle& io) noexcept : io_op(end_ops), io_(&io) {
  if (io.registration() == nullptr) error_ = EBADF;
}

bool byte_end_op::attempt() noexcept {
  if (error_ == 0) io_->close();
  return true;
}

}  // namespace aside::inline ASIDE_ABI::detail
