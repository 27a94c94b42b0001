// bind and accept.

#include "driver/peer_errors.hpp"
#include "driver/listener_state.hpp"
#include "driver/ops/address.hpp"
#include "driver/ops/protocol.hpp"

#include <aside/net/listener.hpp>

#include <linux/filter.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <unistd.h>
#include <array>
#include <cerrno>
#include <new>

namespace aside::inline ASIDE_ABI {

namespace detail {
namespace {

constexpr leaf_ops bind_ops = at_once<bind_op>("bind");

/// A registered listening socket. `share`: join the sockets that listen there already.
int open_listener(const connect_op::address& where, int backlog, bool share,
                  io_handle& into) noexcept {
  const int fd =
      ::socket(sockaddr_of(where)->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return errno;
  int error = 0;
  const int on = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);  // accepted sockets inherit it
  // The first socket binds and listens alone, so that a port in use is seen (some of it only by
  // listen: SO_REUSEADDR lets two sockets bind that do not listen yet), and shares it afterwards.
  if (share) ::setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
  if (::bind(fd, sockaddr_of(where), where.size) != 0) {
    error = errno;
  } else if (::listen(fd, backlog) != 0) {
    error = errno;
  } else if (!share) {
    ::setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
  }
  if (error == 0) {
    interest* i = nullptr;
    with_host([&](host& h) noexcept { i = h.io->attach(fd, false, error); });
    if (i != nullptr) {
      into = io_handle(i, fd);
      return 0;
    }
  }
  ::close(fd);
  return error;
}

}  // namespace

void begin_no_handshake(int fd) noexcept {
  // A TCP segment with SYN and without ACK is dropped. Connections that are made of what goes on
  // inherit the filter, and get no such segment.
  std::array<sock_filter, 5> drop_syn{{
      BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 13),
      BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 0x12),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0x02, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, 0),
      BPF_STMT(BPF_RET | BPF_K, 0xffffffff),
  }};
  const sock_fprog program{static_cast<unsigned short>(drop_syn.size()), drop_syn.data()};
  ::setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program);
}

void refuse_further(int fd) noexcept {
  int domain = 0;
  socklen_t size = sizeof domain;
  ::getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size);
  if (domain == AF_UNIX)
    ::shutdown(fd, SHUT_RD);  // its backlog can still be accepted
  else
    begin_no_handshake(fd);
}

void listener_share::let_go() noexcept {
  expect_unserved();
  delete std::exchange(state_, nullptr);
}
void listener_share::expect_unserved() const noexcept {
  if (state_ != nullptr) state_->expect_unserved();
}
void listener_share::expect_unmoved() const noexcept { state_->expect_unmoved(); }
void listener_share::drain(const io_handle& io) noexcept {
  if (state_ != nullptr) state_->drain(io.registration());
}

accept_op::accept_op(const io_handle& io, listener_state* state) noexcept
    : accept_op(io, state, accepts<accept_op>) {}

accept_op::accept_op(const io_handle& io, listener_state* state, const leaf_ops& how) noexcept
    : io_op(how), interest_(registration_of(io, error_)), state_(state) {
  fd_ = io.fd();
}

void throw_not_accepted(int error, const char* operation, int fd, listener_state* state) {
  const char* why = "";
  if (fd >= 0 && error == EBADF && state != nullptr && state->is_drained())
    why = "; the listener was drained, and its backlog is empty";
  else if (fd < 0)
    why = state == nullptr      ? "; the listener is not open: it was never bound, or moved from"
          : state->is_drained() ? "; the listener was drained, and so it is closed"
                                : "; the listener was closed";
  throw_explained(error, operation, why);
}

bool accept_or_take(interest& i, int fd, listener_state* state, io_handle& into,
                    int& error) noexcept {
  const host_guard here;
  if (here.get() == nullptr) return false;  // the run loop tries again, on a core
  if (state != nullptr) {
    into = state->take(*here.get()->io);
    if (into.fd() >= 0) return true;
  }
  unsigned peer_errors = 0;
  const auto accept_one = [&]() noexcept -> called {
    unique_fd accepted(::accept4(fd, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (accepted) return {attach_to(*here.get(), std::move(accepted), true, into)};
    const int why = errno;
    const bool skip = concerns_one_peer(why) && ++peer_errors < peer_errors_in_a_row;
    return {skip ? EINTR : why};  // the next one
  };
  if (state == nullptr || !state->ends()) {
    if (try_call(i.reader, error, accept_one)) return true;
    // Again, as the mark that was found may have been a drain's.
    if (state == nullptr || !state->ends()) return false;
  }
  refuse_further(fd);
  do
    error = accept_one().error;
  while (error == EINTR);
  if (error == EAGAIN || error == EINVAL) error = EBADF;  // EINVAL: of a Unix socket
  return true;
}

bool accept_op::attempt() noexcept {
  if (error_ != 0) return true;
  expect_home(*interest_, *this);
  return accept_or_take(*interest_, fd_, state_, accepted_, error_);
}

std::expected<tcp_stream, std::error_code> accept_op::result() noexcept {
  if (error_ != 0) return std::unexpected(code());
  return tcp_stream(std::move(accepted_));
}

void accept_op::fail(int error) const { throw_not_accepted(error, ops_->name, fd_, state_); }

bind_op::bind_op(std::string_view where, listen_options o) noexcept : io_op(bind_ops), options_(o) {
  error_ = parse_address(where, where_);
}

bool bind_op::attempt() noexcept {
  const host_guard here;
  if (here.get() == nullptr) return false;  // the run loop tries again, on a core
  if (error_ != 0) return true;
  state_ = listener_share(new (std::nothrow) listener_state());
  error_ = state_.get() != nullptr ? open_listener(where_, options_.backlog(), false, io_) : ENOMEM;
  return true;
}

std::expected<tcp_listener, std::error_code> bind_op::result() noexcept {
  if (error_ != 0) return std::unexpected(code());
  return tcp_listener(std::move(io_), std::move(state_), options_);
}

void bind_op::fail(int error) const { throw_at_address(error, ops_->name, where_); }

}  // namespace detail

std::uint16_t tcp_listener::port(std::source_location site) const noexcept {
  return detail::port_of(detail::fd_at_home(io_, site));
}

detail::connect_op::address tcp_listener::address(std::source_location site) const {
  detail::connect_op::address where;
  socklen_t size = sizeof where.bytes;
  const int fd = detail::fd_at_home(io_, site);
  if (::getsockname(fd, reinterpret_cast<sockaddr*>(where.bytes), &size) != 0)
    detail::throw_errno(errno, "getsockname");
  where.size = static_cast<std::uint16_t>(size);
  return where;
}

tcp_listener tcp_listener::sibling(const detail::connect_op::address& where) const {
  detail::io_handle io;
  if (const int error = detail::open_listener(where, options_.backlog(), true, io); error != 0)
    detail::throw_errno(error, "bind a second socket to the listener's port");
  return tcp_listener(std::move(io), detail::listener_share(), options_);
}

}  // namespace aside::inline ASIDE_ABI
