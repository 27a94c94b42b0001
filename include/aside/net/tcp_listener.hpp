#pragma once
// tcp_listener: where connections arrive.

#include <aside/net/listener.hpp>
#include <aside/net/peer_starter.hpp>

namespace aside::inline ASIDE_ABI::detail {

/// One accept loop on every core, each with a socket of its own (src/net/serve.cpp).
ASIDE_API ASIDE_WRAPPER task<> serve_peers(tcp_listener& listener, const peer_starter& starter);

}  // namespace aside::inline ASIDE_ABI::detail
