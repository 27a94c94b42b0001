#include <aside/io/scan.hpp>

#include <aside/detail/panic.hpp>

#include <algorithm>
#include <cstring>
#include <utility>

namespace aside::inline ASIDE_ABI {

frame_format& frame_format::prefix(unsigned bytes, std::source_location at) noexcept {
  if (bytes != 1 && bytes != 2 && bytes != 4 && bytes != 8)
    detail::panic("the length of a frame takes 1, 2, 4 or 8 bytes", at);
  prefix_ = bytes;
  return *this;
}

frame_format& frame_format::limit(std::size_t bytes) noexcept {
  limit_ = static_cast<std::uint32_t>(std::min(bytes, std::size_t{1} << 30));
  return *this;
}

namespace detail {

namespace {
constexpr std::byte carriage_return{'\r'};
}  // namespace

scanned line_scan::operator()(std::span<const std::byte> bytes) noexcept {
  const std::size_t from = std::exchange(seen_, static_cast<std::uint32_t>(bytes.size()));
  const void* const hit =
      from == bytes.size()
          ? nullptr
          : std::memchr(bytes.data() + from, '\n', bytes.size() - from);
  if (hit == nullptr) {
    // One more than the limit may still be the CR of the line's end.
    const bool may_end = bytes.size() == std::size_t{limit_} + 1 && bytes.back() == carriage_return;
    if (bytes.size() > limit_ && !may_end) return {scanned::what::too_long};
    return {};
  }
  const auto at = static_cast<std::size_t>(static_cast<const std::byte*>(hit) - bytes.data());
  seen_ = 0;
  const std::size_t size = at != 0 && bytes[at - 1] == carriage_return ? at - 1 : at;
  if (size > limit_) return {scanned::what::too_long};
  return {scanned::what::found, 0, size, at + 1};
}

scanned until_scan::operator()(std::span<const std::byte> bytes) noexcept {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  const std::size_t overlap = delimiter_.size() - 1;  // it may have begun before what is new
  const std::size_t from = seen_ > overlap ? seen_ - overlap : 0;
  const std::size_t at = text.find(delimiter_, from);
  seen_ = static_cast<std::uint32_t>(bytes.size());
  if (at == std::string_view::npos) {
    if (bytes.size() > limit_ + overlap) return {scanned::what::too_long};
    return {};
  }
  seen_ = 0;
  if (at > limit_) return {scanned::what::too_long};
  return {scanned::what::found, 0, at, at + delimiter_.size()};
}

scanned frame_scan::operator()(std::span<const std::byte> bytes) const noexcept {
  const std::size_t before = format_.prefix();
  if (bytes.size() < before) return {};
  std::uint64_t length = 0;
  for (const std::byte b : bytes.first(before))
    length = length << 8 | static_cast<std::uint64_t>(b);
  if (length > format_.limit()) return {scanned::what::too_long};
  if (bytes.size() - before < length) return {};
  return {scanned::what::found, before, static_cast<std::size_t>(length),
          before + static_cast<std::size_t>(length)};
}

scanned peek_scan::operator()(std::span<const std::byte> bytes) const noexcept {
  if (wanted_ > limit_) return {scanned::what::too_long};
  if (bytes.size() < wanted_) return {};
  return {scanned::what::found, 0, bytes.size(), 0};
}

std::span<const std::byte> put_prefix(frame_format format, std::size_t length,
                                      std::span<std::byte> room) noexcept {
  const unsigned bytes = format.prefix();
  if (length > format.limit() || (bytes < 8 && std::uint64_t{length} >> (8 * bytes) != 0)) return {};
  for (unsigned i = 0; i < bytes; ++i)
    room[i] = static_cast<std::byte>(std::uint64_t{length} >> (8 * (bytes - 1 - i)));
  return room.first(bytes);
}

}  // namespace detail
}  // namespace aside::inline ASIDE_ABI
