#pragma once
// Passing descriptors between processes, over Unix sockets.

#include <aside/net/chunk.hpp>
#include <aside/net/descriptor.hpp>
#include <aside/net/io_leaf.hpp>

#include <span>
#include <string_view>

namespace aside::inline ASIDE_ABI {

/// Bytes that were received, and the descriptor that came with them. Move-only. False at the end of
/// a stream.
class fd_message {
 public:
  fd_message() = default;
  fd_message(descriptor first, chunk received, bool lost, bool cut) noexcept
      : fd(std::move(first)), bytes(std::move(received)), lost_(lost), cut_(cut) {}

  descriptor fd;  ///< none came, if it is false
  chunk bytes;

  /// Descriptors came along and were closed at once: more than one, or the process has no room for
  /// more (EMFILE). None of them leaks.
  [[nodiscard]] bool lost_descriptors() const noexcept { return lost_; }
  /// A datagram was longer than a chunk's capacity; the rest is lost.
  [[nodiscard]] bool truncated() const noexcept { return cut_; }
  explicit operator bool() const noexcept { return bytes.size() != 0 || bool(fd); }

 private:
  bool lost_ = false;
  bool cut_ = false;
};

namespace detail {

class ASIDE_AWAIT_IT send_fd_op : public io_op<send_fd_op> {
 public:
  static constexpr bool may_spend = true;
  ASIDE_API send_fd_op(const io_handle& io, int passed, std::span<const std::byte> with) noexcept;
  ASIDE_API bool attempt() noexcept;
  std::expected<void, std::error_code> result() const noexcept {
    if (error_ != 0) return std::unexpected(code());
    return {};
  }
  [[noreturn]] ASIDE_API void fail(int error) const;

  interest* interest_;
  std::span<const std::byte> left_;
  int passed_;
  bool is_passed_ = false;
};

class ASIDE_AWAIT_IT receive_fd_op : public io_op<receive_fd_op> {
 public:
  ASIDE_API explicit receive_fd_op(const io_handle& io) noexcept;
  ASIDE_API bool attempt() noexcept;
  std::expected<fd_message, std::error_code> result() noexcept {
    if (error_ != 0) return std::unexpected(code());
    return fd_message(std::move(taken_), std::move(chunk_), lost_, cut_);
  }

  interest* interest_;
  chunk chunk_;
  descriptor taken_;
  bool lost_ = false;
  bool cut_ = false;
};

}  // namespace detail
}  // namespace aside::inline ASIDE_ABI
