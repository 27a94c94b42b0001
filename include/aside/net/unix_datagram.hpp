#pragma once
// unix_datagram: messages within this machine, which keep their bounds and can carry descriptors.

#include <aside/net/fd_op.hpp>
#include <aside/net/unix_address.hpp>
#include <aside/net/unix_listening.hpp>

#include <span>
#include <string_view>
#include <utility>

namespace aside::inline ASIDE_ABI {

class unix_datagram;

/// What `recv_from` has put into the caller's buffer.
class unix_received {
 public:
  unix_received() = default;
  unix_received(std::size_t room, std::size_t sent, const unix_address& sender) noexcept
      : room_(room), sent_(sent), sender_(sender) {}
  [[nodiscard]] std::size_t size() const noexcept { return sent_ < room_ ? sent_ : room_; }
  /// Bytes that were sent: those beyond the buffer are lost.
  [[nodiscard]] std::size_t sent_size() const noexcept { return sent_; }
  [[nodiscard]] bool truncated() const noexcept { return sent_ > room_; }
  /// Empty for a sender that is bound to nothing: it cannot be answered.
  [[nodiscard]] const unix_address& sender() const noexcept { return sender_; }

 private:
  std::size_t room_ = 0;
  std::size_t sent_ = 0;
  unix_address sender_;
};

namespace detail {

/// bind, open and connect.
class ASIDE_AWAIT_IT unix_datagram_op : public io_op<unix_datagram_op> {
 public:
  ASIDE_API static unix_datagram_op bind(std::string_view where, unix_options o) noexcept;
  ASIDE_API static unix_datagram_op open() noexcept;
  ASIDE_API static unix_datagram_op connect(std::string_view to) noexcept;
  ASIDE_API bool attempt() noexcept;
  ASIDE_API std::expected<unix_datagram, std::error_code> result() noexcept;
  [[noreturn]] ASIDE_API void fail(int error) const;

 private:
  unix_datagram_op(const leaf_ops& how, const unix_address& of, unix_options o) noexcept
      : io_op(how), name_(of), options_(o) {}
  int open_socket(host& h) noexcept;

  io_handle io_;
  bound_path path_;
  unix_address name_;
  unix_options options_;
};

class ASIDE_AWAIT_IT unix_datagram_pair_op : public io_op<unix_datagram_pair_op> {
 public:
  ASIDE_API unix_datagram_pair_op() noexcept;
  ASIDE_API bool attempt() noexcept;
  ASIDE_API std::expected<std::pair<unix_datagram, unix_datagram>, std::error_code>
  result() noexcept;

 private:
  io_handle first_;
  io_handle second_;
};

class ASIDE_AWAIT_IT unix_recv_from_op : public io_op<unix_recv_from_op> {
 public:
  ASIDE_API unix_recv_from_op(const io_handle& io, std::span<std::byte> into) noexcept;
  ASIDE_API bool attempt() noexcept;
  std::expected<unix_received, std::error_code> result() const noexcept {
    if (error_ != 0) return std::unexpected(code());
    return unix_received(into_.size(), sent_, sender_);
  }

  interest* interest_;
  std::span<std::byte> into_;
  std::size_t sent_ = 0;
  unix_address sender_;
};

class ASIDE_AWAIT_IT unix_send_op : public io_op<unix_send_op> {
 public:
  ASIDE_API unix_send_op(const io_handle& io, std::span<const std::byte> bytes) noexcept;
  ASIDE_API bool attempt() noexcept;
  std::expected<void, std::error_code> result() const noexcept {
    if (error_ != 0) return std::unexpected(code());
    return {};
  }

  interest* interest_;
  std::span<const std::byte> bytes_;
};

/// Completes at once: the kernel does not say when somebody else's queue has room again.
class ASIDE_AWAIT_IT unix_send_to_op : public io_op<unix_send_to_op> {
 public:
  ASIDE_API unix_send_to_op(const io_handle& io, std::span<const std::byte> bytes,
                            std::string_view to) noexcept;
  ASIDE_API bool attempt() noexcept;
  std::expected<void, std::error_code> result() const noexcept {
    if (error_ != 0) return std::unexpected(code());
    return {};
  }
  [[noreturn]] ASIDE_API void fail(int error) const;

