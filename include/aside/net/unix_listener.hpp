#pragma once
// unix_listener: where connections within this machine arrive.

#include <aside/net/peer_starter.hpp>
#include <aside/net/unix_listening.hpp>

namespace aside::inline ASIDE_ABI {

namespace detail {
/// One accept loop (src/net/serve.cpp).
ASIDE_API task<> serve_unix_peers(unix_listener& listener, const peer_starter& starter);
}  // namespace detail

template <class F, class... A>
task<> unix_listener::serve_from(std::source_location site, F fn, A... args) {
  const detail::peer_starter_of<unix_stream, F, A...> starter(
      std::move(fn), std::tuple<A...>(std::move(args)...), site);
  co_await detail::serve_unix_peers(*this, starter);
}

}  // namespace aside::inline ASIDE_ABI
