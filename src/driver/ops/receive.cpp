// receive, read_some and read_exact: recv(2) when the interest says that there is something to read.

#include "base/system_call.hpp"
#include "driver/ops/transfer.hpp"

#include <aside/net/tcp_stream.hpp>

#include <cerrno>

namespace aside::inline ASIDE_ABI {

void chunk::release() noexcept {
  if (data_ != nullptr) detail::return_buffer(std::exchange(data_, nullptr));
  size_ = 0;
}

namespace detail {
namespace {

enum class tried : std::uint8_t { done, again, empty };

/// One recv(2) into `size` bytes. A short read has emptied the socket; a full one may not have.
tried try_recv(interest& i, int fd, std::byte* into, std::size_t size, std::size_t& got,
               int& error) noexcept {
  const ssize_t n = call_recv(fd, into, size);
  if (n > 0) {
    got = static_cast<std::size_t>(n);
    if (got == size) i.reader.restore();
    return tried::done;
  }
  if (n == 0) {
    got = 0;
    i.reader.restore();  // the end stays readable
    return tried::done;
  }
  if (errno == EAGAIN) {
    i.reader.calm();
    return tried::empty;
  }
  i.reader.restore();
  if (errno == EINTR) return tried::again;
  error = errno;
  return tried::done;
}

constexpr leaf_ops receive_ops = reads<receive_op>("receive");
constexpr leaf_ops read_ops = reads<read_op>("read_some");
constexpr leaf_ops exact_ops = reads<read_exact_op>("read_exact");

}  // namespace

receive_op::receive_op(const io_handle& io) noexcept
    : io_op(receive_ops), interest_(registration_of(io, error_)) {
  fd_ = io.fd();
}

bool receive_op::attempt() noexcept {
  if (error_ != 0) return true;
  expect_home(*interest_, *this);
  while (interest_->reader.take()) {
    std::byte* const buffer = lend_buffer();
    if (buffer == nullptr) {
      interest_->reader.restore();
      error_ = ENOMEM;
      return true;
    }
    std::size_t got = 0;
    const tried t = try_recv(*interest_, fd_, buffer, chunk::capacity, got, error_);
    if (t == tried::done && error_ == 0 && got != 0) {
      charge(*this, got);
      chunk_ = chunk(buffer, got);
      return true;
    }
    return_buffer(buffer);
    if (t == tried::done) return true;
  }
  return false;
}

read_op::read_op(const io_handle& io, std::span<std::byte> into) noexcept
    : io_op(read_ops), interest_(registration_of(io, error_)), into_(into) {
  fd_ = io.fd();
}

bool read_op::attempt() noexcept {
  if (error_ != 0 || into_.empty()) return true;
  expect_home(*interest_, *this);
  while (interest_->reader.take()) {
    const tried t = try_recv(*interest_, fd_, into_.data(), into_.size(), got_, error_);
    if (t != tried::done) continue;
    charge(*this, got_);
    return true;
  }
  return false;
}

read_exact_op::read_exact_op(const io_handle& io, std::span<std::byte> into) noexcept
    : transfer_op(exact_ops), interest_(io.registration()), left_(into) {
  add(into.size());
}

bool read_exact_op::attempt() noexcept {
  return transfer_all<direction::in>(
      *this, [](int fd, std::span<std::byte> into, std::size_t& got) noexcept -> called {
        const ssize_t n = call_recv(fd, into.data(), into.size());
        if (n < 0) return {errno};
        got = static_cast<std::size_t>(n);
        return {0, n == 0 || got == into.size()};
      });
}

}  // namespace detail
}  // namespace aside::inline ASIDE_ABI
