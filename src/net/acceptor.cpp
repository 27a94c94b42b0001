#include "net/acceptor.hpp"

#include "base/clock.hpp"
#include "driver/peer_errors.hpp"
#include "driver/engine.hpp"
#include "driver/ops/protocol.hpp"
#include "driver/ops/unix_address.hpp"
#include "net/accept_error.hpp"
#include "sched/core.hpp"
#include "sched/runtime.hpp"

#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <cstdio>

namespace aside::inline ASIDE_ABI::detail {

namespace {

constexpr leaf_ops accept_any_ops = reads<accept_op>("accept");

std::size_t default_limit() noexcept {
  rlimit descriptors{};
  if (::getrlimit(RLIMIT_NOFILE, &descriptors) != 0 || descriptors.rlim_cur == RLIM_INFINITY)
    return std::size_t{1} << 30;
  const auto all = static_cast<std::size_t>(descriptors.rlim_cur);
  return std::max<std::size_t>(all - std::min<std::size_t>(all / 8, 256), 1);
}

/// The core that drives the engine of this registration; else the calling one.
unsigned core_of(const interest* i) noexcept {
  if (i != nullptr) {
    for (const auto& c : this_core()->rt.cores)
      if (c->io == &engine::of(*i)) return c->index;
  }
  return this_core_index();
}

}  // namespace

template <class Listener>
served::served(Listener& l, tcp_listener* may_share, unsigned tables)
    : io(&listener_access::io(l)),
      state(listener_access::state(l)),
      shared(may_share),
      most(listener_access::options(l).max_connections()),
      backlog(static_cast<std::size_t>(listener_access::options(l).backlog())) {
  if (most == 0) most = default_limit() * tables;
}

served::served(tcp_listener& l) : served(l, &l, this_core()->rt.tables()) {
  at = l.address();
  std::snprintf(where.data(), where.size(), "port %u", static_cast<unsigned>(l.port()));
}

served::served(unix_listener& l) : served(l, nullptr, 1) {
  raw_unix_address raw;
  unix_address a;
  if (::getsockname(io->fd(), raw.get(), &raw.size()) == 0) a = raw.named();
  std::size_t n = 0;
  for (const char c : a.text())
    where[n++] = c >= ' ' && c != '\x7f' ? c : '?';
}

service::service(const served& l, const peer_starter& s, nursery& p, detail::seats& t)
    : of(l), starter(&s), peers(&p), seats(&t), home(core_of(l.io->registration())) {}

accept_any_op::accept_any_op(const io_handle& io, listener_state* state) noexcept
    : accept_op(io, state, accept_any_ops) {}

acceptor::acceptor(service& s, bool opens) : service_(s), core_(this_core_index()) {
  if (opens) own_.emplace(s.of.shared->sibling(s.of.at));
  socket_ = opens ? &listener_access::io(*own_) : s.of.io;
  interest_ = socket_->registration();
  engine_ = this_host()->io;
  // The engine accepts only for its own registrations.
  may_accept_ahead_ = interest_ != nullptr && &engine::of(*interest_) == engine_;
}

acceptor::~acceptor() {
  if (socket_->fd() < 0) return;
  if (own_)
    let_nothing_begin();
  else
    rest();
  while (has_waiting())
    service_.of.state->leave(std::move(waiting_));
}

void acceptor::let_nothing_begin() noexcept {
  if (service_.of.shared != nullptr)
    begin_no_handshake(socket_->fd());
  else
    ::shutdown(socket_->fd(), SHUT_RD);  // a Unix socket's backlog can still be accepted
  rest();
}

bool acceptor::has_waiting() noexcept {
  if (waiting_.fd() < 0) waiting_ = next_waiting();
  return waiting_.fd() >= 0;
}

/// Of a socket that is the listener's own, what the kernel has in its backlog may stay there.
io_handle acceptor::next_waiting() noexcept {
  if (interest* const i = arrivals_.pop(); i != nullptr) return {i, i->fd};
  if (!own_ && !service_.draining.load(memory_order_relaxed)) return {};
  if (takes_left() && service_.draining.load(memory_order_relaxed)) {
    io_handle left = service_.of.state->take(*engine_);
    if (left.fd() >= 0) return left;
  }
  short_of_ = 0;
  unsigned errors = 0;
  while (errors < peer_errors_in_a_row) {
    const int fd =
        ::accept4(socket_->fd(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd >= 0) {
      int error = 0;
      if (interest* const i = engine_->attach(fd, true, error); i != nullptr) return {i, fd};
      ::close(fd);
      short_of_ = error;
      return {};
    }
    if (errno != EINTR && !concerns_one_peer(errno)) {
      if (accept_is_short_of_resources(errno)) short_of_ = errno;
      return {};
    }
    ++errors;
  }
  return {};
}

bool acceptor::looks_again() noexcept {
  if (short_of_ == 0 || service_.seats->taken() == 0) return false;
  report_accept(short_of_, service_.where(), now_ns());
  return true;
}

bool acceptor::takes_left() const noexcept {
  return !own_ || (interest_ != nullptr && interest_->bound);
}

result_of<accept_any_op> acceptor::accept() noexcept {
  return result_of<accept_any_op>(
      accept_any_op(*socket_, takes_left() ? service_.of.state : nullptr));
}

bool acceptor::has_room() noexcept {
  room_ = service_.seats->free();
  if (room_ == 0) report_full(service_.seats->taken(), service_.where(), now_ns());
  return room_ != 0;
}

void acceptor::rest() noexcept {
  if (arrivals_.listener != nullptr) engine_->recall(arrivals_);
}

bool acceptor::accepts_ahead() noexcept {
  if (takes_left() && service_.of.state->has_any()) return false;
  // All that can come at once must find room, on every core.
  const std::size_t loops = service_.of.shared != nullptr ? core_count() : 1;
  const bool fits = room_ / loops >= service_.of.backlog;
  if (arrivals_.armed && fits) return true;
  if (arrivals_.listener != nullptr) rest();
  if (arrivals_.has_any()) return true;
  return fits && may_accept_ahead_ && engine_->accept_into(*interest_, arrivals_);
}

bool acceptor::goes_on_after(int error) noexcept {
  if (error == EINVAL && std::exchange(may_accept_ahead_, false) && arrivals_.listener != nullptr)
    return true;  // a kernel that accepts one at a time
  report_accept(error, service_.where(), now_ns());
  rest();
  return !accept_is_hopeless(error);
}

}  // namespace aside::inline ASIDE_ABI::detail
