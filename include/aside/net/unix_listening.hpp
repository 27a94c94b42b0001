#pragma once
// unix_listener, but for the body of serve (see unix_listener.hpp).

#include <aside/net/listener.hpp>
#include <aside/net/unix_stream.hpp>

namespace aside::inline ASIDE_ABI {

class unix_listener;

/// How a Unix socket is bound.
class unix_options {
 public:
  unix_options() = default;
  /// Connections that the kernel keeps until they are accepted. Default 4096 (the system's
  /// net.core.somaxconn counts too).
  unix_options& backlog(int n) noexcept {
    backlog_ = n;
    return *this;
  }
  /// Whether a socket file that nobody has open any more, left by a process that crashed, is
  /// removed. Default false. One that is in use, and a file of another kind, is an error either
  /// way. Needs to read the folder.
  unix_options& replace_dead(bool yes) noexcept {
    replace_dead_ = yes;
    return *this;
  }
  /// The permissions of the path, such as 0600, from its first moment on; the process's umask is
  /// taken off. Who may write may connect. Default 0777.
  unix_options& mode(unsigned permissions) noexcept {
    mode_ = static_cast<int>(permissions & 0777);
    return *this;
  }
  /// How many connections `serve` holds at once, exactly; otherwise as listen_options::max_connections.
  unix_options& max_connections(std::size_t n) noexcept {
    max_connections_ = n;
    return *this;
  }
  [[nodiscard]] int backlog() const noexcept { return backlog_; }
  [[nodiscard]] std::size_t max_connections() const noexcept { return max_connections_; }
  [[nodiscard]] bool replace_dead() const noexcept { return replace_dead_; }
  /// Negative: not given.
  [[nodiscard]] int mode() const noexcept { return mode_; }

 private:
  std::size_t max_connections_ = 0;
  int backlog_ = 4096;
  int mode_ = -1;
  bool replace_dead_ = false;
};

namespace detail {

class ASIDE_AWAIT_IT unix_accept_op : public io_op<unix_accept_op> {
 public:
  ASIDE_API unix_accept_op(const io_handle& io, listener_state* state) noexcept;
  ASIDE_API bool attempt() noexcept;
  ASIDE_API std::expected<unix_stream, std::error_code> result() noexcept;
  [[noreturn]] ASIDE_API void fail(int error) const;

  interest* interest_;
  listener_state* state_;
  io_handle accepted_;
};

class ASIDE_AWAIT_IT unix_listen_op : public io_op<unix_listen_op> {
 public:
  ASIDE_API unix_listen_op(std::string_view where, unix_options o) noexcept;
  ASIDE_API bool attempt() noexcept;
  ASIDE_API std::expected<unix_listener, std::error_code> result() noexcept;
  [[noreturn]] ASIDE_API void fail(int error) const;

 private:
  io_handle io_;
  listener_share state_;
  bound_path path_;
  unix_address where_;
  unix_options options_;
};

}  // namespace detail

/// A listening Unix stream socket. Move-only; when it dies it is closed and its path removed.
class [[nodiscard]] unix_listener : public detail::serving<unix_listener, unix_stream> {
 public:
  unix_listener() = default;
  unix_listener(detail::io_handle io, detail::listener_share state, detail::bound_path path,
                unix_options o) noexcept
      : io_(std::move(io)), state_(std::move(state)), options_(o), path_(std::move(path)) {}

  /// Listens at a path, or at "@name" in the abstract namespace. Completes at once. Errors:
  /// bind(2)'s: EADDRINUSE when the path is there already, whether or not somebody listens (see
  /// unix_options::replace_dead); ENOENT and EACCES of its folder; ENAMETOOLONG above 107 bytes;
  /// EMFILE. A relative path is removed relative to the folder that is current at the end.
  static detail::unix_listen_op bind(std::string_view where, unix_options o = {}) noexcept {
    return {where, o};
  }

  /// Waits for the next connection. One task at a time, and none beside a serve: as tcp_listener::accept.
  /// Stopping: none is lost, they stay in the backlog. Errors: accept(2)'s; those of a single peer are
  /// skipped, up to 64 in a row; EBADF of a listener that was closed, or is drained and has an empty backlog.
  detail::unix_accept_op accept() noexcept { return {io_, state_.get()}; }

  /// serve(fn, args...) accepts for ever: each connection becomes a supervised task
  /// fn(unix_stream, args...), with args, at most 4, copied for each. One accept loop, on the core that
  /// the listener is registered with, as the kernel does not share a path among sockets; the tasks run
  /// on any core, with options::descriptors_per_core on that one.
  ///
  /// Ends, limits and stopping: as tcp_listener::serve, with unix_options::max_connections.
  using serving::serve;
  /// As tcp_listener::serve_from.
  using serving::serve_from;

  /// Has `serve` end without losing a connection: further ones are refused (ECONNREFUSED), whatever
  /// waits in the backlog is still given to fn, the socket is closed, and serve returns when the last
  /// connection's task has ended. The path stays until the listener is closed or dies, or a successor
  /// takes it over (unix_options::replace_dead). From any task; returns at once. A serve that begins
  /// later ends so too, at once if the socket is closed by then.
  /// Where no serve goes on, `accept` gives what is in the backlog, then EBADF.
  void drain() noexcept { state_.drain(io_); }

  /// Closes it and removes its path: as tcp_listener::close.
  void close() noexcept {
    state_.expect_unserved();
    path_.remove();
    io_.close();
  }
  /// The descriptor, which stays its own; of copies: tcp_stream::native_handle.
  [[nodiscard]] int native_handle() const noexcept { return io_.fd(); }
  explicit operator bool() const noexcept { return io_.fd() >= 0; }

 private:
  friend struct detail::listener_access;
  detail::io_handle io_;
  detail::listener_share state_;
  unix_options options_;
  detail::bound_path path_;  // goes first
};

}  // namespace aside::inline ASIDE_ABI
