#pragma once
// buffered_reader: lines, frames and exact sizes from a stream of bytes.

#include <aside/detail/bytes.hpp>
#include <aside/detail/check.hpp>
#include <aside/detail/read_buffer.hpp>
#include <aside/detail/written.hpp>
#include <aside/io/scan.hpp>
#include <aside/detail/steps.hpp>

namespace aside::inline ASIDE_ABI {

template <readable_stream Stream>
class buffered_reader;

namespace detail {

/// Throws std::system_error.
[[noreturn]] ASIDE_API void throw_code(std::error_code why, const char* operation);
[[noreturn]] ASIDE_API void consumed_too_much(const std::source_location& at) noexcept;
[[noreturn]] ASIDE_API void consumed_under_a_read(const std::source_location& at) noexcept;

template <class Stream>
using receive_of = decltype(std::declval<Stream&>().receive());
template <class Stream>
using read_of = decltype(std::declval<Stream&>().read_some(std::declval<std::span<std::byte>>()));

/// What reads of a buffered_reader have in common.
template <class Derived, class Stream, class Inner>
class [[nodiscard]] buffered_read : public steps<Derived, Inner> {
 public:
  explicit buffered_read(buffered_reader<Stream>& from) noexcept
      : steps<Derived, Inner>(from) {}
  [[nodiscard("what was read is consumed: look at it")]]
  auto await_resume() {
    auto r = static_cast<Derived&>(*this).result();
    if (!r) throw_code(r.error(), Derived::name);
    return std::move(*r);
  }

 protected:
  [[nodiscard]] read_buffer& buffer() noexcept { return from().buffer_; }
  [[nodiscard]] Stream& stream() noexcept { return *from().stream_; }
  void fail(int error) noexcept { error_ = {error, std::system_category()}; }

  std::error_code error_;

