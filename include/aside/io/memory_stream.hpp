#pragma once
// memory_stream: two ends of a connection inside the process; memory_pipe: one direction of it.

#include <aside/detail/bytes.hpp>
#include <aside/detail/write_array.hpp>
#include <aside/detail/written.hpp>
#include <aside/net/chunk.hpp>
#include <aside/net/io_leaf.hpp>

#include <span>

namespace aside::inline ASIDE_ABI {

namespace detail {

class byte_pipe;

/// One end of a pipe. The last of the two takes the pipe with it.
class byte_pipe_end {
 public:
  enum class side : std::uint8_t { reader, writer };
  byte_pipe_end() = default;
  byte_pipe_end(byte_pipe& p, side s) noexcept : pipe_(&p), side_(s) {}
  byte_pipe_end(byte_pipe_end&& other) noexcept
      : pipe_(std::exchange(other.pipe_, nullptr)), side_(other.side_) {}
  byte_pipe_end& operator=(byte_pipe_end&& other) noexcept {
    if (this != &other) {
      close();
      pipe_ = std::exchange(other.pipe_, nullptr);
      side_ = other.side_;
    }
    return *this;
  }
  ~byte_pipe_end() { close(); }
  /// Aborts when an operation waits on this end.
  ASIDE_API void close() noexcept;
  ASIDE_API void reset() noexcept;
  [[nodiscard]] byte_pipe* get() const noexcept { return pipe_; }

 private:
  byte_pipe* pipe_ = nullptr;
  side side_ = side::reader;
};

class ASIDE_AWAIT_IT memory_receive_op : public io_op<memory_receive_op> {
 public:
  ASIDE_API explicit memory_receive_op(byte_pipe* p) noexcept;
  ASIDE_API bool attempt() noexcept;
  std::expected<chunk, std::error_code> result() noexcept {
    if (error_ != 0) return std::unexpected(code());
    return std::move(chunk_);
  }
  [[nodiscard("the bytes are lost with the chunk")]]
  chunk await_resume() { return io_op::await_resume(); }

  byte_pipe* pipe_;
  chunk chunk_;
};

class ASIDE_AWAIT_IT memory_read_op : public io_op<memory_read_op> {
 public:
  ASIDE_API memory_read_op(byte_pipe* p, std::span<std::byte> into) noexcept;
  ASIDE_API bool attempt() noexcept;
  std::expected<std::size_t, std::error_code> result() const noexcept {
    if (error_ != 0) return std::unexpected(code());
    return got_;
  }
  [[nodiscard("it may have read only a part: look at the number, or use read_exact")]]
  std::size_t await_resume() { return io_op::await_resume(); }

  byte_pipe* pipe_;
  std::span<std::byte> into_;
  std::size_t got_ = 0;
};

class ASIDE_AWAIT_IT memory_read_exact_op : public transfer_op<memory_read_exact_op> {
 public:
  ASIDE_API memory_read_exact_op(byte_pipe* p, std::span<std::byte> into) noexcept;
  ASIDE_API bool attempt() noexcept;

  byte_pipe* pipe_;
  std::span<std::byte> into_;
};

class ASIDE_AWAIT_IT memory_write_op : public transfer_op<memory_write_op> {
 public:
  ASIDE_API memory_write_op(byte_pipe* p, std::span<const std::byte> from) noexcept;
  ASIDE_API bool attempt() noexcept;

  byte_pipe* pipe_;
  std::span<const std::byte> from_;
};

/// Several spans, one after the other.
class ASIDE_AWAIT_IT memory_write_parts_op : public transfer_op<memory_write_parts_op> {
 public:
  using part = std::span<const std::byte>;
  ASIDE_API memory_write_parts_op(byte_pipe* p, std::span<const part> parts) noexcept;
  ASIDE_API bool attempt() noexcept;

