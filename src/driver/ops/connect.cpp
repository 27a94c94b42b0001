// connect: handed to the kernel where the engine has a ring, else begun here and awaited as the
// writable edge. The ring's way is the completion half of the engine contract at work: a stop asks
// for an early end and waits for the operation's own completion.

#include "driver/engine.hpp"
#include "driver/ops/address.hpp"
#include "task/host.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <unistd.h>
#include <cerrno>

namespace aside::inline ASIDE_ABI::detail {

/// What the kernel and the waiting leaf share of a connect by ring.
struct connect_op::in_kernel : kernel_op {
  leaf* waiter = nullptr;
  engine* owner = nullptr;
};

namespace {

armed connect_arm(leaf& l, host& h, bool stop) noexcept {
  return static_cast<connect_op&>(l).arm(h, stop);
}
bool connect_cancel(leaf& l) noexcept { return static_cast<connect_op&>(l).cancel(); }
constexpr leaf_ops connect_ops{&connect_arm, &connect_cancel, "connect"};

void connect_completed(kernel_op& op) noexcept {
  notify(*static_cast<connect_op::in_kernel&>(op).waiter);
}

int open_socket(const connect_op::address& to, const connect_op::address& from, int& fd) noexcept {
  const int family = sockaddr_of(to)->sa_family;
  fd = ::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return errno;
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (from.size == 0) return 0;
  // The port is chosen at connect, per destination: one source address then serves as many
  // connections as there are ports for each peer.
  ::setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
  if (::bind(fd, sockaddr_of(from), from.size) == 0) return 0;
  const int error = errno;
  ::close(fd);
  fd = -1;
  return error;
}

/// The handshake is under way, or is over since an interrupted call began it.
bool goes_on(int error) noexcept {
  return error == EINPROGRESS || error == EINTR || error == EALREADY || error == EISCONN;
}

}  // namespace

connect_op::connect_op(std::string_view to, std::string_view from) noexcept : io_op(connect_ops) {
  error_ = parse_address(to, to_);
  if (error_ == 0 && !from.empty()) error_ = parse_address(from, from_, false);
}
connect_op::connect_op(connect_op&& other) noexcept
    : io_op(other), to_(other.to_), from_(other.from_) {}
connect_op::~connect_op() {
  if (kernel_ != nullptr) frame_free(kernel_, sizeof(in_kernel));
  if (fd_ >= 0) ::close(fd_);
}

bool connect_op::attempt() noexcept { return error_ != 0; }

void connect_op::finish(int error) noexcept {
  error_ = error;
  stage_ = stage::done;
}

armed connect_op::arm(host& h, bool stop) noexcept {
  if (stage_ == stage::begin) {
    if (stop) return armed::stopped;
    if (error_ != 0) return armed::ready;
    if (const int error = open_socket(to_, from_, fd_); error != 0) {
      finish(error);
      return armed::ready;
    }
    return begin(h);
  }
  if (stage_ == stage::in_kernel) {
    const int result = kernel_->result;
    if (result == -ECANCELED || (result == -EINTR && stop)) return armed::stopped;
    if (result == -EINTR) return begin(h);
    register_with(h, -result);
    return armed::ready;
  }
  for (;;) {  // stage::polled
    while (io_.registration()->writer.take()) {
      // A mark may come without cause, and a handshake under way has no error (SO_ERROR) either: another
      // call of connect tells.
      const bool is_open =
          ::connect(io_.fd(), sockaddr_of(to_), to_.size) == 0 || errno == EISCONN;
      const int error = is_open ? 0 : errno;
      if (goes_on(error)) continue;
      if (is_open) io_.registration()->writer.restore();
      finish(error);
      return armed::ready;
    }
    if (stop) return armed::stopped;
    if (io_.registration()->writer.arm(*this)) return armed::waiting;
  }
}

armed connect_op::begin(host& h) noexcept {
  if (kernel_ == nullptr) {
    void* memory = nullptr;
    try {
      memory = frame_allocate(sizeof(in_kernel));
    } catch (const std::bad_alloc&) {
      finish(ENOMEM);
      return armed::ready;
    }
    kernel_ = ::new (memory) in_kernel();
    kernel_->completed = &connect_completed;
    kernel_->waiter = this;
    kernel_->owner = h.io;
    kernel_->address = to_.bytes;
    kernel_->length = to_.size;
    kernel_->fd = fd_;
    stage_ = stage::in_kernel;
    if (h.io->submit_connect(*kernel_)) return armed::waiting;
  }

  stage_ = stage::polled;
  if (::connect(fd_, sockaddr_of(to_), to_.size) != 0 && !goes_on(errno)) {
    finish(errno);
    return armed::ready;
  }
  int error = 0;
  const int fd = std::exchange(fd_, -1);
  interest* const i = h.io->attach(fd, false, error);
  if (i == nullptr) {
    ::close(fd);
    finish(error);
    return armed::ready;
  }
  io_ = io_handle(i, fd);
  return io_.registration()->writer.arm(*this) ? armed::waiting : arm(h, false);
}

void connect_op::register_with(host& h, int error) noexcept {
  const int fd = std::exchange(fd_, -1);
  interest* i = nullptr;
  if (error == 0) i = h.io->attach(fd, true, error);
  if (i == nullptr)
    ::close(fd);
  else
    io_ = io_handle(i, fd);
  finish(error);
}

bool connect_op::cancel() noexcept {
  if (stage_ == stage::polled) return io_.registration()->writer.disarm(*this);
  if (stage_ == stage::in_kernel) kernel_->owner->cancel(*kernel_);
  return false;
}

std::expected<tcp_stream, std::error_code> connect_op::result() noexcept {
  if (error_ != 0) {
    io_.close();
    return std::unexpected(code());
  }
  return tcp_stream(std::move(io_));
}

void connect_op::fail(int error) const {
  if (from_.is_text) throw_at_address(error, ops_->name, from_);
  throw_at_address(error, ops_->name, to_, from_.size != 0 ? &from_ : nullptr);
}

}  // namespace aside::inline ASIDE_ABI::detail
