#pragma once
// tcp_listener: where connections arrive.

#include <aside/net/listener.hpp>
#include <aside/net/peer_starter.hpp>

namespace aside::inline ASIDE_ABI {

namespace detail {

/// One accept loop on every core, each with a socket of its own (src/net/serve.cpp).
ASIDE_API task<> serve_peers(tcp_listener& listener, const peer_starter& starter);

}  // namespace detail

template <class F, class... A>
task<> tcp_listener::serve_from(std::source_location site, F fn, A... args) {
  const detail::peer_starter_of<tcp_stream, F, A...> starter(
      std::move(fn), std::tuple<A...>(std::move(args)...), site);
  co_await detail::serve_peers(*this, starter);
}

}  // namespace aside::inline ASIDE_ABI
