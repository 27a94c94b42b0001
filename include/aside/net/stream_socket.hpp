#pragma once
// stream_socket: what a connected socket can do whatever its addresses are, which is to be written to.

#include <aside/detail/bytes.hpp>
#include <aside/detail/write_array.hpp>
#include <aside/detail/written.hpp>
#include <aside/net/io_leaf.hpp>

#include <span>
#include <string_view>

namespace aside::inline ASIDE_ABI::detail {

class ASIDE_AWAIT_IT write_op : public transfer_op<write_op> {
 public:
  ASIDE_API write_op(const io_handle& io, std::span<const std::byte> from) noexcept;
  ASIDE_API bool attempt() noexcept;
  [[nodiscard]] std::size_t transferred() const noexcept { return count() - left_.size(); }

  interest* interest_;
  std::span<const std::byte> left_;
};

class ASIDE_AWAIT_IT write_some_op : public io_op<write_some_op> {
 public:
  ASIDE_API write_some_op(const io_handle& io, std::span<const std::byte> from) noexcept;
  ASIDE_API bool attempt() noexcept;
  std::expected<std::size_t, std::error_code> result() const noexcept {
    if (error_ != 0) return std::unexpected(code());
    return sent_;
  }
  [[nodiscard("it may have taken only a part: look at the number, or use write")]]
  std::size_t await_resume() { return io_op::await_resume(); }

  interest* interest_;
  std::span<const std::byte> from_;
  std::size_t sent_ = 0;
};

/// Several spans, one after the other.
class ASIDE_AWAIT_IT write_parts_op : public transfer_op<write_parts_op> {
 public:
  using part = std::span<const std::byte>;
  ASIDE_API write_parts_op(const io_handle& io, std::span<const part> parts) noexcept;
  ASIDE_API bool attempt() noexcept;

  interest* interest_;
  std::span<const part> left_;  // the first may be sent in part
  std::size_t of_first_ = 0;    // so much of it
};

class ASIDE_AWAIT_IT shutdown_op : public io_op<shutdown_op> {
 public:
  ASIDE_API explicit shutdown_op(const io_handle& io) noexcept;
  ASIDE_API bool attempt() noexcept;
  std::expected<void, std::error_code> result() const noexcept {
    if (error_ != 0) return std::unexpected(code());
    return {};
  }

  interest* interest_;
};

/// Base of tcp_stream and unix_stream: a connection that is written to. Move-only; closed when it dies.
class [[nodiscard]] stream_socket {
 public:
  /// Writes all of `from`, bytes or text, which stays valid until completion: of a buffer's first n bytes
  /// `std::span(buffer).first(n)`. Stopping: ends between two parts; the peer may have got a prefix. Errors:
  /// send(2)'s, with what had been taken by the kernel before (`transferred()`); EPIPE comes as an error,
  /// not a signal.
  write_op write(std::span<const std::byte> from ASIDE_BORROWED) noexcept { return {io_, from}; }
  write_op write(std::string_view from ASIDE_BORROWED) noexcept { return {io_, bytes_of(from)}; }
  template <char_span S>
  write_op write(S from ASIDE_BORROWED) noexcept {
    return {io_, bytes_of(from)};
  }
  /// The same, `write(from, &sent)`; however it ends, by a stop too, `sent` is then the number of bytes the
  /// kernel has taken. A null pointer is told nothing.
  counted_op<write_op> write(std::span<const std::byte> from ASIDE_BORROWED,
                             std::size_t* sent) noexcept {
    return {write(from), sent};
  }
  counted_op<write_op> write(std::string_view from ASIDE_BORROWED, std::size_t* sent) noexcept {
    return {write(from), sent};
  }
  template <char_span S>
  counted_op<write_op> write(S from ASIDE_BORROWED, std::size_t* sent) noexcept {
    return {write(from), sent};
  }

  /// Writes several pieces, bytes or text, one after the other: `write(head, body)`. As write, but up
  /// to 256 pieces share a system call. Copies nothing: the pieces stay valid until completion.
  template <bytes_or_text... P>
    requires(sizeof...(P) >= 2)
  write_array_op<sizeof...(P), write_parts_op> write(const P&... pieces ASIDE_BORROWED) noexcept {
    return write_array_op<sizeof...(P), write_parts_op>(write_parts_op(io_, {}), bytes_of(pieces)...);
  }
  /// The same for any number of them; `pieces` itself stays valid, too.
  write_parts_op write(
      std::span<const std::span<const std::byte>> pieces ASIDE_BORROWED) noexcept {
    return {io_, pieces};
  }
  counted_op<write_parts_op> write(
      std::span<const std::span<const std::byte>> pieces ASIDE_BORROWED,
      std::size_t* sent) noexcept {
    return {write(pieces), sent};
  }
  template <class... A>
    requires refused_write<A...>
  write_op write(A&&...) noexcept {
    refuse_write<A...>();
    return refused_value<write_op>();
  }

  /// Writes what finds room at once, at least one byte; 0 when `from` is empty. Stopping: nothing has
  /// been written. Errors: as write.
  write_some_op write_some(std::span<const std::byte> from ASIDE_BORROWED) noexcept {
    return {io_, from};
  }
  write_some_op write_some(std::string_view from ASIDE_BORROWED) noexcept {
    return {io_, bytes_of(from)};
  }
  template <char_span S>
  write_some_op write_some(S from ASIDE_BORROWED) noexcept {
    return {io_, bytes_of(from)};
  }
  template <class... A>
    requires refused_write_some<A...>
  write_some_op write_some(A&&...) noexcept {
    refuse_write<A...>();
    return refused_value<write_some_op>();
  }

  /// Tells the peer that nothing more will be written (TCP: FIN). Completes at once.
  shutdown_op shutdown() noexcept { return shutdown_op(io_); }

  void close() noexcept { io_.close(); }
  /// The descriptor, which stays this stream's. Nothing here knows of a copy (by dup, or that a child process
  /// inherits): on io_uring a stream that dies on another core than its own is shut down, for the copy too
  /// (docs/concepts/engines.md). Pass connections on by send_fd (of a unix_stream) instead.
  [[nodiscard]] int native_handle() const noexcept { return io_.fd(); }
  explicit operator bool() const noexcept { return io_.fd() >= 0; }

 protected:
  stream_socket() = default;
  explicit stream_socket(io_handle io) noexcept : io_(std::move(io)) {}

  io_handle io_;
};

}  // namespace aside::inline ASIDE_ABI::detail
