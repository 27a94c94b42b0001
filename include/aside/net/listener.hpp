#pragma once
// tcp_listener, but for the body of serve (see tcp_listener.hpp).

#include <aside/net/tcp_stream.hpp>

#include <source_location>

namespace aside::inline ASIDE_ABI {

class tcp_listener;

namespace detail {
struct listener_access;
class listener_state;  // src/driver/listener_state.hpp

/// Owns a listener's state.
class listener_share {
 public:
  explicit listener_share(listener_state* s = nullptr) noexcept : state_(s) {}
  /// Aborts when it is served.
  listener_share(listener_share&& other) noexcept : state_(std::exchange(other.state_, nullptr)) {
    if (state_ != nullptr) expect_unmoved();
  }
  listener_share& operator=(listener_share&& other) noexcept {
    if (other.state_ != nullptr) other.expect_unmoved();
    std::swap(state_, other.state_);
    return *this;
  }
  ~listener_share() {
    if (state_ != nullptr) let_go();
  }
  [[nodiscard]] listener_state* get() const noexcept { return state_; }
  ASIDE_API void drain(const io_handle& io) noexcept;
  /// Aborts when it is served.
  ASIDE_API void expect_unserved() const noexcept;

 private:
  ASIDE_API void let_go() noexcept;
  ASIDE_API void expect_unmoved() const noexcept;
  listener_state* state_;
};
}  // namespace detail

/// How a listener is set up.
class listen_options {
 public:
  listen_options() = default;
  /// Connections that the kernel keeps until they are accepted. Default 4096 (the system's
  /// net.core.somaxconn counts too).
  listen_options& backlog(int n) noexcept {
    backlog_ = n;
    return *this;
  }
  /// How many connections `serve` holds at once, over all cores. Further ones wait in the backlog until
  /// one has ended, and are accepted at once then; one line on stderr says so. Cores that accept at
  /// the same moment can exceed it by one each. Default 0: as many as the process may have descriptors
  /// (RLIMIT_NOFILE when serve begins), less an eighth of them, at most 256, left for everything else. A limit
  /// of a few dozen leaves too few for the runtime itself: accepting then waits as for EMFILE.
  listen_options& max_connections(std::size_t n) noexcept {
    max_connections_ = n;
    return *this;
  }
  [[nodiscard]] int backlog() const noexcept { return backlog_; }
  [[nodiscard]] std::size_t max_connections() const noexcept { return max_connections_; }

 private:
  int backlog_ = 4096;
  std::size_t max_connections_ = 0;
};

namespace detail {

/// What every listener has: serve, whose call's place in the source goes to serve_from. One overload per
/// number of arguments, because a default argument cannot follow a pack.
template <class Listener, class Stream>
class serving {
  using at = std::source_location;

 public:
  template <class F>
  ASIDE_WRAPPER task<> serve(F fn, at site = at::current()) {
    return serve_from(site, std::move(fn));
  }
  template <class F, class A>
  ASIDE_WRAPPER task<> serve(F fn, A a, at site = at::current()) {
    return serve_from(site, std::move(fn), std::move(a));
  }
  template <class F, class A, class B>
  ASIDE_WRAPPER task<> serve(F fn, A a, B b, at site = at::current()) {
    return serve_from(site, std::move(fn), std::move(a), std::move(b));
  }
  template <class F, class A, class B, class C>
  ASIDE_WRAPPER task<> serve(F fn, A a, B b, C c, at site = at::current()) {
    return serve_from(site, std::move(fn), std::move(a), std::move(b), std::move(c));
  }
  template <class F, class A, class B, class C, class D>
  ASIDE_WRAPPER task<> serve(F fn, A a, B b, C c, D d, at site = at::current()) {
    return serve_from(site, std::move(fn), std::move(a), std::move(b), std::move(c), std::move(d));
  }
  template <class F, class... A>
  task<> serve_from(std::source_location site, F fn, A... args);
};

class ASIDE_AWAIT_IT accept_op : public io_op<accept_op> {
 public:
  ASIDE_API accept_op(const io_handle& io, listener_state* state) noexcept;
  accept_op(const io_handle& io, listener_state* state, const leaf_ops& how) noexcept;
  ASIDE_API bool attempt() noexcept;
  ASIDE_API std::expected<tcp_stream, std::error_code> result() noexcept;
  [[noreturn]] ASIDE_API void fail(int error) const;

  interest* interest_;
  listener_state* state_;
  io_handle accepted_;
};

class ASIDE_AWAIT_IT bind_op : public io_op<bind_op> {
 public:
  ASIDE_API bind_op(std::string_view where, listen_options o) noexcept;
  ASIDE_API bool attempt() noexcept;
  ASIDE_API std::expected<tcp_listener, std::error_code> result() noexcept;
  [[noreturn]] ASIDE_API void fail(int error) const;

