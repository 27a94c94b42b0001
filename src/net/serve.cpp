// serve: an accept loop on every core. Each has a socket of its own on the same port (SO_REUSEPORT), so
// a connection is accepted, registered and first run where it arrives.

#include "net/accept_error.hpp"
#include "sched/core.hpp"
#include "scope/start_on.hpp"

#include <aside/net/tcp_listener.hpp>
#include <aside/time.hpp>

#include <cerrno>
#include <new>

namespace aside::inline ASIDE_ABI::detail {

namespace {

using namespace std::chrono_literals;

/// False when there is no memory for its task: the peer is let go.
bool start(const peer_starter& starter, nursery& peers, tcp_stream peer) {
  try {
    starter.start(starter, peers, std::move(peer));
    return true;
  } catch (const std::bad_alloc&) {
    return false;
  }
}

task<> accept_loop(nursery& peers, tcp_listener& listener, const peer_starter& starter) {
  co_await sleep_for(1us);  // leaves memory for a timer behind, for the sleep below
  for (;;) {
    auto peer = co_await listener.accept().as_result();
    int error = ENOMEM;
    if (!peer)
      error = peer.error().value();
    else if (start(starter, peers, std::move(*peer)))
      continue;
    report_accept(error, listener.port());
    if (!accept_is_short_of_resources(error)) throw_errno(error, "accept");
    co_await sleep_for(20ms);
  }
}

task<> accept_on_sibling(nursery* peers, const tcp_listener* first, const peer_starter* starter) {
  tcp_listener mine = first->sibling();
  co_await accept_loop(*peers, mine, *starter);
}

}  // namespace

task<> serve_peers(tcp_listener& listener, const peer_starter& starter) {
  co_await supervise([&](nursery& peers) -> task<> {
    const unsigned here = this_core_index();
    for (unsigned core = 0; core < core_count(); ++core) {
      if (core == here) continue;
      start_on(peers, make_task(starter.site, &accept_on_sibling, &peers, &listener, &starter),
               core);
    }
    co_await accept_loop(peers, listener, starter);
  });
}

}  // namespace aside::inline ASIDE_ABI::detail
