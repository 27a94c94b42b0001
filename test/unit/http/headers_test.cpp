#include <aside/http/headers.hpp>

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

namespace aside_test {

namespace {

using aside::http::headers;
using namespace std::string_view_literals;

TEST(headers, finds_without_regard_to_case) {
  headers h;
  h.add("Content-Type", "text/plain");
  h.add("X", "1");
  h.add("x", "2");
  EXPECT_EQ(h.size(), 3U);
  EXPECT_EQ(h.find("content-TYPE"), "text/plain");
  EXPECT_EQ(h.find("x"), "1");
  EXPECT_EQ(h.count("X"), 2U);
  EXPECT_EQ(h.find("Content"), std::nullopt);
  EXPECT_EQ(h[2].name(), "x");
  EXPECT_EQ(h[2].value(), "2");
}

TEST(headers, empty_value_is_a_value) {
  headers h;
  h.add("X", "");
  EXPECT_EQ(h.find("x"), "");
}

TEST(headers, clear_forgets_everything) {
  headers h;
  h.add("X", "1");
  h.clear();
  EXPECT_TRUE(h.empty());
  EXPECT_EQ(h.find("x"), std::nullopt);
  h.add("Y", "2");
  EXPECT_EQ(h.find("y"), "2");
}

TEST(headers, copies_are_independent) {
  headers h;
  h.add("X", "1");
  headers copy = h;
  h.add("Y", "2");
  EXPECT_EQ(copy.size(), 1U);
  EXPECT_EQ(copy.find("x"), "1");
}

TEST(headers, reads_lists_over_several_lines) {
  headers h;
  h.add("Connection", "keep-alive,\tUpgrade , ,");
  h.add("connection", "Close");
  EXPECT_TRUE(h.has_token("connection", "keep-alive"));
  EXPECT_TRUE(h.has_token("connection", "upgrade"));
  EXPECT_TRUE(h.has_token("connection", "close"));
  EXPECT_FALSE(h.has_token("connection", "keep"));
  EXPECT_FALSE(h.has_token("connection", ""));
}

TEST(headers, refuses_what_could_add_a_line) {
  headers h;
  for (std::string_view value :
       {"a\r\nX: b"sv, "a\nb"sv, "a\rb"sv, "a\0b"sv, "\x7f"sv, "\x1b"sv, " a"sv, "a\t"sv}) {
    EXPECT_THROW(h.add("X", value), std::invalid_argument) << value;
  }
  for (std::string_view name : {""sv, "a b"sv, "a:"sv, "a\r\n"sv, "a\0"sv, "\xc3\xa9"sv, "(a)"sv}) {
    EXPECT_THROW(h.add(name, "x"), std::invalid_argument) << name;
  }
  EXPECT_TRUE(h.empty());
  h.add("!#$%&'*+-.^_`|~09azAZ", "a\tb \xc3\xa9");
  EXPECT_EQ(h.size(), 1U);
}

TEST(headers, says_which_field_is_wrong) {
  headers h;
  try {
    h.add("X-Name", "a\nb");
    FAIL() << "accepted a line end";
  } catch (std::invalid_argument const& e) {
    EXPECT_NE(std::string(e.what()).find("X-Name"), std::string::npos);
  }
}

}  // namespace

}  // namespace aside_test
