#pragma once
// buffered_writer: many small writes become few.

#include <aside/detail/check.hpp>
#include <aside/detail/bytes.hpp>
#include <aside/io/scan.hpp>
#include <aside/detail/steps.hpp>
#include <aside/detail/write_array.hpp>
#include <aside/detail/write_buffer.hpp>
#include <aside/detail/written.hpp>

#include <cerrno>

namespace aside::inline ASIDE_ABI {

template <writable_stream Stream>
class buffered_writer;

namespace detail {

template <class Stream>
using write_some_of =
    decltype(std::declval<Stream&>().write_some(std::declval<std::span<const std::byte>>()));
template <class Stream>
using shutdown_of = decltype(std::declval<Stream&>().shutdown());

/// What writes to a buffered_writer have in common. A step is one write_some, whose bytes are accounted
/// for at once, so that a stop or an error leaves exactly what has not been written.
template <class Derived, class Stream>
class [[nodiscard]] buffered_write : public steps<Derived, write_some_of<Stream>> {
 public:
  explicit buffered_write(buffered_writer<Stream>& to) noexcept
      : steps<Derived, write_some_of<Stream>>(to) {}

  /// Bytes that were taken, at any time.
  [[nodiscard]] std::size_t transferred() const noexcept { return done_; }
  std::expected<void, transfer_failure> result() const noexcept {
    if (error_) return std::unexpected(transfer_failure(error_, done_));
    return {};
  }
  void await_resume() const {
    if (error_) throw_transfer_error(transfer_failure(error_, done_), Derived::name);
  }

 protected:
  [[nodiscard]] write_buffer& buffer() noexcept { return to().buffer_; }
  [[nodiscard]] Stream& stream() noexcept { return *to().stream_; }
  /// The bytes that a step has written; 0 after an error.
  std::size_t written(write_some_of<Stream>& op) noexcept {
    const auto r = op.result();
    if (r) return *r;
    error_ = r.error();
    buffer().set_failed();
    return 0;
  }
  void put(std::span<const std::byte>& from) noexcept {
    const std::size_t before = from.size();
    if (!buffer().put(from)) error_ = {ENOMEM, std::system_category()};
    done_ += before - from.size();
  }

  std::error_code error_;
  std::size_t done_ = 0;

 private:
  [[nodiscard]] buffered_writer<Stream>& to() const noexcept {
    return static_cast<buffered_writer<Stream>&>(this->owner());
  }
};

template <class Stream>
class ASIDE_AWAIT_IT flush_op : public buffered_write<flush_op<Stream>, Stream> {
 public:
  static constexpr const char* name = "flush";
  using buffered_write<flush_op, Stream>::buffered_write;

  bool finish() noexcept { return this->error_ || this->buffer().empty(); }
  write_some_of<Stream> next() noexcept { return this->stream().write_some(this->buffer().bytes()); }
  void took(write_some_of<Stream>& op) noexcept {
    const std::size_t n = this->written(op);
    this->buffer().consume(n);
    this->done_ += n;
  }
};

template <class Stream>
class ASIDE_AWAIT_IT buffered_write_op : public buffered_write<buffered_write_op<Stream>, Stream> {
 public:
  static constexpr const char* name = "write";
  buffered_write_op(buffered_writer<Stream>& to, std::span<const std::byte> from) noexcept
      : buffered_write<buffered_write_op, Stream>(to), left_(from) {}

  /// A frame: its length goes before it, and is not counted.
  buffered_write_op(buffered_writer<Stream>& to, std::span<const std::byte> frame,
                    const frame_format& f) noexcept
      : buffered_write_op(to, frame) {
    head_end_ = static_cast<std::uint8_t>(put_prefix(f, frame.size(), head_).size());
    if (head_end_ == 0) this->error_ = errc::too_long;
  }

