#include "net/acceptor.hpp"

#include "base/clock.hpp"
#include "driver/peer_errors.hpp"
#include "driver/engine.hpp"
#include "net/accept_error.hpp"
#include "sched/core.hpp"
#include "sched/runtime.hpp"

#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>

namespace aside::inline ASIDE_ABI::detail {

namespace {

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

service::service(tcp_listener& l, const peer_starter& s, nursery& p)
    : listener(&l),
      starter(&s),
      peers(&p),
      most(listener_access::options(l).max_connections()),
      home(core_of(listener_access::io(l).registration())),
      port(l.port()),
      where(l.address()) {
  if (most == 0) most = default_limit() * this_core()->rt.tables();
}

acceptor::acceptor(service& s, bool opens) : service_(s) {
  if (opens) own_.emplace(s.listener->sibling(s.where));
  socket_ = opens ? &*own_ : s.listener;
  interest_ = listener_access::io(*socket_).registration();
  engine_ = this_host()->io;
  // The engine accepts only for its own registrations.
  may_accept_ahead_ = interest_ != nullptr && &engine::of(*interest_) == engine_;
}

acceptor::~acceptor() {
  if (socket_->native_handle() < 0) return;
  if (own_)
    let_nothing_begin();
  else
    rest();
  while (has_waiting())
    listener_access::state(*service_.listener).leave(std::move(waiting_));
}

void acceptor::let_nothing_begin() noexcept {
  begin_no_handshake(socket_->native_handle());
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
    io_handle left = listener_access::state(*service_.listener).take(*engine_);
    if (left.fd() >= 0) return left;
  }
  unsigned errors = 0;
  while (errors < peer_errors_in_a_row) {
    const int fd =
        ::accept4(socket_->native_handle(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd >= 0) {
      int error = 0;
      if (interest* const i = engine_->attach(fd, true, error); i != nullptr) return {i, fd};
      ::close(fd);
      return {};
    }
    if (errno != EINTR && !concerns_one_peer(errno)) return {};
    ++errors;
  }
  return {};
}

bool acceptor::takes_left() const noexcept {
  return !own_ || (interest_ != nullptr && interest_->bound);
}

accept_op acceptor::accept() noexcept {
  listener_state& left = listener_access::state(*service_.listener);
  return {listener_access::io(*socket_), takes_left() ? &left : nullptr};
}

bool acceptor::has_room() noexcept {
  const std::size_t now = service_.peers->size();
  room_ = now < service_.most ? service_.most - now : 0;
  if (room_ == 0) report_full(now, service_.port, now_ns());
  return room_ != 0;
}

void acceptor::rest() noexcept {
  if (arrivals_.listener != nullptr) engine_->recall(arrivals_);
}

bool acceptor::accepts_ahead() noexcept {
  if (takes_left() && listener_access::state(*service_.listener).has_any()) return false;
  // All that can come at once must find room, on every core.
  const auto burst = static_cast<std::size_t>(listener_access::options(*socket_).backlog());
  const bool fits = room_ / core_count() >= burst;
  if (arrivals_.armed && fits) return true;
  if (arrivals_.listener != nullptr) rest();
  if (arrivals_.has_any()) return true;
  return fits && may_accept_ahead_ && engine_->accept_into(*interest_, arrivals_);
}

bool acceptor::goes_on_after(int error) noexcept {
  if (error == EINVAL && std::exchange(may_accept_ahead_, false) && arrivals_.listener != nullptr)
    return true;  // a kernel that accepts one at a time
  report_accept(error, service_.port, now_ns());
  rest();
  return !accept_is_hopeless(error);
}

}  // namespace aside::inline ASIDE_ABI::detail
