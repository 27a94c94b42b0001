#pragma once
// udp_socket: datagrams to and from IP addresses.

#include <aside/net/chunk.hpp>
#include <aside/net/io_leaf.hpp>
#include <aside/net/socket_address.hpp>

#include <source_location>
#include <span>
#include <string_view>

namespace aside::inline ASIDE_ABI {

class udp_socket;

/// How a UDP socket is set up.
class udp_options {
 public:
  udp_options() = default;
  /// Whether several sockets may be bound to the same address; the kernel then deals the peers out
  /// among them. Default false.
  udp_options& share_port(bool yes) noexcept {
    share_port_ = yes;
    return *this;
  }
  [[nodiscard]] bool share_port() const noexcept { return share_port_; }

 private:
  bool share_port_ = false;
};

/// What `recv_from` has put into the caller's buffer.
class received_from {
 public:
  received_from() = default;
  received_from(std::size_t room, std::size_t sent, const socket_address& sender) noexcept
      : room_(room), sent_(sent), sender_(sender) {}
  /// Bytes in the buffer.
  [[nodiscard]] std::size_t size() const noexcept { return sent_ < room_ ? sent_ : room_; }
  /// Bytes that were sent: those beyond the buffer are lost.
  [[nodiscard]] std::size_t sent_size() const noexcept { return sent_; }
  [[nodiscard]] bool truncated() const noexcept { return sent_ > room_; }
  [[nodiscard]] const socket_address& sender() const noexcept { return sender_; }

 private:
  std::size_t room_ = 0;
  std::size_t sent_ = 0;
  socket_address sender_;
};

/// A datagram in a buffer that the runtime lends. Move-only. Unlike the end of a stream, no bytes
/// are a message too.
class datagram {
 public:
  datagram() = default;
  datagram(chunk bytes, std::size_t sent, const socket_address& sender) noexcept
      : bytes_(std::move(bytes)), sent_(sent), sender_(sender) {}
  [[nodiscard]] std::span<const std::byte> operator*() const noexcept { return *bytes_; }
  [[nodiscard]] std::string_view text() const noexcept { return bytes_.text(); }
  [[nodiscard]] std::size_t size() const noexcept { return bytes_.size(); }
  [[nodiscard]] std::size_t sent_size() const noexcept { return sent_; }
  /// It was longer than a chunk's capacity; the rest is lost.
  [[nodiscard]] bool truncated() const noexcept { return sent_ > bytes_.size(); }
  [[nodiscard]] const socket_address& sender() const noexcept { return sender_; }

 private:
  chunk bytes_;
  std::size_t sent_ = 0;
  socket_address sender_;
};

namespace detail {

/// bind and connect.
class ASIDE_AWAIT_IT udp_open_op : public io_op<udp_open_op> {
 public:
  ASIDE_API udp_open_op(const leaf_ops& how, std::string_view local, std::string_view peer,
                        udp_options o) noexcept;
  ASIDE_API static udp_open_op bind(std::string_view where, udp_options o) noexcept;
  ASIDE_API static udp_open_op connect(std::string_view to, std::string_view from,
                                       udp_options o) noexcept;
  ASIDE_API bool attempt() noexcept;
  ASIDE_API std::expected<udp_socket, std::error_code> result() noexcept;
  [[noreturn]] ASIDE_API void fail(int error) const;

 private:
  enum class blame : std::uint8_t { local, peer, text };
  int open(host& h) noexcept;

  io_handle io_;
  socket_address local_;
  socket_address peer_;
  blame blame_ = blame::local;  // whose fault an error is
  std::uint8_t text_size_ = 0;
  char text_[28] = {};  // the beginning of a text that is no address
  udp_options options_;
};

class ASIDE_AWAIT_IT recv_from_op : public io_op<recv_from_op> {
 public:
  ASIDE_API recv_from_op(const io_handle& io, std::span<std::byte> into) noexcept;
  ASIDE_API bool attempt() noexcept;
  std::expected<received_from, std::error_code> result() const noexcept {
    if (error_ != 0) return std::unexpected(code());
    return received_from(into_.size(), sent_, sender_);
  }

  interest* interest_;
  std::span<std::byte> into_;
  std::size_t sent_ = 0;
  socket_address sender_;
};

class ASIDE_AWAIT_IT receive_datagram_op : public io_op<receive_datagram_op> {
 public:
  ASIDE_API explicit receive_datagram_op(const io_handle& io) noexcept;
  ASIDE_API bool attempt() noexcept;
  std::expected<datagram, std::error_code> result() noexcept {
    if (error_ != 0) return std::unexpected(code());
    return datagram(std::move(chunk_), sent_, sender_);
  }

