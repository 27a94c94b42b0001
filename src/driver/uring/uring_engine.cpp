#include "driver/uring/uring_engine.hpp"

#include "base/assert.hpp"
#include "driver/peer_errors.hpp"
#include "driver/arrivals.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cerrno>
#include <system_error>

namespace aside::inline ASIDE_ABI::detail {

namespace {

constexpr unsigned entries = 512;
constexpr unsigned completions = 8192;
constexpr unsigned events_wanted = POLLIN | POLLOUT | POLLRDHUP | POLLPRI | POLLRDBAND;

/// Has urgent data come? An event of one wake-up alone has that wake-up's mask, in which all arrivals name
/// both; what the socket says when it is asked, as it is after the two wake-ups of an urgent byte, never
/// has POLLRDBAND.
bool is_urgent(unsigned events) noexcept {
  return (events & (POLLPRI | POLLRDBAND)) == POLLPRI;
}

// The low bits of user_data tell what a completion is about; objects are 8-aligned.
constexpr std::uint64_t kind_mask = 7;
constexpr std::uint64_t kind_poll = 0;  // an interest's key
constexpr std::uint64_t kind_op = 1;    // a kernel_op
constexpr std::uint64_t kind_wake = 2;
constexpr std::uint64_t kind_ignore = 3;
constexpr std::uint64_t kind_accept = 4;  // arrivals

/// An errno of io_uring_enter after which the next call may succeed. EAGAIN, EBUSY: short of memory, or
/// of room for completions, which the caller takes out; ETIME: nothing has happened in time.
bool passes(int error) noexcept {
  return error == EINTR || error == ETIME || error == EAGAIN || error == EBUSY || error == ENOMEM;
}

io_uring_params ring_params(bool may_move) noexcept {
  io_uring_params p{};
  p.flags = IORING_SETUP_CQSIZE | IORING_SETUP_CLAMP;
  if (!may_move) p.flags |= IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN;
  p.cq_entries = completions;
  return p;
}

}  // namespace

int missing_opcode(const io_uring_probe& p) noexcept {
  for (const int op : {IORING_OP_POLL_ADD, IORING_OP_ASYNC_CANCEL, IORING_OP_ACCEPT,
                       IORING_OP_CONNECT}) {
    if (op > p.last_op || (p.ops[op].flags & IO_URING_OP_SUPPORTED) == 0) return op;
  }
  return -1;
}

namespace {

/// Enters the ring once: a sandbox may allow the set-up alone.
int try_out(io_uring& ring) noexcept {
  if (io_uring_probe* const p = ::io_uring_get_probe_ring(&ring); p != nullptr) {
    const int missing = missing_opcode(*p);
    ::io_uring_free_probe(p);
    if (missing >= 0) return EOPNOTSUPP;
  }
  // Without an operation: ThreadSanitizer would take two threads that try rings at one address, one
  // after the other, for a race, as it does not see liburing unmap them.
  const int n = ::io_uring_submit_and_get_events(&ring);
  return n < 0 ? -n : 0;
}

}  // namespace

int probe_uring() noexcept {
  io_uring ring{};
  io_uring_params p = ring_params(false);
  p.cq_entries = 16;
  int error = -::io_uring_queue_init_params(8, &ring, &p);
  if (error != 0) return error;
  error = try_out(ring);
  ::io_uring_queue_exit(&ring);
  return error;
}

uring_engine::uring_engine(bool may_move) : wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (!wake_) throw std::system_error(errno, std::system_category(), "eventfd");
  io_uring_params p = ring_params(may_move);
  if (const int error = ::io_uring_queue_init_params(entries, &ring_, &p); error != 0)
    throw std::system_error(-error, std::system_category(), "io_uring_setup");
  // Saves a look-up per call, for this thread alone.
  if (!may_move) ::io_uring_register_ring_fd(&ring_);
  watch_wake();
}

uring_engine::~uring_engine() {
  ASIDE_ASSERT(in_flight_ == 0);  // whoever waits for an operation has waited for it
  ::io_uring_queue_exit(&ring_);
  close_retired();
}

io_uring_sqe* uring_engine::next_sqe() noexcept {
  io_uring_sqe* sqe = ::io_uring_get_sqe(&ring_);
  while (sqe == nullptr) {
    expect_entered(::io_uring_submit(&ring_));
    sqe = ::io_uring_get_sqe(&ring_);
  }
  return sqe;
}

void uring_engine::expect_entered(int result) noexcept {
  if (result < 0 && !passes(-result)) cannot_wait("io_uring_enter", -result);
}

int uring_engine::add(interest& i, int fd) noexcept {
  io_uring_sqe* const sqe = next_sqe();
  ::io_uring_prep_poll_multishot(sqe, fd, events_wanted);  // edge-triggered unless told otherwise
  sqe->user_data = key_of(i) | kind_poll;
  return 0;
}

void uring_engine::submit_cancel_of(std::uint64_t user_data) noexcept {
  io_uring_sqe* const sqe = next_sqe();
  ::io_uring_prep_cancel64(sqe, user_data, 0);
  sqe->flags |= IOSQE_CQE_SKIP_SUCCESS;
  sqe->user_data = kind_ignore;
}

void uring_engine::remove(interest& i, int) noexcept {
  // A cancel, because a poll-remove gives up on a poll whose event is just being delivered, and the
  // poll would keep the file open for ever.
  submit_cancel_of(key_of(i) | kind_poll);
  // Before the descriptor is closed: the request holds the file, and lets go of it as its completion
  // is delivered. A listener whose file lives on would still accept.
  ::io_uring_submit_and_get_events(&ring_);
}

