#include "swarm/event_reader.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace aside_test {
namespace {

using aside_app::event_reader;
using events = std::vector<std::pair<std::string, std::string>>;

const std::string stream =
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"
    "event: hello\ndata: 17\n\n:\n\ndata: 123 4\n\nevent: all\ndata: a\ndata: b\n\n";
const events expected = {{"hello", "17"}, {"", "123 4"}, {"all", "a\nb"}};

TEST(event_reader, cut_anywhere) {
  for (std::size_t cut = 1; cut <= stream.size(); ++cut) {
    event_reader reader;
    events got;
    const auto take = [&](std::string_view name, std::string_view data) {
      got.emplace_back(name, data);
    };
    for (std::size_t at = 0; at < stream.size(); at += cut)
      EXPECT_TRUE(reader.feed(std::string_view{stream}.substr(at, cut), take));
    EXPECT_EQ(got, expected) << "pieces of " << cut;
    EXPECT_EQ(reader.status(), 200);
  }
}

TEST(event_reader, refuses_another_status) {
  event_reader reader;
  const auto none = [](std::string_view, std::string_view) { FAIL(); };
  EXPECT_FALSE(reader.feed("HTTP/1.1 503 Service Unavailable\r\n\r\ndata: x\n\n", none));
  EXPECT_EQ(reader.status(), 503);
}

TEST(event_reader, status_line) {
  EXPECT_EQ(aside_app::status_of("HTTP/1.1 202 Accepted"), 202);
  EXPECT_EQ(aside_app::status_of("nonsense"), 0);
  EXPECT_EQ(aside_app::status_of(""), 0);
}

}  // namespace
}  // namespace aside_test
