#pragma once
// descriptor: a file descriptor with one owner, and how a stream is made of one.

#include <aside/net/io_leaf.hpp>

#include <cstdint>
#include <source_location>
#include <utility>

namespace aside::inline ASIDE_ABI {

class descriptor;

namespace detail {

/// What a descriptor must be a socket of, to become a stream.
enum class stream_family : std::uint8_t { ip, local };

/// Registers it with the calling core; false: no host, try again on one.
ASIDE_API bool adopt(descriptor& from, stream_family family, io_handle& into, int& error) noexcept;

[[noreturn]] ASIDE_API void throw_not_adopted(int error);

/// The calling thread's table of descriptors (src/base/descriptor_table.hpp).
[[nodiscard]] ASIDE_API unsigned table_of_thread() noexcept;

}  // namespace detail

/// A file descriptor with one owner: closed when it dies. Move-only; any thread, but with
/// options::descriptors_per_core the core where it was made.
class [[nodiscard]] descriptor {
 public:
  descriptor() = default;
  /// Takes `fd` over; `made` is for reports.
  explicit descriptor(int fd, std::source_location made = std::source_location::current()) noexcept
      : fd_(fd), table_(detail::table_of_thread()), made_(made) {}
  descriptor(descriptor&& other) noexcept : table_(other.table_), made_(other.made_) {
    fd_ = other.release();
  }
  descriptor& operator=(descriptor&& other) noexcept {
    if (this != &other) {
      close();
      fd_ = other.release();
      table_ = other.table_;
      made_ = other.made_;
    }
    return *this;
  }
  ~descriptor() { close(); }

  [[nodiscard]] int get() const noexcept { return fd_; }
  /// Gives it up: the caller closes it.
  [[nodiscard]] int release() noexcept { return std::exchange(fd_, -1); }
  explicit operator bool() const noexcept { return fd_ >= 0; }
  ASIDE_API void close() noexcept;

 private:
  friend bool detail::adopt(descriptor& from, detail::stream_family family,
                            detail::io_handle& into, int& error) noexcept;
  int fd_ = -1;
  unsigned table_ = 0;
  std::source_location made_;
};

class tcp_stream;
class unix_stream;

namespace detail {

template <class Stream>
inline constexpr stream_family family_of = stream_family::ip;
template <>
inline constexpr stream_family family_of<unix_stream> = stream_family::local;

template <class Stream>
class ASIDE_AWAIT_IT adopt_op : public io_op<adopt_op<Stream>> {
 public:
  explicit adopt_op(descriptor from) noexcept : io_op<adopt_op>(protocol), from_(std::move(from)) {}
  bool attempt() noexcept { return adopt(from_, family_of<Stream>, io_, this->error_); }
  std::expected<Stream, std::error_code> result() noexcept {
    if (this->error_ != 0) return std::unexpected(this->code());
    return Stream(std::move(io_));
  }
  [[noreturn]] void fail(int error) const { throw_not_adopted(error); }

 private:
  static armed arm(leaf& l, host&, bool stop) noexcept {
    if (stop) return armed::stopped;
    static_cast<void>(static_cast<adopt_op&>(l).attempt());
    return armed::ready;
  }
  static bool cancel(leaf&) noexcept { return false; }
  static constexpr leaf_ops protocol{&arm, &cancel, "adopt"};

  descriptor from_;
  io_handle io_;
};

}  // namespace detail

/// Makes a tcp_stream or unix_stream of a connected socket that came from elsewhere (receive_fd,
/// another library, systemd):
///
///   aside::tcp_stream peer = co_await aside::adopt<aside::tcp_stream>(std::move(message.fd));
///
/// Completes at once. The socket becomes non-blocking, and it does so for everybody who shares it:
/// other processes that hold a copy and expect it to block must not use it meanwhile. Errors:
/// ENOTSOCK, EPROTOTYPE (a socket of another kind), ENOTCONN (one that listens), EBADF (also of one
/// that came to another core with options::descriptors_per_core: pass it by send_fd); the descriptor is
/// closed then. Stopping: closes it.
template <class Stream>
detail::adopt_op<Stream> adopt(descriptor from) noexcept {
  return detail::adopt_op<Stream>(std::move(from));
}

}  // namespace aside::inline ASIDE_ABI
