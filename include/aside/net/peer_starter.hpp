#pragma once
// How a listener of any kind starts the task of a connection: the body of serve.

#include <aside/net/listener.hpp>
#include <aside/scope.hpp>

#include <tuple>

namespace aside::inline ASIDE_ABI::detail {

/// Starts the task of one accepted connection.
struct peer_starter {
  void (*start)(const peer_starter&, nursery&, io_handle&&);
  std::source_location site;
};

template <class Stream, class F, class... A>
struct peer_starter_of : peer_starter {
  peer_starter_of(F fn, std::tuple<A...> args, std::source_location at)
      : peer_starter{&go, at}, fn_(std::move(fn)), args_(std::move(args)) {}
  static void go(const peer_starter& self, nursery& peers, io_handle&& io) {
    const auto& me = static_cast<const peer_starter_of&>(self);
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      peers.spawn.go(me.site, me.fn_, Stream(std::move(io)), std::get<I>(me.args_)...);
    }(std::index_sequence_for<A...>{});
  }
  F fn_;
  std::tuple<A...> args_;
};

template <class Listener, class Stream>
template <class F, class... A>
task<> serving<Listener, Stream>::serve_from(std::source_location site, F fn, A... args) {
  const peer_starter_of<Stream, F, A...> starter(std::move(fn),
                                                 std::tuple<A...>(std::move(args)...), site);
  co_await serve_peers(static_cast<Listener&>(*this), starter);  // each listener's own
}

}  // namespace aside::inline ASIDE_ABI::detail