 private:
  [[nodiscard]] buffered_reader<Stream>& from() const noexcept {
    return static_cast<buffered_reader<Stream>&>(this->owner());
  }
};

/// Receives until a scan of the buffered bytes has found something.
template <class Stream, class Scan>
class ASIDE_AWAIT_IT scan_op
    : public buffered_read<scan_op<Stream, Scan>, Stream, receive_of<Stream>> {
 public:
  static constexpr const char* name = "read from a buffered_reader";
  scan_op(buffered_reader<Stream>& from, Scan scan) noexcept
      : buffered_read<scan_op, Stream, receive_of<Stream>>(from), scan_(scan) {}

  bool finish() noexcept {
    if (this->error_ || state_ != state::reading) return true;
    this->buffer().settle();
    const std::span<const std::byte> bytes = this->buffer().bytes();
    const scanned s = scan_(bytes);
    if (s.is == scanned::what::wants_more) return false;
    if (s.is == scanned::what::too_long) {
      this->error_ = errc::too_long;
    } else {
      found_ = bytes.subspan(s.begin, s.size);
      state_ = state::found;
      this->buffer().consume(s.consumed);
    }
    return true;
  }
  receive_of<Stream> next() noexcept { return this->stream().receive(); }
  void took(receive_of<Stream>& op) noexcept {
    auto got = op.result();
    if (!got) {
      this->error_ = got.error();
    } else if (*got) {
      if (const int error = this->buffer().append(*got); error != 0) this->fail(error);
    } else {
      end();
    }
  }
  std::expected<typename Scan::result, std::error_code> result() const noexcept {
    if (this->error_) return std::unexpected(this->error_);
    if (state_ == state::found) return Scan::of(found_);
    return typename Scan::result();
  }

 private:
  enum class state : std::uint8_t { reading, found, at_end };
  void end() noexcept {
    state_ = state::at_end;
    const std::span<const std::byte> rest = this->buffer().bytes();
    if (rest.empty()) return;
    if constexpr (std::same_as<Scan, peek_scan>) {
      found_ = rest;
      state_ = state::found;
    } else {
      this->error_ = errc::end_of_stream;
    }
  }

  Scan scan_;
  state state_ = state::reading;
  std::span<const std::byte> found_;
};

template <class Stream>
class ASIDE_AWAIT_IT buffered_receive_op
    : public buffered_read<buffered_receive_op<Stream>, Stream, receive_of<Stream>> {
 public:
  static constexpr const char* name = "receive";
  using buffered_read<buffered_receive_op, Stream, receive_of<Stream>>::buffered_read;

  bool finish() noexcept {
    if (done_) return true;
    this->buffer().settle();
    if (this->buffer().empty()) return false;
    if (const int error = this->buffer().lend(chunk_); error != 0) this->fail(error);
    return done_ = true;
  }
  receive_of<Stream> next() noexcept { return this->stream().receive(); }
  void took(receive_of<Stream>& op) noexcept {
    auto got = op.result();
    if (got)
      chunk_ = std::move(*got);
    else
      this->error_ = got.error();
    done_ = true;
  }
  std::expected<chunk, std::error_code> result() noexcept {
    if (this->error_) return std::unexpected(this->error_);
    return std::move(chunk_);
  }

 private:
  chunk chunk_;
  bool done_ = false;
};

template <class Stream>
class ASIDE_AWAIT_IT buffered_read_some_op
    : public buffered_read<buffered_read_some_op<Stream>, Stream, read_of<Stream>> {
 public:
  static constexpr const char* name = "read_some";
  buffered_read_some_op(buffered_reader<Stream>& from, std::span<std::byte> into) noexcept
      : buffered_read<buffered_read_some_op, Stream, read_of<Stream>>(from), into_(into) {}

  bool finish() noexcept {
    if (done_ || into_.empty()) return true;
    got_ = this->buffer().copy_out(into_);
    this->buffer().settle();
    return done_ = got_ != 0;
  }
  read_of<Stream> next() noexcept { return this->stream().read_some(into_); }
  void took(read_of<Stream>& op) noexcept {
    const auto got = op.result();
    if (got)
      got_ = *got;
    else
      this->error_ = got.error();
    done_ = true;
  }
  std::expected<std::size_t, std::error_code> result() const noexcept {
    if (this->error_) return std::unexpected(this->error_);
    return got_;
  }

 private:
  std::span<std::byte> into_;
  std::size_t got_ = 0;
  bool done_ = false;
};

template <class Stream>
class ASIDE_AWAIT_IT buffered_read_exact_op
    : public buffered_read<buffered_read_exact_op<Stream>, Stream, read_of<Stream>> {
 public:
  static constexpr const char* name = "read_exact";
  buffered_read_exact_op(buffered_reader<Stream>& from, std::span<std::byte> into) noexcept
      : buffered_read<buffered_read_exact_op, Stream, read_of<Stream>>(from), into_(into) {}

  bool finish() noexcept {
    got_ += this->buffer().copy_out(left());
    this->buffer().settle();
    return this->error_ || got_ == into_.size();
  }
  read_of<Stream> next() noexcept { return this->stream().read_some(left()); }
  void took(read_of<Stream>& op) noexcept {
    const auto got = op.result();
    if (!got)
      this->error_ = got.error();
    else if (*got == 0)
      this->error_ = errc::end_of_stream;
    else
      got_ += *got;
  }
  [[nodiscard]] std::size_t transferred() const noexcept { return got_; }
  std::expected<void, transfer_failure> result() const noexcept {
    if (this->error_) return std::unexpected(transfer_failure(this->error_, got_));
    return {};
  }
  void await_resume() const {
    if (this->error_) throw_transfer_error(transfer_failure(this->error_, got_), name);
  }

 private:
  [[nodiscard]] std::span<std::byte> left() const noexcept { return into_.subspan(got_); }
  std::span<std::byte> into_;
  std::size_t got_ = 0;
};

}  // namespace detail

/// Reads lines, frames and exact sizes from a stream, which it refers to: the stream outlives it and
/// stays where it is. It is a readable_stream itself.
///
/// Memory:    40 bytes, and none while it has nothing: a connection that waits for its next line holds
///            no buffer. Then a chunk of 8 KiB; beyond that the heap, up to `limit` and a chunk.
/// Views:     what line, read_until, frame and peek give is valid until the next operation.
/// One at a time, as for any stream; moving or destroying it under an operation aborts, naming the place.
/// Stopping:  no byte is lost: what had come is kept for the next operation.
/// Errors:    the stream's. errc::too_long: the limit is passed. errc::end_of_stream: the stream ended
///            within a line or a frame. After either nothing is consumed: `buffered()` has what there is.
/// Cost:      an operation holds no frame: 128 bytes or so in the awaiting one.
template <readable_stream Stream>
class buffered_reader : detail::in_flight {
  using at = std::source_location;

