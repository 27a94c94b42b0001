#include <aside/http/event_stream.hpp>

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

namespace aside_test {

namespace {

using namespace std::string_view_literals;

std::string event(std::string_view id, std::string_view name, std::string_view data) {
  std::string out;
  aside::http::format_event(out, id, name, data);
  return out;
}

TEST(event_stream, one_line) {
  EXPECT_EQ(event("1", "tick", "a"), "id: 1\nevent: tick\ndata: a\n\n");
  EXPECT_EQ(event("", "", "a"), "data: a\n\n");
  EXPECT_EQ(event("", "", ""), "data: \n\n");
}

TEST(event_stream, several_lines) {
  EXPECT_EQ(event("", "", "a\nb"), "data: a\ndata: b\n\n");
  EXPECT_EQ(event("", "", "a\r\nb\rc"), "data: a\ndata: b\ndata: c\n\n");
  EXPECT_EQ(event("", "", "a\n"), "data: a\ndata: \n\n");
  EXPECT_EQ(event("", "", "\n\n"), "data: \ndata: \ndata: \n\n");
  EXPECT_EQ(event("", "", "\n\r"), "data: \ndata: \ndata: \n\n");
  EXPECT_EQ(event("", "", "a\r"), "data: a\ndata: \n\n");
}

TEST(event_stream, leading_blanks_survive) { EXPECT_EQ(event("", "", " a"), "data:  a\n\n"); }

TEST(event_stream, data_cannot_pose_as_a_field) {
  EXPECT_EQ(event("", "", "x\n\nevent: evil\rdata: y"),
            "data: x\ndata: \ndata: event: evil\ndata: data: y\n\n");
}

TEST(event_stream, refuses_line_ends_elsewhere) {
  for (std::string_view bad : {"a\nb"sv, "a\rb"sv, "a\0b"sv}) {
    std::string out;
    EXPECT_THROW(aside::http::format_event(out, bad, "", "x"), std::invalid_argument);
    EXPECT_THROW(aside::http::format_event(out, "", bad, "x"), std::invalid_argument);
    EXPECT_THROW(aside::http::format_event_comment(out, bad), std::invalid_argument);
    EXPECT_EQ(out, "");
  }
}

TEST(event_stream, comments) {
  std::string out;
  aside::http::format_event_comment(out, "still here");
  EXPECT_EQ(out, ": still here\n\n");
}

TEST(event_stream, head) {
  EXPECT_EQ(aside::http::event_stream_head(),
            "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-store\r\n"
            "Connection: close\r\n\r\n");
}

}  // namespace

}  // namespace aside_test
