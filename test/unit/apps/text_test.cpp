#include <gtest/gtest.h>

#include "system/address.hpp"
#include "system/duration.hpp"
#include "system/text_file.hpp"
#include "text/number.hpp"

namespace aside_test {
namespace {

using namespace aside_app;
using namespace std::chrono_literals;

TEST(number, grouped) {
  EXPECT_EQ(grouped(std::uint64_t{0}), "0");
  EXPECT_EQ(grouped(std::uint64_t{999}), "999");
  EXPECT_EQ(grouped(std::uint64_t{1000}), "1,000");
  EXPECT_EQ(grouped(std::uint64_t{1234567}), "1,234,567");
  EXPECT_EQ(grouped(1234.56, 1), "1,234.6");
  EXPECT_EQ(grouped(0.04, 2), "0.04");
  EXPECT_EQ(grouped(-1.0), "0");
}

TEST(number, bytes) {
  EXPECT_EQ(bytes_text(742), "742 B");
  EXPECT_EQ(bytes_text(9'999), "9,999 B");
  EXPECT_EQ(bytes_text(39'500), "39.5 kB");
  EXPECT_EQ(bytes_text(412e6), "412.0 MB");
  EXPECT_EQ(bytes_text(4e9), "4,000 MB");
}

TEST(number, counted) {
  EXPECT_EQ(counted(1, "thread"), "1 thread");
  EXPECT_EQ(counted(0, "thread"), "0 threads");
  EXPECT_EQ(counted(2'000, "thread"), "2,000 threads");
}

TEST(number, what_is_printed_commands_no_terminal) {
  EXPECT_EQ(printable("a\033[2Jb\n\x7f"), "a?[2Jb??");
  EXPECT_EQ(printable("\xc2\x9b" "2J µs ä"), "?2J µs ä");
  EXPECT_EQ(printable("\xc2"), "\xc2");
}

TEST(number, columns_are_counted_in_characters) {
  EXPECT_EQ(columns_of("µs"), 2u);
  EXPECT_EQ(padded_left("µs", 4), "  µs");
  EXPECT_EQ(padded_right("abc", 2), "abc");
}

TEST(duration, units) {
  EXPECT_EQ(duration_from("20s"), 20s);
  EXPECT_EQ(duration_from("20"), 20s);
  EXPECT_EQ(duration_from("1500ms"), 1500ms);
  EXPECT_EQ(duration_from("2m"), 2min);
  EXPECT_EQ(duration_from("1.5s"), 1500ms);
}

TEST(duration, refuses) {
  for (const auto* text : {"", "s", "-1s", "0", "1h", "1 s", "nan", "inf", "1e9s", "20sx"})
    EXPECT_EQ(duration_from(text), std::nullopt) << text;
}

TEST(wrapped, between_words_only) {
  EXPECT_EQ(wrapped("see also http://127.0.0.1:8080/ for it", 12),
            "see also\nhttp://127.0.0.1:8080/\nfor it");
  EXPECT_EQ(wrapped("exactly ten", 11), "exactly ten");
  EXPECT_EQ(wrapped("exactly ten", 10), "exactly\nten");
  EXPECT_EQ(wrapped("  a  column", 40), "  a  column");
  EXPECT_EQ(wrapped("", 40), "");
}

TEST(address, numeric_with_port) {
  for (const auto* text : {"127.0.0.1:8080", "[::1]:1", "0.0.0.0:65535"})
    EXPECT_TRUE(is_address(text)) << text;
  for (const auto* text : {"", "127.0.0.1", "127.0.0.1:", ":80", "127.0.0.1:0", "127.0.0.1:65536",
                           "::1:80", "[::1:80", "localhost:80", "1.2.3:80", "127.0.0.1:8080x"})
    EXPECT_FALSE(is_address(text)) << text;
}

TEST(text_file, numbers) {
  constexpr auto text = "Slab:  \t  87644 kB\nSReclaimable: 1 kB\nKernelStack:       1376 kB\n";
  EXPECT_EQ(number_after(text, "Slab:"), 87644u);
  EXPECT_EQ(number_after(text, "KernelStack:"), 1376u);
  EXPECT_EQ(number_after(text, "Reclaimable:"), std::nullopt);
  EXPECT_EQ(number_at("cpu  10 20 30\ncpu0 1 2 3", 0), std::nullopt);
  EXPECT_EQ(number_at("cpu  10 20 30\ncpu0 1 2 3", 2), 20u);
  EXPECT_EQ(number_at("cpu  10 20 30\ncpu0 1 2 3", 4), std::nullopt);
}

TEST(text_file, missing_is_empty) { EXPECT_EQ(read_text("/proc/nobody/home"), ""); }

}  // namespace
}  // namespace aside_test