 public:
  static constexpr std::size_t default_limit = std::size_t{64} * 1024;

  /// `limit`: the longest line, the most before a delimiter, and the most that peek may ask for; in
  /// bytes, at most 1 GiB.
  explicit buffered_reader(Stream& from, std::size_t limit = default_limit) noexcept
      : stream_(&from),
        buffer_(static_cast<std::uint32_t>(limit < most_limit ? limit : most_limit)) {}

  /// The next line without its end, LF or CR LF; empty optional at the end of the stream.
  detail::scan_op<Stream, detail::line_scan> line() noexcept {
    return {*this, detail::line_scan(buffer_.limit())};
  }
  /// What comes before the delimiter, which is consumed too; empty optional at the end of the stream.
  /// `delimiter` stays valid until completion; an empty one aborts.
  detail::scan_op<Stream, detail::until_scan> read_until(std::string_view delimiter ASIDE_BORROWED,
                                                         at site = at::current()) noexcept {
    if (delimiter.empty()) detail::panic("read_until needs a delimiter that is not empty", site);
    return {*this, detail::until_scan(delimiter, buffer_.limit())};
  }
  /// The next frame without its length; empty optional at the end of the stream. Its limit is the
  /// format's. A frame that is too long is refused as soon as its length has come.
  detail::scan_op<Stream, detail::frame_scan> frame(frame_format f = {}) noexcept {
    return {*this, detail::frame_scan(f)};
  }
  /// Waits until there are `at_least` bytes and gives all there are, consuming none; fewer at the end.
  detail::scan_op<Stream, detail::peek_scan> peek(std::size_t at_least = 1) noexcept {
    return {*this, detail::peek_scan(at_least, buffer_.limit())};
  }
  /// What is there without waiting.
  [[nodiscard]] std::span<const std::byte> buffered() const noexcept { return buffer_.bytes(); }
  /// Takes the first n of the buffered bytes. Views of them stay valid until the next operation. More than
  /// there are, or while an operation waits, which counts on them: ends the process, naming the place.
  void consume(std::size_t n, at site = at::current()) noexcept {
    if (is_waiting()) detail::consumed_under_a_read(site);
    if (n > buffer_.bytes().size()) detail::consumed_too_much(site);
    buffer_.consume(n);
  }

  /// Reads until `into` is full, as tcp_stream::read_exact; large ones pass the buffer by.
  detail::buffered_read_exact_op<Stream> read_exact(std::span<std::byte> into) noexcept {
    return {*this, into};
  }
  detail::buffered_read_exact_op<Stream> read_exact(std::span<char> into) noexcept {
    return read_exact(detail::room_of(into));
  }
  detail::counted_op<detail::buffered_read_exact_op<Stream>> read_exact(std::span<std::byte> into,
                                                                        std::size_t* got) noexcept {
    return {read_exact(into), got};
  }
  detail::counted_op<detail::buffered_read_exact_op<Stream>> read_exact(std::span<char> into,
                                    std::size_t* got) noexcept {
    return read_exact(detail::room_of(into), got);
  }
  template <class Into, detail::length N>
  detail::buffered_read_exact_op<Stream> read_exact(Into&&, N&&) noexcept {
    detail::refuse_read<Into, N>();
    return detail::refused_value<detail::buffered_read_exact_op<Stream>>();
  }
  /// As of any readable_stream; what is buffered comes first.
  detail::buffered_receive_op<Stream> receive() noexcept {
    return detail::buffered_receive_op<Stream>(*this);
  }
  detail::buffered_read_some_op<Stream> read_some(std::span<std::byte> into) noexcept {
    return {*this, into};
  }
  detail::buffered_read_some_op<Stream> read_some(std::span<char> into) noexcept {
    return read_some(detail::room_of(into));
  }
  template <class Into, detail::length N>
  detail::buffered_read_some_op<Stream> read_some(Into&&, N&&) noexcept {
    detail::refuse_read<Into, N>();
    return detail::refused_value<detail::buffered_read_some_op<Stream>>();
  }

 private:
  template <class Derived, class S, class Inner>
  friend class detail::buffered_read;
  static constexpr std::size_t most_limit = std::size_t{1} << 30;

  Stream* stream_;
  detail::read_buffer buffer_;
};

template <readable_stream Stream>
inline constexpr bool borrows<buffered_reader<Stream>> = true;

}  // namespace aside::inline ASIDE_ABI
