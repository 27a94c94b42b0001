#pragma once
// unix_listener: where connections within this machine arrive.

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
  [[nodiscard]] int backlog() const noexcept { return backlog_; }
  [[nodiscard]] bool replace_dead() const noexcept { return replace_dead_; }
  /// Negative: not given.
  [[nodiscard]] int mode() const noexcept { return mode_; }

 private:
  int backlog_ = 4096;
  int mode_ = -1;
  bool replace_dead_ = false;
};

namespace detail {

class ASIDE_AWAIT_IT unix_accept_op : public io_op<unix_accept_op> {
 public:
  ASIDE_API explicit unix_accept_op(const io_handle& io) noexcept;
  ASIDE_API bool attempt() noexcept;
  ASIDE_API std::expected<unix_stream, std::error_code> result() noexcept;

  interest* interest_;
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
  bound_path path_;
  unix_address where_;
  unix_options options_;
};

}  // namespace detail

/// A listening Unix stream socket. Move-only; when it dies it is closed and its path removed.
class [[nodiscard]] unix_listener {
 public:
  unix_listener() = default;
  unix_listener(detail::io_handle io, detail::bound_path path) noexcept
      : io_(std::move(io)), path_(std::move(path)) {}

  /// Listens at a path, or at "@name" in the abstract namespace. Completes at once. Errors:
  /// bind(2)'s: EADDRINUSE when the path is there already, whether or not somebody listens (see
  /// unix_options::replace_dead); ENOENT and EACCES of its folder; ENAMETOOLONG above 107 bytes;
  /// EMFILE. A relative path is removed relative to the folder that is current at the end.
  static detail::unix_listen_op bind(std::string_view where, unix_options o = {}) noexcept {
    return {where, o};
  }

  /// Waits for the next connection. One task at a time. Stopping: none is lost, they stay in the
  /// backlog. Errors: accept(2)'s.
  detail::unix_accept_op accept() noexcept { return detail::unix_accept_op(io_); }

  void close() noexcept {
    path_.remove();
    io_.close();
  }
  [[nodiscard]] int native_handle() const noexcept { return io_.fd(); }
  explicit operator bool() const noexcept { return io_.fd() >= 0; }

 private:
  detail::io_handle io_;
  detail::bound_path path_;  // goes first
};

}  // namespace aside::inline ASIDE_ABI