  byte_pipe* pipe_;
  std::span<const part> left_;  // the first may be written in part
  std::size_t of_first_ = 0;    // so much of it
};

class ASIDE_AWAIT_IT memory_write_some_op : public io_op<memory_write_some_op> {
 public:
  ASIDE_API memory_write_some_op(byte_pipe* p, std::span<const std::byte> from) noexcept;
  ASIDE_API bool attempt() noexcept;
  std::expected<std::size_t, std::error_code> result() const noexcept {
    if (error_ != 0) return std::unexpected(code());
    return put_;
  }
  [[nodiscard("it may have taken only a part: look at the number, or use write")]]
  std::size_t await_resume() { return io_op::await_resume(); }

  byte_pipe* pipe_;
  std::span<const std::byte> from_;
  std::size_t put_ = 0;
};

class ASIDE_AWAIT_IT memory_shutdown_op : public io_op<memory_shutdown_op> {
 public:
  ASIDE_API explicit memory_shutdown_op(byte_pipe* p) noexcept;
  ASIDE_API bool attempt() noexcept;
  std::expected<void, std::error_code> result() const noexcept {
    if (error_ != 0) return std::unexpected(code());
    return {};
  }

  byte_pipe* pipe_;
};

}  // namespace detail

inline constexpr std::size_t memory_pipe_capacity = std::size_t{64} * 1024;

/// The end of a pipe that reads: a readable_stream. Move-only; its death gives the writer EPIPE.
/// The two ends may be on different cores; each is used by one task at a time.
class [[nodiscard]] memory_reader {
 public:
  memory_reader() = default;
  explicit memory_reader(detail::byte_pipe& p) noexcept : end_(p, detail::byte_pipe_end::side::reader) {}

  /// Lends what was written, without copying it; false at the end. Stopping: no byte is lost.
  /// Errors: ECONNRESET after a reset, ENOMEM.
  detail::memory_receive_op receive() noexcept { return detail::memory_receive_op(end_.get()); }
  /// Reads what there is, at least one byte; 0 at the end, or when `into` is empty. Stopping: as receive.
  detail::memory_read_op read_some(std::span<std::byte> into) noexcept { return {end_.get(), into}; }
  detail::memory_read_op read_some(std::span<char> into) noexcept {
    return read_some(detail::room_of(into));
  }
  template <class Into, detail::length N>
  detail::memory_read_op read_some(Into&&, N&&) noexcept {
    detail::refuse_read<Into, N>();
    return detail::refused_value<detail::memory_read_op>();
  }
  /// Reads until `into` is full; as tcp_stream::read_exact.
  detail::memory_read_exact_op read_exact(std::span<std::byte> into) noexcept {
    return {end_.get(), into};
  }
  detail::memory_read_exact_op read_exact(std::span<char> into) noexcept {
    return read_exact(detail::room_of(into));
  }
  detail::counted_op<detail::memory_read_exact_op> read_exact(std::span<std::byte> into,
                                                            std::size_t* got) noexcept {
    return {read_exact(into), got};
  }
  detail::counted_op<detail::memory_read_exact_op> read_exact(std::span<char> into,
                                    std::size_t* got) noexcept {
    return read_exact(detail::room_of(into), got);
  }
  template <class Into, detail::length N>
  detail::memory_read_exact_op read_exact(Into&&, N&&) noexcept {
    detail::refuse_read<Into, N>();
    return detail::refused_value<detail::memory_read_exact_op>();
  }
  void close() noexcept { end_.close(); }
  /// Makes both ends fail with ECONNRESET; what is in the pipe is gone.
  void reset() noexcept { end_.reset(); }

 private:
  detail::byte_pipe_end end_;
};

/// The end that writes: a writable_stream. Move-only; its death, like shutdown, is the reader's end.
class [[nodiscard]] memory_writer {
 public:
  memory_writer() = default;
  explicit memory_writer(detail::byte_pipe& p) noexcept : end_(p, detail::byte_pipe_end::side::writer) {}