  // What the buffer can hold is taken whole or not at all; more goes past it when it is empty.
  bool finish() noexcept {
    if (this->error_) return true;
    auto head = std::span<const std::byte>(head_).subspan(head_begin_, head_end_ - head_begin_);
    const std::size_t size = head.size() + left_.size();
    const bool goes_past = size > chunk::capacity && head.empty() && this->buffer().empty();
    if (size <= this->buffer().room() || (size > chunk::capacity && !goes_past)) {
      this->put(head);
      const std::size_t put_of_head = head_end_ - head_begin_ - head.size();
      this->done_ -= put_of_head;
      head_begin_ = static_cast<std::uint8_t>(head_begin_ + put_of_head);
      if (head.empty()) this->put(left_);
    }
    return this->error_ || (head.empty() && left_.empty());
  }
  write_some_of<Stream> next() noexcept {
    is_direct_ = this->buffer().empty();
    return this->stream().write_some(is_direct_ ? left_ : this->buffer().bytes());
  }
  void took(write_some_of<Stream>& op) noexcept {
    const std::size_t n = this->written(op);
    if (!is_direct_) {
      this->buffer().consume(n);
    } else {
      left_ = left_.subspan(n);
      this->done_ += n;
    }
  }

 private:
  std::span<const std::byte> left_;
  std::byte head_[8];
  std::uint8_t head_begin_ = 0;
  std::uint8_t head_end_ = 0;
  bool is_direct_ = false;
};

/// Several spans, one after the other, as if each were written alone.
template <class Stream>
class ASIDE_AWAIT_IT buffered_write_parts_op
    : public buffered_write<buffered_write_parts_op<Stream>, Stream> {
 public:
  static constexpr const char* name = "write";
  using part = std::span<const std::byte>;
  buffered_write_parts_op(buffered_writer<Stream>& to, std::span<const part> parts) noexcept
      : buffered_write<buffered_write_parts_op, Stream>(to), left_(parts) {}

  bool finish() noexcept {
    for (; !this->error_ && !left_.empty(); left_ = left_.subspan(1), of_first_ = 0) {
      part rest = left_.front().subspan(of_first_);
      const std::size_t size = rest.size();
      const bool is_long = size > chunk::capacity;
      if (size <= this->buffer().room() || (is_long && !this->buffer().empty())) this->put(rest);
      of_first_ += size - rest.size();
      if (!rest.empty()) break;
    }
    return this->error_ || left_.empty();
  }
  write_some_of<Stream> next() noexcept {
    is_direct_ = this->buffer().empty();
    return this->stream().write_some(is_direct_ ? left_.front().subspan(of_first_)
                                                : this->buffer().bytes());
  }
  void took(write_some_of<Stream>& op) noexcept {
    const std::size_t n = this->written(op);
    if (!is_direct_) {
      this->buffer().consume(n);
    } else {
      of_first_ += n;
      this->done_ += n;
    }
  }

  std::span<const part> left_;  // the first may be taken in part

 private:
  std::size_t of_first_ = 0;  // so much of it
  bool is_direct_ = false;
};

template <class Stream>
class ASIDE_AWAIT_IT buffered_write_some_op
    : public buffered_write<buffered_write_some_op<Stream>, Stream> {
 public:
  static constexpr const char* name = "write_some";
  buffered_write_some_op(buffered_writer<Stream>& to, std::span<const std::byte> from) noexcept
      : buffered_write<buffered_write_some_op, Stream>(to), from_(from) {}

  bool finish() noexcept {
    if (!this->error_) this->put(from_);
    return this->error_ || this->done_ != 0 || from_.empty();
  }
  write_some_of<Stream> next() noexcept { return this->stream().write_some(this->buffer().bytes()); }
  void took(write_some_of<Stream>& op) noexcept { this->buffer().consume(this->written(op)); }

  std::expected<std::size_t, std::error_code> result() const noexcept {
    if (this->error_) return std::unexpected(this->error_);
    return this->done_;
  }
  [[nodiscard("it may have taken only a part: look at the number, or use write")]]
  std::size_t await_resume() const {
    buffered_write<buffered_write_some_op, Stream>::await_resume();
    return this->done_;
  }

 private:
  std::span<const std::byte> from_;
};

/// A flush, then the stream's shutdown.
template <class Stream>
class ASIDE_AWAIT_IT buffered_shutdown_op : public leaf_awaiter<buffered_shutdown_op<Stream>> {
 public:
  buffered_shutdown_op(buffered_writer<Stream>& to, Stream& stream) noexcept
      : leaf_awaiter<buffered_shutdown_op>(ops), stream_(&stream), flush_(to) {}
  buffered_shutdown_op(buffered_shutdown_op&& other) noexcept
      : leaf_awaiter<buffered_shutdown_op>(other),
        stream_(other.stream_),
        flush_(std::move(other.flush_)) {}
  buffered_shutdown_op& operator=(buffered_shutdown_op&&) = delete;

