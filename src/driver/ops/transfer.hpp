#pragma once
// Transfers of several system calls, whatever the call is: each call is one of the turn's budget, so a
// peer that is always ready does not hold the core.

#include "driver/ops/protocol.hpp"

#include <sys/uio.h>
#include <algorithm>
#include <span>

namespace aside::inline ASIDE_ABI::detail {

/// Fewer than the kernel allows (1024), as they are on the native stack while it is asked.
inline constexpr std::size_t most_pieces = 256;

/// Reads until `left` is empty. `read(span, got)` gives a `called`. False: not yet, or not in this turn.
/// True with an error: an errno, or `ended_early`.
template <class Read>
bool read_all(const leaf& op, interest& i, std::span<std::byte>& left, int& error,
              Read read) noexcept {
  expect_home(i, op);
  while (!left.empty()) {
    std::size_t got = 0;
    if (!try_call(i.reader, error, [&]() noexcept { return read(left, got); })) return false;
    left = left.subspan(got);
    if (error == 0 && got == 0) error = ended_early;
    if (error != 0 || left.empty()) return true;
    if (!may_go_on(op)) return false;
  }
  return true;
}

/// Writes until `left` is empty; `write(span, sent)` gives a `called`.
template <class Write>
bool write_all(const leaf& op, interest& i, std::span<const std::byte>& left, int& error,
               Write write) noexcept {
  expect_home(i, op);
  while (!left.empty()) {
    std::size_t sent = 0;
    if (!try_call(i.writer, error, [&]() noexcept { return write(left, sent); })) return false;
    left = left.subspan(sent);
    if (error != 0 || left.empty()) return true;
    if (!may_go_on(op)) return false;
  }
  return true;
}

/// The same with several spans, the first of which has been sent up to `of_first`. `done`: bytes in all.
template <class Write>
bool write_all(const leaf& op, interest& i, std::span<const std::span<const std::byte>>& left,
               std::size_t& of_first, std::size_t& done, int& error, Write write) noexcept {
  expect_home(i, op);
  for (bool first = true;; first = false) {
    while (!left.empty() && of_first >= left.front().size()) {
      of_first -= left.front().size();
      left = left.subspan(1);
    }
    if (left.empty()) return true;
    if (!first && !may_go_on(op)) return false;
    std::array<iovec, most_pieces> pieces;
    const std::size_t count = std::min(left.size(), most_pieces);
    for (std::size_t n = 0; n < count; ++n) {
      const std::span<const std::byte> piece = left[n].subspan(n == 0 ? of_first : 0);
      // The kernel does not write to them; iovec has no const.
      pieces[n].iov_base = const_cast<std::byte*>(piece.data());
      pieces[n].iov_len = piece.size();
    }
    std::size_t sent = 0;
    const bool tried = try_call(i.writer, error, [&]() noexcept {
      return write(std::span<iovec>(pieces.data(), count), sent);
    });
    if (!tried) return false;
    of_first += sent;
    done += sent;
    if (error != 0) return true;
  }
}

}  // namespace aside::inline ASIDE_ABI::detail
