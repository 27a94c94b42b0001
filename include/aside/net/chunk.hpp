#pragma once
// chunk: bytes that were received, in a buffer that the runtime lends.

#include <aside/detail/header.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>

namespace aside::inline ASIDE_ABI {

/// Received bytes; false at the end of the stream. The buffer goes back when the chunk dies, so keep
/// it no longer than the bytes are needed. Move-only; 16 bytes.
class chunk {
 public:
  /// More than the 4 KiB that many protocols send at once: a buffer that is filled to the brim may
  /// have left something behind, and costs another system call to learn that it has not.
  static constexpr std::size_t capacity = detail::lent_buffer_size;

  chunk() = default;
  chunk(std::byte* pooled, std::size_t size) noexcept
      : data_(pooled), size_(static_cast<std::uint32_t>(size)) {}
  chunk(chunk&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}
  chunk& operator=(chunk&& other) noexcept {
    if (this != &other) {
      release();
      data_ = std::exchange(other.data_, nullptr);
      size_ = std::exchange(other.size_, 0);
    }
    return *this;
  }
  ~chunk() { release(); }

  explicit operator bool() const noexcept { return size_ != 0; }
  [[nodiscard]] std::span<const std::byte> operator*() const noexcept { return {data_, size_}; }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] std::string_view text() const noexcept {
    return {reinterpret_cast<const char*>(data_), size_};
  }
  /// Gives the buffer back now.
  ASIDE_API void release() noexcept;
  /// For streams: the buffer, of `capacity` bytes, becomes the caller's, who makes a chunk of it again.
  [[nodiscard]] std::byte* detach() noexcept {
    size_ = 0;
    return std::exchange(data_, nullptr);
  }

 private:
  std::byte* data_ = nullptr;
  std::uint32_t size_ = 0;
};

}  // namespace aside::inline ASIDE_ABI
