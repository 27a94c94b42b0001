#pragma once
// Pipes: bytes one way, between processes and within one; stdin and stdout.

#include <aside/detail/written.hpp>
#include <aside/net/byte_op.hpp>
#include <aside/net/stream_socket.hpp>

#include <string_view>
#include <utility>

namespace aside::inline ASIDE_ABI {

class pipe_reader;
class pipe_writer;

namespace detail {

class ASIDE_AWAIT_IT pipe_op : public io_op<pipe_op> {
 public:
  ASIDE_API pipe_op() noexcept;
  ASIDE_API bool attempt() noexcept;
  ASIDE_API std::expected<std::pair<pipe_reader, pipe_writer>, std::error_code> result() noexcept;

 private:
  io_handle reader_;
  io_handle writer_;
};

/// Opens what `of` refers to once more; false: no host, try again on one.
ASIDE_API bool open_copy(int of, bool for_writing, io_handle& into, byte_kind& kind,
                         int& error) noexcept;
[[noreturn]] ASIDE_API void throw_at_descriptor(int error, const char* operation, int fd);

template <class End>
class ASIDE_AWAIT_IT open_copy_op : public io_op<open_copy_op<End>> {
 public:
  explicit open_copy_op(int of) noexcept : io_op<open_copy_op>(protocol), of_(of) {}
  bool attempt() noexcept { return open_copy(of_, End::writes, io_, kind_, this->error_); }
  std::expected<End, std::error_code> result() noexcept {
    if (this->error_ != 0) return std::unexpected(this->code());
    return End(std::move(io_), kind_);
  }
  [[noreturn]] void fail(int error) const { throw_at_descriptor(error, protocol.name, of_); }

 private:
  static armed arm(leaf& l, host&, bool stop) noexcept {
    if (stop) return armed::stopped;
    static_cast<void>(static_cast<open_copy_op&>(l).attempt());
    return armed::ready;
  }
  static bool cancel(leaf&) noexcept { return false; }
  static constexpr leaf_ops protocol{&arm, &cancel, End::opening};

  io_handle io_;
  int of_;
  byte_kind kind_ = byte_kind::pipe;
};

}  // namespace detail

/// The end of a pipe that bytes come out of. Move-only; closed when it dies. One read at a time,
/// from any task.
class [[nodiscard]] pipe_reader {
 public:
  static constexpr bool writes = false;
  static constexpr const char* opening = "pipe_reader::from";

  pipe_reader() = default;
  pipe_reader(detail::io_handle io, detail::byte_kind kind) noexcept
      : io_(std::move(io)), kind_(kind) {}

  /// Reads what `fd` reads: the standard input, or a pipe, FIFO, terminal or socket from elsewhere.
  /// `fd` stays the caller's. Completes at once.
  ///
  /// A pipe, FIFO or terminal is opened once more (by /proc), so that `fd` and everybody who shares
  /// it go on blocking as before. Where that can't be done it is made non-blocking *for everybody
  /// who shares it*, a shell included, and stays so: other processes may then read EAGAIN. A socket
  /// is left as it is.
  ///
  /// Errors: EPERM for a regular file or another one that is always ready: read it in `blocking`;
  /// EBADF when it is closed or not open for reading; open(2)'s.
  static detail::open_copy_op<pipe_reader> from(int fd) noexcept {
    return detail::open_copy_op<pipe_reader>(fd);
  }

  /// Waits for bytes, holding no buffer meanwhile; false when all writers have closed. Stopping:
  /// ends the wait; no byte is lost. Errors: read(2)'s.
  detail::byte_receive_op receive() noexcept { return {io_, kind_}; }
  /// Reads what there is, at least one byte, into `into`, which stays valid until completion; 0 at
  /// the end (or when `into` is empty). Stopping: as receive.
  detail::byte_read_op read_some(std::span<std::byte> into) noexcept { return {io_, kind_, into}; }
  detail::byte_read_op read_some(std::span<char> into) noexcept {
    return read_some(detail::room_of(into));
  }
  template <class Into, detail::length N>
  detail::byte_read_op read_some(Into&&, N&&) noexcept {
    detail::refuse_read<Into, N>();
    return detail::refused_value<detail::byte_read_op>();
  }
  /// Reads until `into` is full; it stays valid until completion and may be empty. Stopping: what has
  /// been read is in `into`, and lost with it unless the caller counts. Errors: read(2)'s, and
  /// errc::end_of_stream; each says how many bytes had come (`transferred()`).
  detail::byte_read_exact_op read_exact(std::span<std::byte> into) noexcept {
    return {io_, kind_, into};
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

  void close() noexcept { io_.close(); }
  [[nodiscard]] int native_handle() const noexcept { return io_.fd(); }
  explicit operator bool() const noexcept { return io_.fd() >= 0; }

 private:
  detail::io_handle io_;
  detail::byte_kind kind_ = detail::byte_kind::pipe;
};

/// The end of a pipe that bytes go into. Move-only; closed when it dies: the reader then comes to
/// the end. One write at a time, from any task.
class [[nodiscard]] pipe_writer {
 public:
  static constexpr bool writes = true;
  static constexpr const char* opening = "pipe_writer::from";