  /// Writes all of `from`, which stays valid until completion; waits while the pipe is full.
  /// Stopping: a prefix may be in the pipe. Errors: EPIPE when the reader has gone or after shutdown,
  /// ECONNRESET, ENOMEM; with what had been taken before.
  detail::memory_write_op write(std::span<const std::byte> from ASIDE_BORROWED) noexcept {
    return {end_.get(), from};
  }
  detail::memory_write_op write(std::string_view from ASIDE_BORROWED) noexcept {
    return write(detail::bytes_of(from));
  }
  template <detail::char_span S>
  detail::memory_write_op write(S from ASIDE_BORROWED) noexcept {
    return write(detail::bytes_of(from));
  }
  detail::counted_op<detail::memory_write_op> write(std::span<const std::byte> from ASIDE_BORROWED,
                                                    std::size_t* sent) noexcept {
    return {write(from), sent};
  }
  detail::counted_op<detail::memory_write_op> write(std::string_view from ASIDE_BORROWED,
                                                    std::size_t* sent) noexcept {
    return {write(from), sent};
  }
  template <detail::char_span S>
  detail::counted_op<detail::memory_write_op> write(S from ASIDE_BORROWED,
                                                    std::size_t* sent) noexcept {
    return {write(from), sent};
  }
  /// Writes several pieces, bytes or text, one after the other; they stay valid until completion.
  template <detail::bytes_or_text... P>
    requires(sizeof...(P) >= 2)
  detail::write_array_op<sizeof...(P), detail::memory_write_parts_op> write(
      const P&... pieces ASIDE_BORROWED) noexcept {
    return detail::write_array_op<sizeof...(P), detail::memory_write_parts_op>(
        detail::memory_write_parts_op(end_.get(), {}), detail::bytes_of(pieces)...);
  }
  /// The same for any number of them; `pieces` itself stays valid, too.
  detail::memory_write_parts_op write(
      std::span<const std::span<const std::byte>> pieces ASIDE_BORROWED) noexcept {
    return {end_.get(), pieces};
  }
  detail::counted_op<detail::memory_write_parts_op> write(
      std::span<const std::span<const std::byte>> pieces ASIDE_BORROWED,
      std::size_t* sent) noexcept {
    return {write(pieces), sent};
  }
  template <class... A>
    requires detail::refused_write<A...>
  detail::memory_write_op write(A&&...) noexcept {
    detail::refuse_write<A...>();
    return detail::refused_value<detail::memory_write_op>();
  }
  /// Writes what finds room, at least one byte; 0 when `from` is empty. Stopping: nothing was written.
  detail::memory_write_some_op write_some(std::span<const std::byte> from ASIDE_BORROWED) noexcept {
    return {end_.get(), from};
  }
  detail::memory_write_some_op write_some(std::string_view from ASIDE_BORROWED) noexcept {
    return write_some(detail::bytes_of(from));
  }
  template <detail::char_span S>
  detail::memory_write_some_op write_some(S from ASIDE_BORROWED) noexcept {
    return write_some(detail::bytes_of(from));
  }
  template <class... A>
    requires detail::refused_write_some<A...>
  detail::memory_write_some_op write_some(A&&...) noexcept {
    detail::refuse_write<A...>();
    return detail::refused_value<detail::memory_write_some_op>();
  }
  /// Nothing more will be written. Completes at once.
  detail::memory_shutdown_op shutdown() noexcept { return detail::memory_shutdown_op(end_.get()); }
  void close() noexcept { end_.close(); }
  void reset() noexcept { end_.reset(); }

 private:
  detail::byte_pipe_end end_;
};

class memory_pipe_ends {
 public:
  memory_pipe_ends(memory_reader r, memory_writer w) noexcept
      : reader(std::move(r)), writer(std::move(w)) {}
  memory_reader reader;
  memory_writer writer;
};

/// auto [reader, writer] = memory_pipe(): bytes from one task to another, in order.
///
/// Back pressure: at most `capacity` bytes are in it; then writing waits until half of them are read.
/// Memory:        about 150 bytes while it is empty; buffers of 8 KiB of a pool for what is in it.
/// Cost:          a lock for some nanoseconds and one copy, by the writer. Errors: std::bad_alloc.
ASIDE_API memory_pipe_ends memory_pipe(std::size_t capacity = memory_pipe_capacity);

/// One end of a connection inside the process: a stream, for tests and between tasks. Two pipes.
class [[nodiscard]] memory_stream {
 public:
  memory_stream() = default;
  memory_stream(memory_reader r, memory_writer w) noexcept
      : reader_(std::move(r)), writer_(std::move(w)) {}

