#pragma once
// The operations on bytes of pipes, and reading Unix sockets.

#include <aside/net/chunk.hpp>
#include <aside/net/io_leaf.hpp>

#include <span>

namespace aside::inline ASIDE_ABI::detail {

/// What is behind a descriptor, which decides the system call and what a short read means.
enum class byte_kind : std::uint8_t {
  pipe,          // a short read has emptied it
  unix_socket,   // the same, unless it stopped at descriptors that came along
  other_socket,  // one that may block for others: asked not to, call by call. It may give a message at
                 // a time, or stop at descriptors without saying so: only EAGAIN means empty
  other,         // a terminal, say, gives a line at a time: likewise
};

class ASIDE_AWAIT_IT byte_receive_op : public io_op<byte_receive_op> {
 public:
  ASIDE_API byte_receive_op(const io_handle& io, byte_kind kind) noexcept;
  ASIDE_API bool attempt() noexcept;
  std::expected<chunk, std::error_code> result() noexcept {
    if (error_ != 0) return std::unexpected(code());
    return std::move(chunk_);
  }
  [[nodiscard("the bytes are lost with the chunk")]]
  chunk await_resume() { return io_op::await_resume(); }

  interest* interest_;
  chunk chunk_;
  byte_kind kind_;
};

class ASIDE_AWAIT_IT byte_read_op : public io_op<byte_read_op> {
 public:
  ASIDE_API byte_read_op(const io_handle& io, byte_kind kind, std::span<std::byte> into) noexcept;
  ASIDE_API bool attempt() noexcept;
  std::expected<std::size_t, std::error_code> result() const noexcept {
    if (error_ != 0) return std::unexpected(code());
    return got_;
  }
  [[nodiscard("it may have read only a part: look at the number, or use read_exact")]]
  std::size_t await_resume() { return io_op::await_resume(); }

  interest* interest_;
  std::span<std::byte> into_;
  std::size_t got_ = 0;
  byte_kind kind_;
};

class ASIDE_AWAIT_IT byte_read_exact_op : public transfer_op<byte_read_exact_op> {
 public:
  ASIDE_API byte_read_exact_op(const io_handle& io, byte_kind kind,
                               std::span<std::byte> into) noexcept;
  ASIDE_API bool attempt() noexcept;
  [[nodiscard]] std::size_t transferred() const noexcept { return count() - left_.size(); }

  interest* interest_;
  std::span<std::byte> left_;
  byte_kind kind_;
};

class ASIDE_AWAIT_IT byte_write_op : public transfer_op<byte_write_op> {
 public:
  ASIDE_API byte_write_op(const io_handle& io, byte_kind kind,
                          std::span<const std::byte> from) noexcept;
  ASIDE_API bool attempt() noexcept;
  [[nodiscard]] std::size_t transferred() const noexcept { return count() - left_.size(); }

  interest* interest_;
  std::span<const std::byte> left_;
  byte_kind kind_;
};

/// Several spans, one after the other.
class ASIDE_AWAIT_IT byte_write_parts_op : public transfer_op<byte_write_parts_op> {
 public:
  using part = std::span<const std::byte>;
  ASIDE_API byte_write_parts_op(const io_handle& io, byte_kind kind,
                                std::span<const part> parts) noexcept;
  ASIDE_API bool attempt() noexcept;

  interest* interest_;
  std::span<const part> left_;  // the first may be sent in part
  std::size_t of_first_ = 0;    // so much of it
  byte_kind kind_;
};

class ASIDE_AWAIT_IT byte_write_some_op : public io_op<byte_write_some_op> {
 public:
  ASIDE_API byte_write_some_op(const io_handle& io, byte_kind kind,
                               std::span<const std::byte> from) noexcept;
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
  byte_kind kind_;
};

/// The end of what is written, where it can be told by closing only.
class ASIDE_AWAIT_IT byte_end_op : public io_op<byte_end_op> {
 public:
  ASIDE_API explicit byte_end_op(io_handle& io) noexcept;
  ASIDE_API bool attempt() noexcept;
  std::expected<void, std::error_code> result() const noexcept {
    if (error_ != 0) return std::unexpected(code());
    return {};
  }

  io_handle* io_;
};

}  // namespace aside::inline ASIDE_ABI::detail
