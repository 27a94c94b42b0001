#pragma once
// unix_stream: a connection within this machine, which can also carry descriptors.

#include <aside/detail/written.hpp>
#include <aside/net/byte_op.hpp>
#include <aside/net/fd_op.hpp>
#include <aside/net/stream_socket.hpp>
#include <aside/net/unix_address.hpp>

#include <source_location>
#include <string_view>
#include <utility>

namespace aside::inline ASIDE_ABI {

class unix_stream;

/// Who is at the other end of a Unix stream, as of its connect or listen.
class peer_credentials {
 public:
  peer_credentials(int p, unsigned u, unsigned g) noexcept : pid(p), uid(u), gid(g) {}
  int pid;
  unsigned uid;
  unsigned gid;
};

namespace detail {

class ASIDE_AWAIT_IT unix_connect_op : public io_op<unix_connect_op> {
 public:
  ASIDE_API explicit unix_connect_op(std::string_view to) noexcept;
  ASIDE_API bool attempt() noexcept;
  ASIDE_API std::expected<unix_stream, std::error_code> result() noexcept;
  [[noreturn]] ASIDE_API void fail(int error) const;

 private:
  io_handle io_;
  unix_address to_;
};

class ASIDE_AWAIT_IT unix_pair_op : public io_op<unix_pair_op> {
 public:
  ASIDE_API unix_pair_op() noexcept;
  ASIDE_API bool attempt() noexcept;
  ASIDE_API std::expected<std::pair<unix_stream, unix_stream>, std::error_code> result() noexcept;

 private:
  io_handle first_;
  io_handle second_;
};

}  // namespace detail

/// A connected Unix stream socket. Move-only; closed when it dies. At most one read and one write
/// at a time, each from any task. write, write_some, shutdown and close are stream_socket's.
class [[nodiscard]] unix_stream : public detail::stream_socket {
 public:
  unix_stream() = default;
  explicit unix_stream(detail::io_handle io) noexcept : stream_socket(std::move(io)) {}

  /// Connects to a path, or to "@name" in the abstract namespace. Completes at once. Stopping:
  /// opens nothing. Errors: connect(2)'s: ENOENT, ECONNREFUSED when nobody listens there any more,
  /// EACCES; EAGAIN when the listener's backlog is full, as the kernel does not say when it has
  /// room again; ENAMETOOLONG, EINVAL for the path.
  static detail::unix_connect_op connect(std::string_view to) noexcept {
    return detail::unix_connect_op(to);
  }
  /// Two ends of one connection: `auto [a, b] = co_await unix_stream::pair();`. Completes at once.
  static detail::unix_pair_op pair() noexcept { return {}; }

  /// Waits for bytes, holding no buffer meanwhile; false at the end of the stream. Descriptors that
  /// come along are closed: where they are expected, read with receive_fd only. Stopping: ends the
  /// wait; no byte is lost, it stays in the socket. Errors: recvmsg(2)'s.
  detail::byte_receive_op receive() noexcept { return {io_, kind}; }
  /// Reads what there is, at least one byte, into `into`; 0 at the end of the stream (or when
  /// `into` is empty). `into` stays valid until completion. Stopping and descriptors: as receive.
  detail::byte_read_op read_some(std::span<std::byte> into) noexcept { return {io_, kind, into}; }
  detail::byte_read_op read_some(std::span<char> into) noexcept {
    return read_some(detail::room_of(into));
  }
  template <class Into, detail::length N>
  detail::byte_read_op read_some(Into&&, N&&) noexcept {
    detail::refuse_read<Into, N>();
    return detail::refused_value<detail::byte_read_op>();
  }

  /// Reads until `into` is full; it stays valid until completion and may be empty. Stopping: what has
  /// been read is in `into`, and lost with it unless the caller counts. Errors: recvmsg(2)'s, and
  /// errc::end_of_stream; each says how many bytes had come (`transferred()`). Descriptors: as receive.
  detail::byte_read_exact_op read_exact(std::span<std::byte> into) noexcept {
    return {io_, kind, into};
  }
  detail::byte_read_exact_op read_exact(std::span<char> into) noexcept {
    return read_exact(detail::room_of(into));
  }
  /// The same, `read_exact(into, &got)`; however it ends, by a stop too, `got` is then the number of bytes
  /// that have come. A null pointer is told nothing.
  detail::counted_op<detail::byte_read_exact_op> read_exact(std::span<std::byte> into,
                                                            std::size_t* got) noexcept {
    return {read_exact(into), got};
  }
  detail::counted_op<detail::byte_read_exact_op> read_exact(std::span<char> into,
                                    std::size_t* got) noexcept {
    return read_exact(detail::room_of(into), got);
  }
  template <class Into, detail::length N>
  detail::byte_read_exact_op read_exact(Into&&, N&&) noexcept {
    detail::refuse_read<Into, N>();
    return detail::refused_value<detail::byte_read_exact_op>();
  }

  /// Writes all of `with`, at least one byte, and passes a copy of `fd` with its first; both stay
  /// valid until completion. The caller still owns `fd` and may close it then. Stopping: the peer
  /// may have got the descriptor, with a prefix of the bytes. Errors: sendmsg(2)'s; EBADF also when
  /// `fd` is no descriptor, ETOOMANYREFS.
  detail::send_fd_op send_fd(int fd, std::span<const std::byte> with ASIDE_BORROWED) noexcept {
    return {io_, fd, with};
  }
  detail::send_fd_op send_fd(
      int fd, std::string_view with ASIDE_BORROWED = std::string_view("\0", 1)) noexcept {
    return send_fd(fd, std::as_bytes(std::span<const char>(with.data(), with.size())));
  }
  /// Waits for bytes and takes the descriptor that comes with them, if one does (close-on-exec).
  /// Bytes that were written before, without a descriptor, may come in front of its own in one
  /// chunk; none that were written after. Stopping: ends the wait; bytes and descriptor stay in the
  /// socket. Errors: recvmsg(2)'s. Descriptors that can't be given out are closed, and the message
  /// says so.
  detail::receive_fd_op receive_fd() noexcept { return detail::receive_fd_op(io_); }

  /// Throws std::system_error (EBADF when it is closed).
  [[nodiscard]] ASIDE_API peer_credentials peer(
      std::source_location at = std::source_location::current()) const;

 private:
  static constexpr auto kind = detail::byte_kind::unix_socket;
};

}  // namespace aside::inline ASIDE_ABI