  auto receive() noexcept { return reader_.receive(); }
  auto read_some(std::span<std::byte> into) noexcept { return reader_.read_some(into); }
  auto read_some(std::span<char> into) noexcept { return reader_.read_some(into); }
  template <class Into, detail::length N>
  detail::memory_read_op read_some(Into&&, N&&) noexcept {
    detail::refuse_read<Into, N>();
    return detail::refused_value<detail::memory_read_op>();
  }
  auto read_exact(std::span<std::byte> into) noexcept { return reader_.read_exact(into); }
  auto read_exact(std::span<char> into) noexcept { return reader_.read_exact(into); }
  auto read_exact(std::span<std::byte> into, std::size_t* got) noexcept {
    return reader_.read_exact(into, got);
  }
  auto read_exact(std::span<char> into, std::size_t* got) noexcept {
    return reader_.read_exact(into, got);
  }
  template <class Into, detail::length N>
  detail::memory_read_exact_op read_exact(Into&&, N&&) noexcept {
    detail::refuse_read<Into, N>();
    return detail::refused_value<detail::memory_read_exact_op>();
  }
  auto write(std::span<const std::byte> from ASIDE_BORROWED) noexcept {
    return writer_.write(from);
  }
  auto write(std::string_view from ASIDE_BORROWED) noexcept { return writer_.write(from); }
  template <detail::char_span S>
  auto write(S from ASIDE_BORROWED) noexcept {
    return writer_.write(from);
  }
  auto write(std::span<const std::byte> from ASIDE_BORROWED, std::size_t* sent) noexcept {
    return writer_.write(from, sent);
  }
  auto write(std::string_view from ASIDE_BORROWED, std::size_t* sent) noexcept {
    return writer_.write(from, sent);
  }
  template <detail::char_span S>
  auto write(S from ASIDE_BORROWED, std::size_t* sent) noexcept {
    return writer_.write(from, sent);
  }
  template <detail::bytes_or_text... P>
    requires(sizeof...(P) >= 2)
  auto write(const P&... pieces ASIDE_BORROWED) noexcept {
    return writer_.write(pieces...);
  }
  auto write(std::span<const std::span<const std::byte>> pieces ASIDE_BORROWED) noexcept {
    return writer_.write(pieces);
  }
  auto write(std::span<const std::span<const std::byte>> pieces ASIDE_BORROWED,
             std::size_t* sent) noexcept {
    return writer_.write(pieces, sent);
  }
  template <class... A>
    requires detail::refused_write<A...>
  detail::memory_write_op write(A&&...) noexcept {
    detail::refuse_write<A...>();
    return detail::refused_value<detail::memory_write_op>();
  }
  auto write_some(std::span<const std::byte> from ASIDE_BORROWED) noexcept {
    return writer_.write_some(from);
  }
  auto write_some(std::string_view from ASIDE_BORROWED) noexcept {
    return writer_.write_some(from);
  }
  template <detail::char_span S>
  auto write_some(S from ASIDE_BORROWED) noexcept {
    return writer_.write_some(from);
  }
  template <class... A>
    requires detail::refused_write_some<A...>
  detail::memory_write_some_op write_some(A&&...) noexcept {
    detail::refuse_write<A...>();
    return detail::refused_value<detail::memory_write_some_op>();
  }
  auto shutdown() noexcept { return writer_.shutdown(); }
  void close() noexcept {
    writer_.close();
    reader_.close();
  }
  /// As if the connection broke: operations of both ends fail with ECONNRESET.
  void reset() noexcept {
    writer_.reset();
    reader_.reset();
  }

 private:
  memory_reader reader_;
  memory_writer writer_;
};

class memory_stream_ends {
 public:
  memory_stream_ends(memory_stream a, memory_stream b) noexcept
      : near(std::move(a)), far(std::move(b)) {}
  memory_stream near;
  memory_stream far;
};

/// auto [near, far] = memory_streams(): two connected ends; `capacity` for each direction.
ASIDE_API memory_stream_ends memory_streams(std::size_t capacity = memory_pipe_capacity);

}  // namespace aside::inline ASIDE_ABI
