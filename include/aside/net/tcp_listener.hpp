#pragma once
// tcp_listener: where connections arrive.

#include <aside/net/listener.hpp>
#include <aside/scope.hpp>

#include <tuple>

namespace aside::inline ASIDE_ABI {

namespace detail {

/// Starts the task of one accepted connection.
struct peer_starter {
  void (*start)(const peer_starter&, nursery&, tcp_stream&&);
  std::source_location site;
};
/// One accept loop on every core, each with a socket of its own (src/net/serve.cpp).
ASIDE_API task<> serve_peers(tcp_listener& listener, const peer_starter& starter);

template <class F, class... A>
struct peer_starter_of : peer_starter {
  peer_starter_of(F fn, std::tuple<A...> args, std::source_location at)
      : peer_starter{&go, at}, fn_(std::move(fn)), args_(std::move(args)) {}
  static void go(const peer_starter& self, nursery& peers, tcp_stream&& peer) {
    const auto& me = static_cast<const peer_starter_of&>(self);
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      peers.spawn.go(me.site, me.fn_, std::move(peer), std::get<I>(me.args_)...);
    }(std::index_sequence_for<A...>{});
  }
  F fn_;
  std::tuple<A...> args_;
};

}  // namespace detail

template <class F, class... A>
task<> tcp_listener::serve_from(std::source_location site, F fn, A... args) {
  const detail::peer_starter_of<F, A...> starter(std::move(fn),
                                                 std::tuple<A...>(std::move(args)...), site);
  co_await detail::serve_peers(*this, starter);
}

}  // namespace aside::inline ASIDE_ABI
