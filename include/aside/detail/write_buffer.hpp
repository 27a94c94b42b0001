#pragma once
// write_buffer: bytes that are to be written. Its memory comes with the first and goes with the last.

#include <aside/net/chunk.hpp>

#include <source_location>

namespace aside::inline ASIDE_ABI::detail {

class write_buffer {
 public:
  explicit write_buffer(const std::source_location& made) noexcept : made_(made) {}
  write_buffer(write_buffer&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)),
        begin_(std::exchange(other.begin_, 0)),
        end_(std::exchange(other.end_, 0)),
        has_failed_(other.has_failed_),
        made_(other.made_) {}
  write_buffer& operator=(write_buffer&&) = delete;
  /// Reports bytes that nobody has flushed, unless writing has failed, or the task fails or is stopped.
  ASIDE_API ~write_buffer();

  [[nodiscard]] std::span<const std::byte> bytes() const noexcept {
    return {data_ + begin_, std::size_t{end_} - begin_};
  }
  [[nodiscard]] bool empty() const noexcept { return begin_ == end_; }
  [[nodiscard]] std::size_t room() const noexcept { return chunk::capacity - end_; }
  /// Takes what finds room, and that out of `from`. False: no memory.
  [[nodiscard]] ASIDE_API bool put(std::span<const std::byte>& from) noexcept;
  ASIDE_API void consume(std::size_t n) noexcept;
  void set_failed() noexcept { has_failed_ = true; }

 private:
  std::byte* data_ = nullptr;
  std::uint16_t begin_ = 0;
  std::uint16_t end_ = 0;
  bool has_failed_ = false;
  std::source_location made_;
  static_assert(chunk::capacity <= UINT16_MAX);
};

}  // namespace aside::inline ASIDE_ABI::detail
