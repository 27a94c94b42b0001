#pragma once
// tcp_listener, but for the body of serve (see tcp_listener.hpp).

#include <aside/net/tcp_stream.hpp>

namespace aside::inline ASIDE_ABI {

class tcp_listener;

/// How a listener is set up.
class listen_options {
 public:
  listen_options() = default;
  /// Connections that the kernel keeps until they are accepted. Default 4096.
  listen_options& backlog(int n) noexcept {
    backlog_ = n;
    return *this;
  }
  [[nodiscard]] int backlog() const noexcept { return backlog_; }

 private:
  int backlog_ = 4096;
};

namespace detail {

class ASIDE_AWAIT_IT accept_op : public io_op<accept_op> {
 public:
  ASIDE_API explicit accept_op(const io_handle& io) noexcept;
  ASIDE_API bool attempt() noexcept;
  ASIDE_API std::expected<tcp_stream, std::error_code> result() noexcept;

  interest* interest_;
  io_handle accepted_;
};

class ASIDE_AWAIT_IT bind_op : public io_op<bind_op> {
 public:
  ASIDE_API bind_op(std::string_view where, listen_options o) noexcept;
  ASIDE_API bool attempt() noexcept;
  ASIDE_API std::expected<tcp_listener, std::error_code> result() noexcept;
  [[noreturn]] ASIDE_API void fail(int error) const;

  io_handle io_;
  connect_op::address where_;
  listen_options options_;
};

}  // namespace detail

/// A listening TCP socket. Move-only; closed when it dies.
class [[nodiscard]] tcp_listener {
  using at = std::source_location;

 public:
  tcp_listener() = default;
  explicit tcp_listener(detail::io_handle io, listen_options o) noexcept
      : io_(std::move(io)), options_(o) {}

  /// Listens on "address:port" (numeric); port 0 lets the kernel choose. A port that somebody else
  /// listens on is an error (EADDRINUSE), and so is a text that is no such address (EINVAL).
  /// Completes at once.
  static detail::bind_op bind(std::string_view where, listen_options o = {}) noexcept {
    return {where, o};
  }

  /// Waits for the next connection. One task at a time. Stopping: none is lost, they stay in the
  /// backlog. Errors: accept(2)'s; those of a single peer (reset before it was accepted) are skipped.
  detail::accept_op accept() noexcept { return detail::accept_op(io_); }

  /// Accepts for ever: each connection becomes a supervised task fn(tcp_stream, args...), with
  /// args, at most 4, copied for each. One accept loop, with a socket of its own, on every core. Short of
  /// descriptors or memory it waits and goes on. Ends only by a stop or by losing the listener.
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
  /// serve with a site given by the caller, and any number of arguments.
  template <class F, class... A>
  task<> serve_from(std::source_location site, F fn, A... args);

  [[nodiscard]] ASIDE_API std::uint16_t port() const noexcept;
  [[nodiscard]] int native_handle() const noexcept { return io_.fd(); }

  /// For serve: a second socket on the same address, registered with the calling core.
  [[nodiscard]] ASIDE_API tcp_listener sibling() const;

 private:
  detail::io_handle io_;
  listen_options options_;
};

}  // namespace aside::inline ASIDE_ABI
