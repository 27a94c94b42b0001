#include <aside/detail/write_buffer.hpp>

#include <aside/stop.hpp>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <exception>

namespace aside::inline ASIDE_ABI::detail {

write_buffer::~write_buffer() {
  if (data_ == nullptr) return;
  if (!empty() && !has_failed_ && std::uncaught_exceptions() == 0 && !stopping())
    std::fprintf(stderr,
                 "aside: a buffered_writer, made at %s:%u, was destroyed with %zu bytes that were "
                 "never written: co_await flush() or shutdown() first\n",
                 made_.file_name(), made_.line(), bytes().size());
  return_buffer(data_);
}

bool write_buffer::put(std::span<const std::byte>& from) noexcept {
  const std::size_t n = std::min(from.size(), room());
  if (n == 0) return true;
  if (data_ == nullptr) {
    data_ = lend_buffer();
    if (data_ == nullptr) return false;
  }
  std::memcpy(data_ + end_, from.data(), n);
  end_ = static_cast<std::uint16_t>(end_ + n);
  from = from.subspan(n);
  return true;
}

void write_buffer::consume(std::size_t n) noexcept {
  begin_ = static_cast<std::uint16_t>(begin_ + n);
  if (begin_ != end_ || data_ == nullptr) return;
  return_buffer(std::exchange(data_, nullptr));
  begin_ = end_ = 0;
}

}  // namespace aside::inline ASIDE_ABI::detail
