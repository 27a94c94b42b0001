// serve: an accept loop on every core. Each has a socket of its own on the same port (SO_REUSEPORT), so
// a connection is accepted, registered and first run where it arrives. The listener's own socket is
// accepted on where it is registered; a Unix listener has no other.

#include "net/accept_error.hpp"
#include "driver/ops/protocol.hpp"
#include "net/acceptor.hpp"
#include "sched/core.hpp"
#include "sched/runtime.hpp"
#include "scope/drain.hpp"
#include "scope/start_on.hpp"

#include <aside/event.hpp>
#include <aside/net/tcp_listener.hpp>
#include <aside/stop.hpp>
#include <aside/time.hpp>

#include <cerrno>
#include <exception>
#include <expected>
#include <new>
#include <optional>
#include <system_error>

namespace aside::inline ASIDE_ABI::detail {

namespace {

using namespace std::chrono_literals;

/// How long a drain waits for handshakes that have begun.
constexpr std::chrono::milliseconds handshake_time = 200ms;

/// False when there is no memory for its task: the peer is let go. So it is when the function or an argument
/// cannot be copied for it, which is a failure of that connection.
bool start(const service& s, io_handle peer) {
  s.seats->take();
  try {
    s.starter->start(*s.starter, *s.peers, std::move(peer));
    return true;
  } catch (const std::bad_alloc&) {
    s.seats->leave();
    return false;
  } catch (...) {
    s.seats->leave();
    report_failure(s.starter->site, task_name(), std::current_exception());
    return true;
  }
}

task<> accept_loop(const service& s, acceptor& a) {
  co_await sleep_for(1us);  // leaves memory for a timer behind, for the sleep below
  for (;;) {
    if (!a.has_room()) {
      a.rest();
      co_await placed(a.room(), s.starter->site);
      continue;
    }
    std::expected<io_handle, std::error_code> peer;
    if (a.accepts_ahead())
      peer = co_await placed(a.arrival(), s.starter->site);
    else
      peer = co_await placed(a.accept(), s.starter->site);
    int error = ENOMEM;
    if (!peer)
      error = peer.error().value();
    else if (start(s, std::move(*peer)))
      continue;
    if (!a.goes_on_after(error)) throw_errno(error, "accept");
    co_await sleep_for(20ms);
  }
}

task<> drain(const service& s, acceptor& a) {
  a.let_nothing_begin();
  drain_children(*s.peers);
  auto left = s.of.shared != nullptr ? handshake_time : 0ms;  // others have none
  for (;;) {
    while (a.has_waiting()) {
      static_cast<void>(start(s, a.take_waiting()));
    }
    if (left <= 0ms && !a.looks_again()) break;
    co_await sleep_for(20ms);
    left -= 20ms;
  }
  a.close();
}

task<> accept_here(service* s, bool opens) {
  hear_ends(*s->peers, *s->seats);
  std::optional<acceptor> a;
  try {
    a.emplace(*s, opens);
  } catch (const std::system_error& e) {  // the other cores go on without this one
    report_no_socket(this_core_index(), s->where(), e.what());
  }
  if (!a) co_return;
  const auto ended = co_await try_stopped(accept_loop(*s, *a));
  const bool drains = !ended && s->draining.load(memory_order_acquire);  // release: serve_on
  if (drains) co_await shield(drain(*s, *a));
}

/// The listener's way to its serve. Its connections know of a drain when `drain` returns; those that wait are
/// told later.
class drain_bell : public server {
 public:
  drain_bell(event& rings, seats& told, listener_state& of, std::source_location at) noexcept
      : rings_(&rings), told_(&told), of_(&of) {
    drain = [](server& me) noexcept {
      auto& bell = static_cast<drain_bell&>(me);
      bell.told_->drains.store(true, memory_order_seq_cst);  // R1 in scope/drain.hpp
      bell.rings_->set();
    };
    site = at;
    of.served_by(*this);
  }
  drain_bell(const drain_bell&) = delete;
  drain_bell& operator=(const drain_bell&) = delete;
  ~drain_bell() { of_->served_no_more(); }

 private:
  event* rings_;
  seats* told_;
  listener_state* of_;
};

task<> serve_on(const served& listener, const peer_starter& starter) {
  seats places(listener.most, core_count());
  co_await supervise([&](nursery& peers) -> task<> {
    service s(listener, starter, peers, places);
    event asked;
    const drain_bell bell(asked, places, *listener.state, starter.site);
    co_await scope([&](nursery& loops) -> task<> {
      start_on(loops, make_task(starter.site, &accept_here, &s, false), s.home);
      const unsigned cores = listener.shared != nullptr ? core_count() : 0;
      for (unsigned core = 0; core < cores; ++core) {
        if (core != s.home)
          start_on(loops, make_task(starter.site, &accept_here, &s, true), core);
      }
      co_await asked.wait();
      s.draining.store(true, memory_order_release);     // pairs with acquire in accept_here
      loops.request_stop();
    });
  });
}

template <class Listener>
task<> serve_any(Listener& listener, const peer_starter& starter) {
  if (listener.native_handle() < 0) {
    listener_state* const state = listener_access::state(listener);
    if (state != nullptr && state->is_drained()) co_return;
    throw_not_accepted(EBADF, "serve", -1, state);
  }
  expect_home(*listener_access::io(listener).registration(), starter.site);
  const served what(listener);
  co_await serve_on(what, starter);
}

}  // namespace

task<> serve_peers(tcp_listener& listener, const peer_starter& starter) {
  return serve_any(listener, starter);
}
task<> serve_peers(unix_listener& listener, const peer_starter& starter) {
  return serve_any(listener, starter);
}

}  // namespace aside::inline ASIDE_ABI::detail