  io_handle io_;
  listener_share state_;
  connect_op::address where_;
  listen_options options_;
};

}  // namespace detail

/// A listening TCP socket. Move-only; closed when it dies.
class [[nodiscard]] tcp_listener : public detail::serving<tcp_listener, tcp_stream> {
 public:
  tcp_listener() = default;
  explicit tcp_listener(detail::io_handle io, detail::listener_share state,
                        listen_options o) noexcept
      : io_(std::move(io)), state_(std::move(state)), options_(o) {}

  /// Listens on "address:port" (numeric, as tcp_stream::connect: no names); port 0 lets the kernel choose.
  /// A port that somebody else listens on is an error (EADDRINUSE), and so is a text that is no such
  /// address (EINVAL). But for the sockets of serve it can be shared from then on (SO_REUSEPORT): a program
  /// of the same user that sets that may bind it, too. Completes at once.
  static detail::bind_op bind(std::string_view where, listen_options o = {}) noexcept {
    return {where, o};
  }

  /// Waits for the next connection. One task at a time, and none beside a serve: a second that waits ends
  /// the process, which names its line. Stopping: none is lost, they stay in the backlog. Errors:
  /// accept(2)'s; those of a single peer (reset before it was accepted) are skipped, up to 64 in a row;
  /// EBADF of a listener that was closed, or is drained and has an empty backlog.
  detail::accept_op accept() noexcept { return {io_, state_.get()}; }

  /// serve(fn, args...) accepts for ever: each connection becomes a supervised task
  /// fn(tcp_stream, args...), with args, at most 4, copied for each; a copy that throws is reported, and
  /// ends that connection alone. One accept loop, with a socket of its own, on every core. One serve at a
  /// time: a second ends the process, which names its line, and so does closing or moving the listener
  /// meanwhile.
  ///
  /// Ends:      by `drain`, by a stop, or by an error that waiting does not mend, which it throws: the
  ///            listener is gone, or a sandbox forbids the call.
  /// Limits:    listen_options::max_connections. Short of descriptors or memory it says so, waits for
  ///            20 ms and tries again; connections wait in the backlog meanwhile, and live ones go on.
  /// Stopping:  stops the connections' tasks. None that the kernel has accepted is lost: what was not
  ///            given to fn, on any core, is there for the next `accept` or `serve` of this listener, and is
  ///            reset with it. A handshake that is under way on another core's socket at that
  ///            moment may be, and what waits there without a descriptor for it.
  using serving::serve;
  /// serve_from(site, fn, args...): serve with a site given by the caller, and any number of arguments.
  using serving::serve_from;

  /// Has `serve` end without losing a connection: new handshakes are not begun any more, whatever
  /// waits in the backlog is still given to fn, beyond `max_connections` too, the listener is closed, and
  /// serve returns when the last connection's task has ended. Short of descriptors it is closed only when
  /// connections that have ended made room for the backlog. From any task; returns at once. A serve that
  /// begins later ends so too, at once if the listener is closed by then. The tasks are not told of
  /// it, but HTTP connections see it and end (http::serve_connection).
  ///
  /// Where no serve goes on, `accept` does the same: it gives what is in the backlog, then EBADF; one that
  /// waits is woken. Handshakes that are under way then are reset with the listener. Until accept is
  /// called the socket is open as before, and a connect may succeed.
  void drain() noexcept { state_.drain(io_); }

  /// Closes it: what waits in the backlog is reset. While a serve or an accept waits for its connections that
  /// ends the process, which names its line, and so does its death: `drain` ends either.
  void close() noexcept {
    state_.expect_unserved();
    io_.close();
  }
  explicit operator bool() const noexcept { return io_.fd() >= 0; }

  [[nodiscard]] ASIDE_API std::uint16_t port(
      std::source_location at = std::source_location::current()) const noexcept;
  /// The descriptor, which stays its own; of copies: tcp_stream::native_handle.
  [[nodiscard]] int native_handle() const noexcept { return io_.fd(); }

  /// For serve: where it listens, on its own core; and a second socket there, registered with the calling
  /// core.
  [[nodiscard]] ASIDE_API detail::connect_op::address address(
      std::source_location at = std::source_location::current()) const;
  [[nodiscard]] ASIDE_API tcp_listener sibling(const detail::connect_op::address& where) const;

 private:
  friend struct detail::listener_access;
  detail::io_handle io_;
  detail::listener_share state_;
  listen_options options_;
};

}  // namespace aside::inline ASIDE_ABI
