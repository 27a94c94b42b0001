#pragma once
// unix_listener: where connections within this machine arrive.

#include <aside/net/peer_starter.hpp>
#include <aside/net/unix_listening.hpp>

namespace aside::inline ASIDE_ABI::detail {

/// One accept loop (src/net/serve.cpp).
ASIDE_API ASIDE_WRAPPER task<> serve_peers(unix_listener& listener, const peer_starter& starter);

}  // namespace aside::inline ASIDE_ABI::detail
