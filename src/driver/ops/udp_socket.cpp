// UDP: one system call a datagram. A short read says nothing of the next datagram, so only an empty
// socket ends the readiness.

#include <aside/net/udp_socket.hpp>

#include "driver/ops/address.hpp"
#include "driver/ops/protocol.hpp"

#include <sys/socket.h>
#include <algorithm>
#include <cstring>

namespace aside::inline ASIDE_ABI {

namespace detail {
namespace {

constexpr leaf_ops bind_ops = at_once<udp_open_op>("bind");
constexpr leaf_ops connect_ops = at_once<udp_open_op>("connect");
constexpr leaf_ops recv_from_ops = reads<recv_from_op>("recv_from");
constexpr leaf_ops receive_ops = reads<receive_datagram_op>("receive");
constexpr leaf_ops send_ops = writes<send_to_op>("send");

[[noreturn]] void throw_at(int error, const char* operation, const socket_address& a) {
  connect_op::address raw;
  std::memcpy(raw.bytes, a.data(), a.size());
  raw.size = static_cast<std::uint16_t>(a.size());
  throw_at_address(error, operation, raw);
}

called take_datagram(int fd, std::span<std::byte> into, std::size_t& sent,
                     socket_address& sender) noexcept {
  socklen_t size = socket_address::capacity;
  const ssize_t n = ::recvfrom(fd, into.data(), into.size(), MSG_TRUNC,
                               static_cast<sockaddr*>(sender.room()), &size);
  if (n < 0) return {errno};
  sent = static_cast<std::size_t>(n);
  sender.resize(size);
  return {};
}

}  // namespace

udp_open_op::udp_open_op(const leaf_ops& how, std::string_view local, std::string_view peer,
                         udp_options o) noexcept
    : io_op(how), options_(o) {
  for (const bool is_peer : {false, true}) {
    const std::string_view text = is_peer ? peer : local;
    if (text.empty() && (is_peer ? &how == &bind_ops : &how == &connect_ops)) continue;
    const auto a = socket_address::parse(text);
    if (a) {
      (is_peer ? peer_ : local_) = *a;
      continue;
    }
    error_ = EINVAL;
    blame_ = blame::text;
    text_size_ = static_cast<std::uint8_t>(text.copy(text_, sizeof text_));
    if (text.size() > sizeof text_) std::memcpy(text_ + sizeof text_ - 3, "...", 3);
    return;
  }
}
udp_open_op udp_open_op::bind(std::string_view where, udp_options o) noexcept {
  return {bind_ops, where, {}, o};
}
udp_open_op udp_open_op::connect(std::string_view to, std::string_view from,
                                 udp_options o) noexcept {
  return {connect_ops, from, to, o};
}

int udp_open_op::open(host& h) noexcept {
  const socket_address& of = local_ ? local_ : peer_;
  unique_fd fd(
      ::socket(of.is_v6() ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd) return errno;
  const int on = 1;
  if (options_.share_port()) ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
  const auto raw = [](const socket_address& a) { return static_cast<const sockaddr*>(a.data()); };
  if (local_ && ::bind(fd.get(), raw(local_), static_cast<socklen_t>(local_.size())) != 0)
    return errno;
  if (peer_ && ::connect(fd.get(), raw(peer_), static_cast<socklen_t>(peer_.size())) != 0) {
    blame_ = blame::peer;
    return errno;
  }
  return attach_to(h, std::move(fd), true, io_);
}

bool udp_open_op::attempt() noexcept {
  const host_guard here;
  if (here.get() == nullptr) return false;  // the run loop tries again, on a core
  if (error_ == 0) error_ = open(*here.get());
  return true;
}

std::expected<udp_socket, std::error_code> udp_open_op::result() noexcept {
  if (error_ != 0) return std::unexpected(code());
  return udp_socket(std::move(io_));
}

void udp_open_op::fail(int error) const {
  if (blame_ == blame::peer || (blame_ == blame::local && !local_))
    throw_at(error, ops_->name, peer_);
  if (blame_ == blame::local) throw_at(error, ops_->name, local_);
  connect_op::address raw;
  static_cast<void>(parse_address({text_, text_size_}, raw));
  throw_at_address(error, ops_->name, raw);
}

recv_from_op::recv_from_op(const io_handle& io, std::span<std::byte> into) noexcept
    : io_op(recv_from_ops), interest_(registration_of(io, error_)), into_(into) {
  fd_ = io.fd();
}

bool recv_from_op::attempt() noexcept {
  if (error_ != 0) return true;
  expect_home(*interest_, *this);
  return try_call(interest_->reader, error_,
                  [&]() noexcept { return take_datagram(fd_, into_, sent_, sender_); });
}

receive_datagram_op::receive_datagram_op(const io_handle& io) noexcept
    : io_op(receive_ops), interest_(registration_of(io, error_)) {
  fd_ = io.fd();
}

bool receive_datagram_op::attempt() noexcept {
  if (error_ != 0) return true;
  expect_home(*interest_, *this);
  return try_call(interest_->reader, error_, [&]() noexcept -> called {
    std::byte* const buffer = lend_buffer();
    if (buffer == nullptr) return {ENOMEM};
    const called c = take_datagram(fd_, {buffer, chunk::capacity}, sent_, sender_);
    chunk_ = chunk(buffer, c.error == 0 ? std::min(sent_, chunk::capacity) : 0);
    if (c.error != 0) chunk_.release();
    return c;
  });
}

send_to_op::send_to_op(const io_handle& io, std::span<const std::byte> bytes,
                       const socket_address& to) noexcept
    : io_op(send_ops), interest_(registration_of(io, error_)), bytes_(bytes), to_(to) {
  fd_ = io.fd();
}

bool send_to_op::attempt() noexcept {
  if (error_ != 0) return true;
  expect_home(*interest_, *this);
  return try_write(interest_->writer, error_, [&]() noexcept -> called {
    const ssize_t n = ::sendto(fd_, bytes_.data(), bytes_.size(), MSG_NOSIGNAL,
                               to_ ? static_cast<const sockaddr*>(to_.data()) : nullptr,
                               static_cast<socklen_t>(to_.size()));
    return n < 0 ? called{errno} : called{};
  });
}

void send_to_op::fail(int error) const {
  if (to_) throw_at(error, "send to", to_);
  throw_errno(error, ops_->name, fd_ >= 0);
}

}  // namespace detail

}  // namespace aside::inline ASIDE_ABI
