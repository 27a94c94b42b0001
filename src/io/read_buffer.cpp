#include <aside/detail/read_buffer.hpp>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <new>

namespace aside::inline ASIDE_ABI::detail {

void read_buffer::free() noexcept {
  if (capacity_ == chunk::capacity)
    return_buffer(data_);
  else
    delete[] data_;
  data_ = nullptr;
  begin_ = end_ = capacity_ = 0;
}

int read_buffer::append(chunk& more) noexcept {
  settle();
  if (data_ == nullptr) {
    end_ = static_cast<std::uint32_t>(more.size());
    data_ = more.detach();
    capacity_ = chunk::capacity;
    return 0;
  }
  const std::size_t kept = end_ - begin_;
  const std::size_t all = kept + more.size();
  if (all > capacity_) {
    const std::size_t capacity = std::max(all, std::size_t{2} * capacity_);
    auto* const larger = new (std::nothrow) std::byte[capacity];
    if (larger == nullptr) return ENOMEM;
    std::memcpy(larger, data_ + begin_, kept);
    free();
    data_ = larger;
    capacity_ = static_cast<std::uint32_t>(capacity);
    end_ = static_cast<std::uint32_t>(kept);
  } else if (capacity_ - end_ < more.size()) {
    std::memmove(data_, data_ + begin_, kept);
    begin_ = 0;
    end_ = static_cast<std::uint32_t>(kept);
  }
  std::memcpy(data_ + end_, (*more).data(), more.size());
  end_ += static_cast<std::uint32_t>(more.size());
  more.release();
  return 0;
}

int read_buffer::lend(chunk& into) noexcept {
  if (capacity_ == chunk::capacity) {
    const std::size_t size = end_ - begin_;
    if (begin_ != 0) std::memmove(data_, data_ + begin_, size);
    into = chunk(std::exchange(data_, nullptr), size);
    begin_ = end_ = capacity_ = 0;
    return 0;
  }
  std::byte* const memory = lend_buffer();
  if (memory == nullptr) return ENOMEM;
  const std::size_t size = copy_out({memory, chunk::capacity});
  into = chunk(memory, size);
  settle();
  return 0;
}

std::size_t read_buffer::copy_out(std::span<std::byte> into) noexcept {
  const std::size_t size = std::min<std::size_t>(into.size(), end_ - begin_);
  if (size != 0) std::memcpy(into.data(), data_ + begin_, size);
  consume(size);
  return size;
}

}  // namespace aside::inline ASIDE_ABI::detail
