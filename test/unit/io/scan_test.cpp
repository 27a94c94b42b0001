// The parsers of lines, delimiters and frames: what they find must not depend on how the bytes are cut.
#include <aside/io/scan.hpp>

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <string>
#include <vector>

namespace {

using aside::frame_format;
using aside::detail::frame_scan;
using aside::detail::line_scan;
using aside::detail::peek_scan;
using aside::detail::scanned;
using aside::detail::until_scan;

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span<const char>(text.data(), text.size()));
}

/// All that a scan finds in `text`, which comes in pieces of `piece` bytes, and how it ended.
template <class Make>
std::string all_of(std::string_view text, std::size_t piece, Make make) {
  std::string said;
  std::size_t begin = 0;
  std::size_t there = 0;
  auto scan = make();
  for (;;) {
    const scanned s = scan(bytes_of(text.substr(begin, there - begin)));
    if (s.is == scanned::what::too_long) return said + "too long";
    if (s.is == scanned::what::found) {
      said += "[" + std::string(text.substr(begin + s.begin, s.size)) + "]";
      begin += s.consumed;
      scan = make();
    } else if (there == text.size()) {
      return said + "rest " + std::to_string(text.size() - begin);
    } else {
      there = std::min(there + piece, text.size());
    }
  }
}
std::string lines_of(std::string_view text, std::size_t piece, std::uint32_t limit) {
  return all_of(text, piece, [&] { return line_scan(limit); });
}

TEST(line_scan, finds_both_ends_of_a_line) {
  EXPECT_EQ(lines_of("a\nbc\r\n\n\r\nd", 1, 10), "[a][bc][][]rest 1");
  EXPECT_EQ(lines_of("a\rb\n", 100, 10), "[a\rb]rest 0");
  EXPECT_EQ(lines_of("a\r\r\n", 100, 10), "[a\r]rest 0");
  EXPECT_EQ(lines_of(std::string_view("a\0b\n", 4), 100, 10), std::string("[a\0b]rest 0", 11));
}

TEST(line_scan, counts_a_line_without_its_end) {
  for (const std::size_t piece : {1u, 2u, 3u, 100u}) {
    EXPECT_EQ(lines_of("abc\n", piece, 3), "[abc]rest 0");
    EXPECT_EQ(lines_of("abc\r\n", piece, 3), "[abc]rest 0");
    EXPECT_EQ(lines_of("abcd\n", piece, 3), "too long");
    EXPECT_EQ(lines_of("abc\rd\n", piece, 3), "too long");
    EXPECT_EQ(lines_of("abcdefgh", piece, 3), "too long");
  }
}

TEST(until_scan, finds_a_delimiter_that_is_cut) {
  const auto make = [] { return until_scan("\r\n\r\n", 20); };
  for (std::size_t piece = 1; piece < 8; ++piece)
    EXPECT_EQ(all_of("a\r\nb\r\n\r\nc\r\n\r", piece, make), "[a\r\nb]rest 4");
}

TEST(until_scan, refuses_what_can_no_longer_be_short_enough) {
  const auto make = [] { return until_scan("--", 3); };
  for (std::size_t piece = 1; piece < 8; ++piece) {
    EXPECT_EQ(all_of("abc--", piece, make), "[abc]rest 0");
    EXPECT_EQ(all_of("abcd--", piece, make), "too long");
    EXPECT_EQ(all_of("abcd", piece, make), "rest 4");
    EXPECT_EQ(all_of("abcde", piece, make), "too long");
  }
}

TEST(frame_scan, reads_lengths_of_every_size) {
  const auto frames = [](std::string_view text, unsigned prefix) {
    return all_of(text, 1, [&] { return frame_scan(frame_format().prefix(prefix).limit(5)); });
  };
  EXPECT_EQ(frames(std::string_view("\2ab\0\1", 5), 1), "[ab][]rest 1");
  EXPECT_EQ(frames(std::string_view("\0\2ab", 4), 2), "[ab]rest 0");
  EXPECT_EQ(frames(std::string_view("\0\0\0\2ab", 6), 4), "[ab]rest 0");
  EXPECT_EQ(frames(std::string_view("\0\0\0\0\0\0\0\2ab", 10), 8), "[ab]rest 0");
  EXPECT_EQ(frames(std::string_view("\0\6", 2), 2), "too long");
  EXPECT_EQ(frames("\xff\xff\xff\xff\xff\xff\xff\xff", 8), "too long");
  EXPECT_EQ(frames("\xff\xff\xff\xff\xff\xff\xff", 8), "rest 7");
}

TEST(frame_scan, writes_what_it_reads) {
  for (const unsigned prefix : {1u, 2u, 4u, 8u}) {
    const auto f = frame_format().prefix(prefix).limit(300);
    for (const std::size_t length : {0u, 1u, 255u, 256u, 300u, 301u}) {
      std::array<std::byte, 8> room{};
      const auto head = aside::detail::put_prefix(f, length, room);
      if (length > 300 || (prefix == 1 && length > 255)) {
        EXPECT_TRUE(head.empty());
        continue;
      }
      ASSERT_EQ(head.size(), prefix);
      std::vector<std::byte> all(head.begin(), head.end());
      all.resize(prefix + length);
      frame_scan scan(f);
      const scanned s = scan(all);
      EXPECT_EQ(s.is, scanned::what::found);
      EXPECT_EQ(s.begin, prefix);
      EXPECT_EQ(s.size, length);
      EXPECT_EQ(s.consumed, all.size());
    }
  }
}

TEST(peek_scan, wants_as_much_as_it_was_told) {
  peek_scan two(2, 10);
  EXPECT_EQ(two(bytes_of("a")).is, scanned::what::wants_more);
  EXPECT_EQ(two(bytes_of("abc")).size, 3u);
  EXPECT_EQ(two(bytes_of("abc")).consumed, 0u);
  peek_scan many(11, 10);
  EXPECT_EQ(many({}).is, scanned::what::too_long);
}

TEST(scan, finds_the_same_whole_and_in_pieces) {
  const bool good = rc::check("lines, delimiters and frames", [] {
    const auto text = *rc::gen::container<std::string>(rc::gen::element('a', '\r', '\n', '\1', '\0'));
    const auto piece = *rc::gen::inRange<std::size_t>(1, 9);
    const auto limit = *rc::gen::inRange<std::uint32_t>(0, 9);
    const auto same = [&](auto make) {
      RC_ASSERT(all_of(text, piece, make) == all_of(text, text.size() + 1, make));
    };
    same([&] { return line_scan(limit); });
    same([&] { return until_scan("\r\n", limit); });
    same([&] { return until_scan("aa", limit); });
    same([&] { return frame_scan(frame_format().prefix(1).limit(limit)); });
  });
  EXPECT_TRUE(good);
}

}  // namespace