bool uring_engine::submit_connect(kernel_op& op) noexcept {
  io_uring_sqe* const sqe = next_sqe();
  ::io_uring_prep_connect(sqe, op.fd, static_cast<const sockaddr*>(op.address), op.length);
  sqe->user_data = reinterpret_cast<std::uint64_t>(&op) | kind_op;
  ++in_flight_;
  return true;
}

void uring_engine::submit_cancel(kernel_op& op) noexcept {
  submit_cancel_of(reinterpret_cast<std::uint64_t>(&op) | kind_op);
}

void uring_engine::arm_accept(arrivals& a) noexcept {
  io_uring_sqe* const sqe = next_sqe();
  ::io_uring_prep_multishot_accept(sqe, a.listener->fd, nullptr, nullptr,
                                   SOCK_NONBLOCK | SOCK_CLOEXEC);
  sqe->user_data = reinterpret_cast<std::uint64_t>(&a) | kind_accept;
}

bool uring_engine::accept_into(interest& listener, arrivals& a) noexcept {
  submit_cancel_of(key_of(listener) | kind_poll);  // else each connection would wake us twice
  a.listener = &listener;
  a.armed = true;
  arm_accept(a);
  return true;
}

void uring_engine::recall(arrivals& a) noexcept {
  if (a.armed) {
    a.recalled = true;
    submit_cancel_of(reinterpret_cast<std::uint64_t>(&a) | kind_accept);
    for (int entered = ::io_uring_submit_and_get_events(&ring_);;
         entered = ::io_uring_submit_and_wait(&ring_, 1)) {
      expect_entered(entered);
      reap();
      if (!a.armed) break;
    }
    a.recalled = false;
  }
  a.error = 0;
  if (a.listener != nullptr) add(*a.listener, a.listener->fd);
  a.listener = nullptr;
}

void uring_engine::arrived(arrivals& a, std::int32_t result, bool more) noexcept {
  if (result >= 0) {
    a.peer_errors = 0;
    int error = 0;
    if (interest* const i = attach(result, true, error); i != nullptr) {
      a.push(*i);
    } else {
      ::close(result);
      a.error = error;
    }
  } else if (result != -ECANCELED && result != -EINTR &&
             !(concerns_one_peer(-result) && ++a.peer_errors < peer_errors_in_a_row)) {
    a.error = -result;
    a.peer_errors = 0;
  }
  if (!more) {
    // Ended by an error of one peer, or as the completion queue had overflowed: made again.
    a.armed = a.error == 0 && !a.recalled;
    if (a.armed) arm_accept(a);
  }
  if (leaf* const l = a.ready.mark(false); l != nullptr) notify(*l);
}

void uring_engine::watch_wake() noexcept {
  io_uring_sqe* const sqe = next_sqe();
  ::io_uring_prep_poll_multishot(sqe, wake_.get(), POLLIN);
  sqe->user_data = kind_wake;
}

void uring_engine::take(std::uint64_t about, std::int32_t result, bool more) noexcept {
  const std::uint64_t kind = about & kind_mask;
  if (kind == kind_wake) {
    has_woken();
    if (!more) watch_wake();
  } else if (kind == kind_op) {
    complete(*reinterpret_cast<kernel_op*>(about & ~kind_mask), result);
  } else if (kind == kind_accept) {
    arrived(*reinterpret_cast<arrivals*>(about & ~kind_mask), result, more);
  } else if (kind == kind_poll) {
    interest* const i = from_key(about);
    if (i == nullptr || result == -ECANCELED) return;  // closed, or it rests
    if (result < 0) {
      // The poll itself failed: short of memory, it is made again; else the next call on the descriptor
      // tells why.
      if (passes(-result)) add(*i, i->fd);
      edge(*i, true, true, true, false);
      return;
    }
    // A poll that has ended (the completion queue had overflowed) is made again; edges may have
    // been missed meanwhile, so both directions are worth a try.
    if (!more) add(*i, i->fd);
    const auto events = static_cast<unsigned>(result);
    edge(*i, !more || (events & POLLIN) != 0, !more || (events & POLLOUT) != 0,
         (events & (POLLRDHUP | POLLHUP | POLLERR)) != 0, is_urgent(events));
  }
}

void uring_engine::reap() noexcept {
  unsigned head = 0;
  unsigned seen = 0;
  io_uring_cqe* cqe = nullptr;
  io_uring_for_each_cqe(&ring_, head, cqe) {
    ++seen;
    take(cqe->user_data, cqe->res, (cqe->flags & IORING_CQE_F_MORE) != 0);
  }
  ::io_uring_cq_advance(&ring_, seen);
}

void uring_engine::wait(std::uint64_t timeout_ns) noexcept {
  if (take_in()) timeout_ns = 0;
  int entered = 0;
  if (timeout_ns == 0) {
    entered = ::io_uring_submit_and_get_events(&ring_);
  } else if (timeout_ns == forever) {
    entered = ::io_uring_submit_and_wait(&ring_, 1);
  } else {
    io_uring_cqe* first = nullptr;
    __kernel_timespec ts{};
    ts.tv_sec = static_cast<long long>(timeout_ns / 1'000'000'000);
    ts.tv_nsec = static_cast<long long>(timeout_ns % 1'000'000'000);
    entered = ::io_uring_submit_and_wait_timeout(&ring_, &first, 1, &ts, nullptr);
  }
  expect_entered(entered);
  reap();
}

}  // namespace aside::inline ASIDE_ABI::detail