  [[nodiscard]] result_of<buffered_shutdown_op> as_result() && noexcept {
    return result_of<buffered_shutdown_op>(std::move(*this));
  }
  bool attempt() noexcept {
    flush_.at_ = this->at_;
    if (!flush_.attempt()) return false;
    return !go_on() || shutdown_->attempt();
  }
  std::expected<void, transfer_failure> result() noexcept {
    auto flushed = flush_.result();
    if (!flushed) return flushed;
    if (auto r = shutdown_->result(); !r)
      return std::unexpected(transfer_failure(r.error(), flush_.transferred()));
    return {};
  }
  void await_resume() {
    if (auto r = result(); !r) throw_transfer_error(r.error(), "shutdown");
  }

 private:
  static armed arm(leaf& l, host& h, bool stop) noexcept {
    auto& self = static_cast<buffered_shutdown_op&>(l);
    if (!self.shutdown_.has_value()) {
      self.flush_.at_ = self.at_;
      const armed a = self.flush_.ops_->arm(self.flush_, h, stop);
      if (a != armed::ready) return a;
      if (!self.go_on()) return armed::ready;
    }
    return self.shutdown_->ops_->arm(*self.shutdown_, h, stop);
  }
  static bool cancel(leaf& l) noexcept {
    auto& self = static_cast<buffered_shutdown_op&>(l);
    leaf& inner = self.shutdown_.has_value() ? static_cast<leaf&>(*self.shutdown_) : self.flush_;
    return inner.ops_->cancel(inner);
  }
  static constexpr leaf_ops ops{&arm, &cancel, "shutdown"};

  /// The flush is over: is there a shutdown to wait for?
  bool go_on() noexcept {
    if (!flush_.result()) return false;
    shutdown_.emplace(stream_->shutdown());
    shutdown_->at_ = this->at_;
    return true;
  }

  Stream* stream_;
  flush_op<Stream> flush_;
  std::optional<shutdown_of<Stream>> shutdown_;
};

}  // namespace detail

/// Collects what is written and passes it on in pieces of up to 8 KiB, when they are full and when
/// `flush` says so: nothing leaves by itself. It refers to the stream, which outlives it and stays
/// where it is. It is a writable_stream itself.
///
/// Memory:    40 bytes, and 8 KiB of a pool while it holds bytes.
/// One at a time, as for any stream; moving or destroying it under an operation aborts, naming the place.
/// Stopping:  what has not left stays in the buffer, in order, and the next operation goes on with it.
/// Errors:    the stream's, with what had been taken of this operation's bytes (`transferred()`). An error
///            concerns what was written earlier, too; what is buffered stays so.
/// Destroying it with bytes in it is reported on stderr, unless an operation has failed, or the task fails
/// or is stopped: destructors cannot wait, so flush or shut down before.
template <writable_stream Stream>
class buffered_writer : detail::in_flight {
 public:
  explicit buffered_writer(Stream& to,
                           std::source_location made = std::source_location::current()) noexcept
      : stream_(&to), buffer_(made) {}