  interest* interest_;
  chunk chunk_;
  std::size_t sent_ = 0;
  socket_address sender_;
};

class ASIDE_AWAIT_IT send_to_op : public io_op<send_to_op> {
 public:
  ASIDE_API send_to_op(const io_handle& io, std::span<const std::byte> bytes,
                       const socket_address& to) noexcept;
  ASIDE_API bool attempt() noexcept;
  std::expected<void, std::error_code> result() const noexcept {
    if (error_ != 0) return std::unexpected(code());
    return {};
  }
  [[noreturn]] ASIDE_API void fail(int error) const;

  interest* interest_;
  std::span<const std::byte> bytes_;
  socket_address to_;  // nobody: the socket's peer
};

}  // namespace detail

/// A UDP socket. Move-only; closed when it dies. At most one receive and one send at a time, each
/// from any task.
class [[nodiscard]] udp_socket {
 public:
  udp_socket() = default;
  explicit udp_socket(detail::io_handle io) noexcept : io_(std::move(io)) {}

  /// Takes datagrams for "address:port" (numeric); port 0 lets the kernel choose. Completes at
  /// once. Errors: bind(2)'s; a port that somebody else uses is EADDRINUSE, a text that is no
  /// numeric address with a port is EINVAL.
  static detail::udp_open_op bind(std::string_view where, udp_options o = {}) noexcept {
    return detail::udp_open_op::bind(where, o);
  }
  /// A socket that sends to `to` only and receives from it only. Nothing is exchanged, so nobody
  /// need be there. `from`, if given, is its own address and port. Completes at once. Errors: as
  /// bind, and connect(2)'s.
  static detail::udp_open_op connect(std::string_view to, std::string_view from = {},
                                     udp_options o = {}) noexcept {
    return detail::udp_open_op::connect(to, from, o);
  }

  /// Waits for a datagram and puts it into `into`, which stays valid until completion. What is
  /// longer than `into` is cut off, and the result says so. Stopping: ends the wait; no datagram is
  /// lost, it stays in the socket. Errors: recvmsg(2)'s. A connected socket is told when its peer
  /// refuses (ECONNREFUSED), of something sent earlier; the socket stays usable.
  detail::recv_from_op recv_from(std::span<std::byte> into) noexcept { return {io_, into}; }
  /// The same into a pooled buffer that is taken when the datagram is there; chunk::capacity bytes.
  detail::receive_datagram_op receive() noexcept { return detail::receive_datagram_op(io_); }

  /// Sends one datagram; `bytes` stay valid until completion, which says nothing of its arrival.
  /// None is sent in part. Waits while the socket's buffer is full. Stopping: sends nothing.
  /// Errors: sendmsg(2)'s: EMSGSIZE when it is too long; with a connected socket also what has
  /// become of an earlier one (ECONNREFUSED): this one was not sent then.
  detail::send_to_op send_to(std::span<const std::byte> bytes ASIDE_BORROWED,
                             const socket_address& to) noexcept {
    return {io_, bytes, to};
  }
  detail::send_to_op send_to(std::string_view text ASIDE_BORROWED,
                             const socket_address& to) noexcept {
    return {io_, std::as_bytes(std::span<const char>(text.data(), text.size())), to};
  }
  /// The same to the peer of a connected socket (EDESTADDRREQ without one).
  detail::send_to_op send(std::span<const std::byte> bytes ASIDE_BORROWED) noexcept {
    return {io_, bytes, {}};
  }
  detail::send_to_op send(std::string_view text ASIDE_BORROWED) noexcept {
    return send_to(text, {});
  }

  /// Where it is bound; nobody when it is closed.
  [[nodiscard]] ASIDE_API socket_address local_address(
      std::source_location at = std::source_location::current()) const noexcept;
  [[nodiscard]] std::uint16_t port(
      std::source_location at = std::source_location::current()) const noexcept {
    return local_address(at).port();
  }
  void close() noexcept { io_.close(); }
  /// The descriptor, which stays its own; of copies: tcp_stream::native_handle.
  [[nodiscard]] int native_handle() const noexcept { return io_.fd(); }
  explicit operator bool() const noexcept { return io_.fd() >= 0; }

 private:
  detail::io_handle io_;
};

}  // namespace aside::inline ASIDE_ABI