  pipe_writer() = default;
  pipe_writer(detail::io_handle io, detail::byte_kind kind) noexcept
      : io_(std::move(io)), kind_(kind) {}

  /// Writes where `fd` writes; as pipe_reader::from. What stdio has buffered is not written.
  static detail::open_copy_op<pipe_writer> from(int fd) noexcept {
    return detail::open_copy_op<pipe_writer>(fd);
  }

  /// Writes all of `from`, which stays valid until completion; waits while the pipe is full. Writes
  /// of several processes are mixed in parts of at least 4096 bytes. Stopping: ends between two
  /// parts; the reader may have got a prefix. Errors: write(2)'s, with what had been taken by the
  /// kernel before (`transferred()`); EPIPE, when nobody reads any more, comes as an error and never
  /// as a signal.
  detail::byte_write_op write(std::span<const std::byte> from ASIDE_BORROWED) noexcept {
    return {io_, kind_, from};
  }
  detail::byte_write_op write(std::string_view from ASIDE_BORROWED) noexcept {
    return write(detail::bytes_of(from));
  }
  template <detail::char_span S>
  detail::byte_write_op write(S from ASIDE_BORROWED) noexcept {
    return write(detail::bytes_of(from));
  }
  /// The same, `write(from, &sent)`; however it ends, by a stop too, `sent` is then the number of bytes the
  /// kernel has taken. A null pointer is told nothing.
  detail::counted_op<detail::byte_write_op> write(std::span<const std::byte> from ASIDE_BORROWED,
                                                  std::size_t* sent) noexcept {
    return {write(from), sent};
  }
  detail::counted_op<detail::byte_write_op> write(std::string_view from ASIDE_BORROWED,
                                                  std::size_t* sent) noexcept {
    return {write(from), sent};
  }
  template <detail::char_span S>
  detail::counted_op<detail::byte_write_op> write(S from ASIDE_BORROWED,
                                                  std::size_t* sent) noexcept {
    return {write(from), sent};
  }
  /// Writes several pieces, bytes or text, one after the other, up to 256 in one system call:
  /// `write(head, body)`. As write; the pieces stay valid until completion.
  template <detail::bytes_or_text... P>
    requires(sizeof...(P) >= 2)
  detail::write_array_op<sizeof...(P), detail::byte_write_parts_op> write(
      const P&... pieces ASIDE_BORROWED) noexcept {
    return detail::write_array_op<sizeof...(P), detail::byte_write_parts_op>(
        detail::byte_write_parts_op(io_, kind_, {}), detail::bytes_of(pieces)...);
  }
  /// The same for any number of them; `pieces` itself stays valid, too.
  detail::byte_write_parts_op write(
      std::span<const std::span<const std::byte>> pieces ASIDE_BORROWED) noexcept {
    return {io_, kind_, pieces};
  }
  detail::counted_op<detail::byte_write_parts_op> write(
      std::span<const std::span<const std::byte>> pieces ASIDE_BORROWED,
      std::size_t* sent) noexcept {
    return {write(pieces), sent};
  }
  template <class... A>
    requires detail::refused_write<A...>
  detail::byte_write_op write(A&&...) noexcept {
    detail::refuse_write<A...>();
    return detail::refused_value<detail::byte_write_op>();
  }
  /// Writes what finds room at once, at least one byte, and gives how many; 0 when `from` is empty.
  /// Stopping: nothing has been written. Errors: as write.
  detail::byte_write_some_op write_some(std::span<const std::byte> from ASIDE_BORROWED) noexcept {
    return {io_, kind_, from};
  }
  detail::byte_write_some_op write_some(std::string_view from ASIDE_BORROWED) noexcept {
    return write_some(detail::bytes_of(from));
  }
  template <detail::char_span S>
  detail::byte_write_some_op write_some(S from ASIDE_BORROWED) noexcept {
    return write_some(detail::bytes_of(from));
  }
  template <class... A>
    requires detail::refused_write_some<A...>
  detail::byte_write_some_op write_some(A&&...) noexcept {
    detail::refuse_write<A...>();
    return detail::refused_value<detail::byte_write_some_op>();
  }
  /// Closes the pipe: nothing more will be written. Completes at once.
  detail::byte_end_op shutdown() noexcept { return detail::byte_end_op(io_); }

  void close() noexcept { io_.close(); }
  [[nodiscard]] int native_handle() const noexcept { return io_.fd(); }
  explicit operator bool() const noexcept { return io_.fd() >= 0; }

 private:
  detail::io_handle io_;
  detail::byte_kind kind_ = detail::byte_kind::pipe;
};

/// A new pipe: `auto [reader, writer] = co_await aside::pipe();`. Completes at once. Errors:
/// pipe2(2)'s (EMFILE).
inline detail::pipe_op pipe() noexcept { return {}; }

}  // namespace aside::inline ASIDE_ABI
