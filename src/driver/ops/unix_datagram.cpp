#include <aside/net/unix_datagram.hpp>

#include "driver/ops/protocol.hpp"
#include "driver/ops/unix_address.hpp"

#include <array>

namespace aside::inline ASIDE_ABI::detail {

namespace {

constexpr leaf_ops bind_ops = at_once<unix_datagram_op>("bind");
constexpr leaf_ops open_ops = at_once<unix_datagram_op>("socket");
constexpr leaf_ops connect_ops = at_once<unix_datagram_op>("connect");
constexpr leaf_ops pair_ops = at_once<unix_datagram_pair_op>("socketpair");
constexpr leaf_ops recv_ops = reads<unix_recv_from_op>("recv_from");
constexpr leaf_ops send_ops = writes<unix_send_op>("send");
constexpr leaf_ops send_to_ops = at_once<unix_send_to_op>("send to");

}  // namespace

unix_datagram_op unix_datagram_op::bind(std::string_view where, unix_options o) noexcept {
  return {bind_ops, unix_address::keep(where), o};
}
unix_datagram_op unix_datagram_op::open() noexcept { return {open_ops, {}, {}}; }
unix_datagram_op unix_datagram_op::connect(std::string_view to) noexcept {
  return {connect_ops, unix_address::keep(to), {}};
}

int unix_datagram_op::open_socket(host& h) noexcept {
  if (name_.error() != 0) return name_.error();
  unique_fd fd;
  if (ops_ == &bind_ops) {
    unix_binding how;
    how.type = SOCK_DGRAM;
    how.mode = options_.mode();
    how.replace_dead = options_.replace_dead();
    if (const int error = bind_unix(name_, how, fd, path_); error != 0) return error;
  } else {
    fd = unique_fd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!fd) return errno;
    raw_unix_address raw(name_);
    if (name_ && ::connect(fd.get(), raw.get(), raw.size()) != 0) return errno;
  }
  return attach_to(h, std::move(fd), true, io_);
}

bool unix_datagram_op::attempt() noexcept {
  const host_guard here;
  if (here.get() == nullptr) return false;  // the run loop tries again, on a core
  error_ = open_socket(*here.get());
  return true;
}

std::expected<unix_datagram, std::error_code> unix_datagram_op::result() noexcept {
  if (error_ != 0) {
    path_.remove();
    return std::unexpected(code());
  }
  return unix_datagram(std::move(io_), std::move(path_));
}

void unix_datagram_op::fail(int error) const {
  if (ops_ == &open_ops) throw_errno(error, ops_->name);
  throw_not_bound(error, ops_->name, name_, options_.replace_dead());
}

unix_datagram_pair_op::unix_datagram_pair_op() noexcept : io_op(pair_ops) {}

bool unix_datagram_pair_op::attempt() noexcept {
  const host_guard here;
  if (here.get() == nullptr) return false;
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    error_ = errno;
    return true;
  }
  error_ = attach_both(*here.get(), ends, false, first_, second_);
  return true;
}

std::expected<std::pair<unix_datagram, unix_datagram>, std::error_code>
unix_datagram_pair_op::result() noexcept {
  if (error_ != 0) {
    first_.close();
    return std::unexpected(code());
  }
  return std::pair(unix_datagram(std::move(first_), {}), unix_datagram(std::move(second_), {}));
}

unix_recv_from_op::unix_recv_from_op(const io_handle& io, std::span<std::byte> into) noexcept
    : io_op(recv_ops), interest_(registration_of(io, error_)), into_(into) {
  fd_ = io.fd();
}

bool unix_recv_from_op::attempt() noexcept {
  if (error_ != 0) return true;
  expect_home(*interest_, *this);
  return try_call(interest_->reader, error_, [&]() noexcept -> called {
    raw_unix_address from;
    const ssize_t n =
        ::recvfrom(fd_, into_.data(), into_.size(), MSG_TRUNC, from.get(), &from.size());
    if (n < 0) return {errno};
    sent_ = static_cast<std::size_t>(n);
    sender_ = from.named();
    return {};
  });
}

unix_send_op::unix_send_op(const io_handle& io, std::span<const std::byte> bytes) noexcept
    : io_op(send_ops), interest_(registration_of(io, error_)), bytes_(bytes) {
  fd_ = io.fd();
}

bool unix_send_op::attempt() noexcept {
  if (error_ != 0) return true;
  expect_home(*interest_, *this);
  return try_write(interest_->writer, error_, [&]() noexcept -> called {
    const ssize_t n = ::send(fd_, bytes_.data(), bytes_.size(), MSG_NOSIGNAL);
    return n < 0 ? called{errno} : called{};
  });
}

unix_send_to_op::unix_send_to_op(const io_handle& io, std::span<const std::byte> bytes,
                                 std::string_view to) noexcept
    : io_op(send_to_ops),
      interest_(io.registration()),
      bytes_(bytes),
      to_(unix_address::keep(to)) {
  fd_ = io.fd();
}

bool unix_send_to_op::attempt() noexcept {
  if (interest_ != nullptr) expect_home(*interest_, *this);
  error_ = to_.error();
  raw_unix_address raw(to_);
  while (error_ == 0 &&
         ::sendto(fd_, bytes_.data(), bytes_.size(), MSG_NOSIGNAL, raw.get(), raw.size()) < 0) {
    if (errno != EINTR) error_ = errno;
  }
  return true;
}

void unix_send_to_op::fail(int error) const { throw_at_path(error, ops_->name, to_); }

}  // namespace aside::inline ASIDE_ABI::detail
