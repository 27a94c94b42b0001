#pragma once
// serve_connection: HTTP/1.1 on one connection.
//
// What a connection costs while it waits: its task's block with the frame of serve (stream, handler,
// arguments), and one small frame that waits for bytes under the idle timeout. Parser, request,
// answers and buffers exist from the first byte of a request to the last answer. An event stream
// replaces the small frame by its own.

#include <aside/http/exchange.hpp>
#include <aside/http/limits.hpp>
#include <aside/time.hpp>

namespace aside::inline ASIDE_ABI::http {

namespace detail {

/// A connection that is being served, and its handler: what lives as long as it does.
class connection {
 public:
  ASIDE_WRAPPER virtual task<> answer(request const& asked, exchange& ex) = 0;

  tcp_stream& peer() noexcept { return peer_; }
  limits const& rules() const noexcept { return *rules_; }
  next_step& next() noexcept { return next_; }

 protected:
  connection(tcp_stream peer, limits const& rules) noexcept
      : peer_(std::move(peer)), rules_(&rules) {}
  // Before anything was said.
  connection(connection&& other) noexcept : peer_(std::move(other.peer_)), rules_(other.rules_) {}
  ~connection() = default;

 private:
  tcp_stream peer_;
  limits const* rules_;
  next_step next_;
};

template <class H, class... A>
class connection_of final : public connection {
 public:
  connection_of(tcp_stream peer, limits const& rules, H handler, A... args)
      : connection(std::move(peer), rules),
        handler_(std::move(handler)),
        args_(std::move(args)...) {}
  ASIDE_WRAPPER task<> answer(request const& asked, exchange& ex) override {
    return go(asked, ex, std::index_sequence_for<A...>());
  }

 private:
  template <std::size_t... I>
  ASIDE_WRAPPER task<> go(request const& asked, exchange& ex, std::index_sequence<I...>) {
    return aside::detail::call(handler_, asked, ex, std::get<I>(args_)...);
  }

  [[no_unique_address]] H handler_;
  [[no_unique_address]] std::tuple<A...> args_;
};

ASIDE_API limits const& default_limits() noexcept;

/// Reads requests and has them answered until the connection ends or is to go on as its next step.
ASIDE_API task<> talk(connection& all);

template <class Connection>
task<> serve(Connection mine) {
  co_await talk(mine);
  if (!mine.next()) co_return;
  co_await (*mine.next()).run(std::move(mine.peer()));
}

template <class H, class... A>
concept handler_for =
    std::same_as<decltype(aside::detail::call(std::declval<H&>(), std::declval<request const&>(),
                                              std::declval<exchange&>(), std::declval<A&>()...)),
                 task<>>;

template <bool AnyCore, class H = void, class... A>
consteval bool may_serve() {
  if constexpr (std::is_convertible_v<H, limits const*>) {
    return may_serve<AnyCore, A...>();
  } else if constexpr (std::same_as<H, limits>) {
    static_assert(aside::detail::never<H>,
                  "aside: serve_connection takes limits as a pointer, to what outlives the "
                  "connections: write serve(serve_connection, &rules, handler)");
    return false;
  } else if constexpr (std::is_void_v<H> || aside::detail::uncallable<H>) {
    static_assert(aside::detail::never<H>,
                  "aside: serve_connection takes a handler, before its further arguments: write "
                  "serve(serve_connection, handler, x)");
    return false;
  } else if constexpr (AnyCore && !aside::detail::captureless<H>) {
    static_assert(aside::detail::never<H>,
                  "aside: a handler that may run on any core cannot capture: pass what it needs as "
                  "arguments, serve(serve_connection, handler, x)");
    return false;
  } else if constexpr (!handler_for<H, A...>) {
    static_assert(aside::detail::never<H>,
                  "aside: a handler is called with (http::request const&, http::exchange&) and the "
                  "arguments after it, and must return aside::task<>");
    return false;
  } else {
    return true;
  }
}

}  // namespace detail

/// serve_connection(peer, handler, args...): speaks HTTP/1.0 and 1.1 with one peer. For a server:
///
///   task<> app(http::request const& asked, http::exchange& ex, room* where) {
///     if (asked.path() == "/events") ex.start_event_stream(send_events, where);
///     else ex.respond(200, "text/plain", "hello\n");
///     co_return;
///   }
///   co_await listener.serve(aside::http::serve_connection, app, &the_room);
///
/// Completes when:  the peer has closed, was silent too long, asked for the end, broke a rule of the
///                  parser or a limit, or an event stream has returned. A peer's reset is a normal end; in
///                  an event stream it is what the function's write throws, and a failure unless caught.
/// Draining:        when the listener that serves it drains: what of requests has been read is answered, the last
///                  answer with `Connection: close`. At once if it waits for a further request; one that has asked
///                  for nothing yet still may, once, within its idle limit. An event stream goes on.
/// Handler:         task<>(request const&, exchange&, args&...), one call at a time for a connection,
///                  in the order of the requests. `handler` and `args` are the connection's own
///                  copies; connections run on any core, so a handler that captures is refused by
///                  `listener.serve`. Several requests that arrived together are answered with one
///                  write.
/// Errors:          the peer's mistakes are answered (problem+json) and the connection is closed; the
///                  handler's exceptions are answered with 500, the connection is closed and the
///                  exception goes on, to the error report of `listener.serve`.
/// Stopping:        ends every wait; answers not yet written are lost, the connection closes.
/// Limits:          `limits` with its defaults, always on; for others, give a `limits const*` before
///                  the handler. It must outlive the connections.
struct serve_connection_fn {
  using takes_values = void;  // of a task that is spawned with it nothing but the frames is kept
  using checks_arguments = void;
  template <bool AnyCore, class Peer, class... A>
  static consteval bool may_start_with() {
    return detail::may_serve<AnyCore, A...>();
  }

  template <class H, class... A>
    requires detail::handler_for<H, A...>
  ASIDE_WRAPPER task<> operator()(tcp_stream peer, H handler, A... args) const {
    return (*this)(std::move(peer), &detail::default_limits(), std::move(handler),
                   std::move(args)...);
  }
  template <class H, class... A>
    requires detail::handler_for<H, A...>
  ASIDE_WRAPPER task<> operator()(tcp_stream peer, limits const* rules, H handler,
                                  A... args) const {
    return detail::serve(detail::connection_of<H, A...>(std::move(peer), *rules,
                                                        std::move(handler), std::move(args)...));
  }
};
inline constexpr serve_connection_fn serve_connection{};

}  // namespace aside::inline ASIDE_ABI::http
