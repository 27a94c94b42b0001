// The first three bytes choose a scan, its limit and the size of the pieces, the rest is the input.
// Checked for every input: what is found is the same whole and in pieces, lies within the bytes, keeps
// the limit, and gives the input again when it is put together.
#include <aside/io/scan.hpp>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

namespace {

using namespace aside::detail;
using bytes = std::span<const std::byte>;

[[noreturn]] void fail(const char* what) {
  std::fprintf(stderr, "%s\n", what);
  std::abort();
}

struct outcome {
  std::vector<std::string> found;
  std::string consumed;
  bool is_too_long = false;
  bool operator==(const outcome&) const = default;
};

template <class Make>
outcome scan_all(bytes input, std::size_t piece, std::size_t limit, Make make) {
  outcome o;
  std::size_t begin = 0;
  std::size_t there = 0;
  auto scan = make();
  for (;;) {
    const bytes now = input.subspan(begin, there - begin);
    const scanned s = scan(now);
    if (s.is == scanned::what::too_long) {
      o.is_too_long = true;
      return o;
    }
    if (s.is == scanned::what::found) {
      if (s.begin + s.size > s.consumed || s.consumed > now.size()) fail("outside of the bytes");
      if (s.size > limit) fail("beyond the limit");
      const auto* const text = reinterpret_cast<const char*>(now.data());
      o.found.emplace_back(text + s.begin, s.size);
      o.consumed.append(text, s.consumed);
      begin += s.consumed;
      scan = make();
    } else if (there == input.size()) {
      return o;
    } else {
      there = std::min(there + piece, input.size());
    }
  }
}

template <class Make, class Again>
void check(bytes input, std::size_t piece, std::size_t limit, Make make, Again again) {
  const outcome whole = scan_all(input, input.size() + 1, limit, make);
  if (whole != scan_all(input, piece, limit, make)) fail("cut matters");
  std::string text;
  for (const std::string& f : whole.found)
    text += again(f);
  if (text.size() > whole.consumed.size()) fail("more than there was");
  const auto* const data = reinterpret_cast<const std::byte*>(text.data());
  if (scan_all({data, text.size()}, 3, limit, make).found != whole.found) fail("another meaning");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 3) return 0;
  const std::uint32_t limit = data[1] % 40U;
  const std::size_t piece = data[2] % 16U + 1U;
  const bytes input(reinterpret_cast<const std::byte*>(data) + 3, size - 3);
  const unsigned which = data[0] % 7U;
  if (which == 0) {
    check(
        input, piece, limit, [&] { return line_scan(limit); },
        [](const std::string& line) { return line + (line.ends_with('\r') ? "\r\n" : "\n"); });
  } else if (which <= 2) {
    const std::string_view delimiter = which == 1 ? "\r\n" : "aab";
    check(
        input, piece, limit, [&] { return until_scan(delimiter, limit); },
        [&](const std::string& f) { return f + std::string(delimiter); });
  } else {
    const auto f = aside::frame_format().prefix(1U << (which - 3)).limit(limit);
    check(
        input, piece, limit, [&] { return frame_scan(f); },
        [&](const std::string& frame) {
          std::byte room[8];
          const bytes head = put_prefix(f, frame.size(), room);
          return std::string(reinterpret_cast<const char*>(head.data()), head.size()) + frame;
        });
  }
  return 0;
}