  interest* interest_;
  std::span<const std::byte> bytes_;
  unix_address to_;
};

}  // namespace detail

/// A Unix datagram socket. Move-only; when it dies it is closed, and the path that it is bound to
/// removed. At most one receive and one send at a time, each from any task. Unlike over UDP no
/// message is lost on the way: a full queue makes the sender wait.
class [[nodiscard]] unix_datagram {
 public:
  unix_datagram() = default;
  unix_datagram(detail::io_handle io, detail::bound_path path) noexcept
      : io_(std::move(io)), path_(std::move(path)) {}

  /// Takes messages at a path, or at "@name" in the abstract namespace. Completes at once. Errors:
  /// as unix_listener::bind.
  static detail::unix_datagram_op bind(std::string_view where, unix_options o = {}) noexcept {
    return detail::unix_datagram_op::bind(where, o);
  }
  /// One that is bound to nothing: it can send, and cannot be answered. Completes at once.
  static detail::unix_datagram_op open() noexcept { return detail::unix_datagram_op::open(); }
  /// The same, for one receiver. Completes at once. Errors: as unix_stream::connect.
  static detail::unix_datagram_op connect(std::string_view to) noexcept {
    return detail::unix_datagram_op::connect(to);
  }
  /// Two that are connected to each other. Completes at once.
  static detail::unix_datagram_pair_op pair() noexcept { return {}; }

  /// Waits for a message and puts it into `into`, which stays valid until completion. What is
  /// longer is cut off, and the result says so; descriptors that come along are closed. Stopping:
  /// ends the wait; no message is lost. Errors: recvmsg(2)'s.
  detail::unix_recv_from_op recv_from(std::span<std::byte> into) noexcept { return {io_, into}; }

  /// Sends one message to a path or "@name"; whole or not at all. Completes at once. `bytes` stay
  /// valid until then. Errors: sendmsg(2)'s: EAGAIN when the receiver's queue is full, as the
  /// kernel does not say when it has room again (`send` waits); ENOENT, ECONNREFUSED when there is
  /// no receiver; EMSGSIZE.
  detail::unix_send_to_op send_to(std::span<const std::byte> bytes ASIDE_BORROWED,
                                  std::string_view to) noexcept {
    return {io_, bytes, to};
  }
  detail::unix_send_to_op send_to(std::string_view text ASIDE_BORROWED,
                                  std::string_view to) noexcept {
    return {io_, std::as_bytes(std::span<const char>(text.data(), text.size())), to};
  }
  /// Sends one message to the receiver that this is connected to, and waits while its queue is
  /// full. Stopping: sends nothing. Errors: sendmsg(2)'s: ENOTCONN, ECONNREFUSED when the receiver
  /// has gone.
  detail::unix_send_op send(std::span<const std::byte> bytes ASIDE_BORROWED) noexcept {
    return {io_, bytes};
  }
  detail::unix_send_op send(std::string_view text ASIDE_BORROWED) noexcept {
    return send(std::as_bytes(std::span<const char>(text.data(), text.size())));
  }

  /// The same with a copy of `fd`, and at least one byte. Stopping: sends nothing.
  detail::send_fd_op send_fd(int fd, std::span<const std::byte> with ASIDE_BORROWED) noexcept {
    return {io_, fd, with};
  }
  detail::send_fd_op send_fd(
      int fd, std::string_view with ASIDE_BORROWED = std::string_view("\0", 1)) noexcept {
    return send_fd(fd, std::as_bytes(std::span<const char>(with.data(), with.size())));
  }
  /// Waits for a message of at most chunk::capacity bytes and takes the descriptor that comes with
  /// it, if one does (close-on-exec). Stopping: ends the wait; message and descriptor stay in the
  /// socket. Descriptors that can't be given out are closed, and the message says so.
  detail::receive_fd_op receive_fd() noexcept { return detail::receive_fd_op(io_); }

  void close() noexcept {
    path_.remove();
    io_.close();
  }
  /// The descriptor, which stays its own; of copies: tcp_stream::native_handle.
  [[nodiscard]] int native_handle() const noexcept { return io_.fd(); }
  explicit operator bool() const noexcept { return io_.fd() >= 0; }

 private:
  detail::io_handle io_;
  detail::bound_path path_;  // goes first
};

}  // namespace aside::inline ASIDE_ABI
