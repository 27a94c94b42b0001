#pragma once
// read_buffer: bytes that were received and not used yet, in one piece; no memory when there are none.

#include <aside/net/chunk.hpp>

#include <system_error>

namespace aside::inline ASIDE_ABI::detail {

/// The memory is a chunk's, taken over, or larger and from the heap once more than a chunk is kept.
/// Views of it end with the next change other than `consume`.
class read_buffer {
 public:
  explicit read_buffer(std::uint32_t limit) noexcept : limit_(limit) {}
  read_buffer(read_buffer&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)),
        begin_(std::exchange(other.begin_, 0)),
        end_(std::exchange(other.end_, 0)),
        capacity_(std::exchange(other.capacity_, 0)),
        limit_(other.limit_) {}
  read_buffer& operator=(read_buffer&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(begin_, other.begin_);
    std::swap(end_, other.end_);
    std::swap(capacity_, other.capacity_);
    std::swap(limit_, other.limit_);
    return *this;
  }
  ~read_buffer() { free(); }

  [[nodiscard]] std::span<const std::byte> bytes() const noexcept {
    return {data_ + begin_, end_ - begin_};
  }
  [[nodiscard]] std::uint32_t limit() const noexcept { return limit_; }
  [[nodiscard]] bool empty() const noexcept { return begin_ == end_; }
  void consume(std::size_t n) noexcept { begin_ += static_cast<std::uint32_t>(n); }
  /// Gives the memory back when all has been consumed.
  void settle() noexcept {
    if (begin_ == end_ && data_ != nullptr) free();
  }
  /// ENOMEM: `more` is left as it was.
  [[nodiscard]] ASIDE_API int append(chunk& more) noexcept;
  /// The first bytes as a chunk; all of them when that has room. ENOMEM: nothing has changed.
  [[nodiscard]] ASIDE_API int lend(chunk& into) noexcept;
  /// The first bytes; how many.
  ASIDE_API std::size_t copy_out(std::span<std::byte> into) noexcept;

 private:
  ASIDE_API void free() noexcept;

  std::byte* data_ = nullptr;
  std::uint32_t begin_ = 0;
  std::uint32_t end_ = 0;
  std::uint32_t capacity_ = 0;
  std::uint32_t limit_;  // only kept, where there is room for it
};

}  // namespace aside::inline ASIDE_ABI::detail