  /// Takes all of `from`, which stays valid until completion. Up to 8 KiB are taken whole or, when it is
  /// stopped or fails, not at all; longer ones go past the buffer in parts. Waits only for room.
  detail::buffered_write_op<Stream> write(std::span<const std::byte> from ASIDE_BORROWED) noexcept {
    return {*this, from};
  }
  detail::buffered_write_op<Stream> write(std::string_view from ASIDE_BORROWED) noexcept {
    return {*this, detail::bytes_of(from)};
  }
  template <detail::char_span S>
  detail::buffered_write_op<Stream> write(S from ASIDE_BORROWED) noexcept {
    return write(detail::bytes_of(from));
  }
  /// The same, `write(from, &taken)`; however it ends, `taken` is then the number of bytes that were. A null
  /// pointer is told nothing.
  detail::counted_op<detail::buffered_write_op<Stream>> write(
      std::span<const std::byte> from ASIDE_BORROWED, std::size_t* taken) noexcept {
    return {write(from), taken};
  }
  detail::counted_op<detail::buffered_write_op<Stream>> write(std::string_view from ASIDE_BORROWED,
                                                              std::size_t* taken) noexcept {
    return {write(from), taken};
  }
  template <detail::char_span S>
  detail::counted_op<detail::buffered_write_op<Stream>> write(S from ASIDE_BORROWED,
                                                              std::size_t* taken) noexcept {
    return {write(from), taken};
  }
  /// Takes several pieces, bytes or text, each as if it were written alone; they stay valid until completion.
  template <detail::bytes_or_text... P>
    requires(sizeof...(P) >= 2)
  detail::write_array_op<sizeof...(P), detail::buffered_write_parts_op<Stream>> write(
      const P&... pieces ASIDE_BORROWED) noexcept {
    using parts = detail::buffered_write_parts_op<Stream>;
    return detail::write_array_op<sizeof...(P), parts>(parts(*this, {}),
                                                       detail::bytes_of(pieces)...);
  }
  /// The same for any number of them; `pieces` itself stays valid, too.
  detail::buffered_write_parts_op<Stream> write(
      std::span<const std::span<const std::byte>> pieces ASIDE_BORROWED) noexcept {
    return {*this, pieces};
  }
  detail::counted_op<detail::buffered_write_parts_op<Stream>> write(
      std::span<const std::span<const std::byte>> pieces ASIDE_BORROWED,
      std::size_t* taken) noexcept {
    return {write(pieces), taken};
  }
  template <class... A>
    requires detail::refused_write<A...>
  detail::buffered_write_op<Stream> write(A&&...) noexcept {
    detail::refuse_write<A...>();
    return detail::refused_value<detail::buffered_write_op<Stream>>();
  }
  /// Takes a frame: its length, then its bytes, as write. Error: errc::too_long for the format's limit.
  detail::buffered_write_op<Stream> frame(std::span<const std::byte> from ASIDE_BORROWED,
                                          frame_format f = {}) noexcept {
    return {*this, from, f};
  }
  detail::buffered_write_op<Stream> frame(std::string_view from ASIDE_BORROWED,
                                          frame_format f = {}) noexcept {
    return {*this, detail::bytes_of(from), f};
  }
  template <detail::char_span S>
  detail::buffered_write_op<Stream> frame(S from ASIDE_BORROWED, frame_format f = {}) noexcept {
    return {*this, detail::bytes_of(from), f};
  }
  template <std::size_t N>
  detail::buffered_write_op<Stream> frame(char (&)[N], frame_format = {}) noexcept {
    detail::refuse_write<char (&)[N]>();
    return detail::refused_value<detail::buffered_write_op<Stream>>();
  }
  /// Takes what finds room, at least one byte; 0 when `from` is empty.
  detail::buffered_write_some_op<Stream> write_some(
      std::span<const std::byte> from ASIDE_BORROWED) noexcept {
    return {*this, from};
  }
  detail::buffered_write_some_op<Stream> write_some(std::string_view from ASIDE_BORROWED) noexcept {
    return {*this, detail::bytes_of(from)};
  }
  template <detail::char_span S>
  detail::buffered_write_some_op<Stream> write_some(S from ASIDE_BORROWED) noexcept {
    return write_some(detail::bytes_of(from));
  }
  template <class... A>
    requires detail::refused_write_some<A...>
  detail::buffered_write_some_op<Stream> write_some(A&&...) noexcept {
    detail::refuse_write<A...>();
    return detail::refused_value<detail::buffered_write_some_op<Stream>>();
  }
  /// Completes when the stream has taken everything.
  detail::flush_op<Stream> flush() noexcept { return detail::flush_op<Stream>(*this); }
  /// Flushes, then shuts the stream down.
  detail::buffered_shutdown_op<Stream> shutdown() noexcept { return {*this, *stream_}; }

  [[nodiscard]] std::size_t buffered() const noexcept { return buffer_.bytes().size(); }

 private:
  template <class Derived, class S>
  friend class detail::buffered_write;

  Stream* stream_;
  detail::write_buffer buffer_;
};

template <writable_stream Stream>
inline constexpr bool borrows<buffered_writer<Stream>> = true;

}  // namespace aside::inline ASIDE_ABI
