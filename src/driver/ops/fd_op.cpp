// Passing descriptors. There is room for as many as the kernel passes at once, so each one that
// gets into this process is seen here and either given out or closed; those that find no room in it
// (EMFILE) the kernel closes and says so.

#include <aside/net/fd_op.hpp>

#include "driver/ops/address.hpp"
#include "driver/ops/protocol.hpp"

#include <sys/socket.h>
#include <algorithm>
#include <array>
#include <cstring>

namespace aside::inline ASIDE_ABI::detail {

namespace {

constexpr leaf_ops send_ops = writes<send_fd_op>("send_fd");
constexpr leaf_ops receive_ops = reads<receive_fd_op>("receive_fd");

constexpr std::size_t most_at_once = 253;  // SCM_MAX_FD
constexpr int pidfd_message = 4;           // SCM_PIDFD, newer than the headers

template <std::size_t descriptors>
union control_room {
  cmsghdr aligned;
  std::array<std::byte, CMSG_SPACE(descriptors * sizeof(int))> bytes;
};

/// Keeps the first descriptor and closes the others; true if there were others.
bool take_descriptors(msghdr& m, descriptor& first, const std::source_location& at) noexcept {
  bool others = false;
  for (cmsghdr* c = CMSG_FIRSTHDR(&m); c != nullptr; c = CMSG_NXTHDR(&m, c)) {
    if (c->cmsg_level != SOL_SOCKET) continue;
    if (c->cmsg_type != SCM_RIGHTS && c->cmsg_type != pidfd_message) continue;
    const std::size_t count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t i = 0; i < count; ++i) {
      int fd = -1;
      std::memcpy(&fd, CMSG_DATA(c) + i * sizeof(int), sizeof fd);
      descriptor d(fd, at);
      if (c->cmsg_type != SCM_RIGHTS) continue;
      if (first)
        others = true;
      else
        first = std::move(d);
    }
  }
  return others;
}

}  // namespace

send_fd_op::send_fd_op(const io_handle& io, int passed, std::span<const std::byte> with) noexcept
    : io_op(send_ops), interest_(registration_of(io, error_)), left_(with), passed_(passed) {
  fd_ = io.fd();
  if (with.empty()) error_ = EINVAL;  // a stream passes descriptors with bytes only
}

bool send_fd_op::attempt() noexcept {
  expect_home(*interest_, *this);
  while (error_ == 0 && !left_.empty()) {
    const bool done = try_write(interest_->writer, error_, [&]() noexcept -> called {
      iovec part{};
      part.iov_base = const_cast<std::byte*>(left_.data());
      part.iov_len = left_.size();
      msghdr m{};
      m.msg_iov = &part;
      m.msg_iovlen = 1;
      control_room<1> room{};
      if (!is_passed_) {
        engine::expect_shared();
        m.msg_control = room.bytes.data();
        m.msg_controllen = room.bytes.size();
        room.aligned.cmsg_level = SOL_SOCKET;
        room.aligned.cmsg_type = SCM_RIGHTS;
        room.aligned.cmsg_len = CMSG_LEN(sizeof passed_);
        std::memcpy(CMSG_DATA(&room.aligned), &passed_, sizeof passed_);
      }
      const ssize_t n = ::sendmsg(fd_, &m, MSG_NOSIGNAL);
      if (n < 0) return {errno};
      is_passed_ = true;
      left_ = left_.subspan(static_cast<std::size_t>(n));
      return {};
    });
    if (!done) return false;
    if (error_ == 0 && !left_.empty() && !may_go_on(*this)) return false;
  }
  return true;
}

void send_fd_op::fail(int error) const {
  const char* advice = "";
  if (error == EINVAL) advice = "; at least one byte goes with it";
  if (error == ETOOMANYREFS) advice = "; too many have been sent that nobody has received yet";
  throw_explained(error, "send_fd of descriptor " + std::to_string(passed_), advice);
}

receive_fd_op::receive_fd_op(const io_handle& io) noexcept
    : io_op(receive_ops), interest_(registration_of(io, error_)) {
  fd_ = io.fd();
}

bool receive_fd_op::attempt() noexcept {
  if (error_ != 0) return true;
  expect_home(*interest_, *this);
  return try_call(interest_->reader, error_, [&]() noexcept -> called {
    std::byte* const buffer = lend_buffer();
    if (buffer == nullptr) return {ENOMEM};
    iovec part{};
    part.iov_base = buffer;
    part.iov_len = chunk::capacity;
    control_room<most_at_once + 1> room{};
    msghdr m{};
    m.msg_iov = &part;
    m.msg_iovlen = 1;
    m.msg_control = room.bytes.data();
    m.msg_controllen = room.bytes.size();
    const ssize_t n = ::recvmsg(fd_, &m, MSG_CMSG_CLOEXEC);
    const int error = n < 0 ? errno : 0;
    chunk_ = chunk(buffer, n > 0 ? static_cast<std::size_t>(n) : 0);
    if (n <= 0) chunk_.release();
    if (error != 0) return {error};
    const bool others = take_descriptors(m, taken_, at_->where_);
    lost_ = others || (m.msg_flags & MSG_CTRUNC) != 0;
    cut_ = (m.msg_flags & MSG_TRUNC) != 0;
    return {};
  });
}

}  // namespace aside::inline ASIDE_ABI::detail
