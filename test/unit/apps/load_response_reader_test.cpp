#include "swarm/load/response_reader.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "swarm/load/http_dialogue.hpp"

namespace aside_test {
namespace {

using namespace aside_app::load;
using found = response_reader::found;

const std::string stream =
    "HTTP/1.1 100 Continue\r\n\r\n"
    "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
    "HTTP/1.1 204 No Content\r\n\r\n"
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    "3;x=y\r\nabc\r\n1A\r\nabcdefghijklmnopqrstuvwxyz\r\n0\r\nAfter: all\r\n\r\n"
    "HTTP/1.1 404 Not Found\r\ncontent-length:0\r\nconnection: Keep-Alive, Close\r\n\r\n";

TEST(load_response_reader, cut_anywhere) {
  const std::vector<std::pair<int, bool>> expected{
      {200, false}, {204, false}, {200, false}, {404, false}};
  for (std::size_t cut = 1; cut <= stream.size(); ++cut) {
    response_reader reader;
    std::vector<std::pair<int, bool>> got;
    for (std::size_t at = 0; at < stream.size(); at += cut) {
      auto piece = std::string_view{stream}.substr(at, cut);
      while (!piece.empty()) {
        const auto what = reader.feed(piece);
        ASSERT_NE(what, found::nonsense) << "pieces of " << cut;
        if (what == found::response) got.emplace_back(reader.status(), false);
      }
    }
    EXPECT_EQ(got, expected) << "pieces of " << cut;
    EXPECT_TRUE(reader.between());
    EXPECT_EQ(reader.end(), found::more);
  }
}

found all_of(response_reader& reader, std::string_view text) {
  auto what = found::more;
  while (!text.empty() && what != found::nonsense)
    what = reader.feed(text);
  return what;
}

TEST(load_response_reader, what_closes) {
  const std::pair<const char*, bool> cases[] = {
      {"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", false},
      {"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", true},
      {"HTTP/1.1 200 OK\r\nConnection: closed\r\nContent-Length: 0\r\n\r\n", false},
      {"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", true},
      {"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n", false}};
  for (const auto& [text, closes] : cases) {
    response_reader reader;
    EXPECT_EQ(all_of(reader, text), found::response) << text;
    EXPECT_EQ(reader.closes(), closes) << text;
  }
}

TEST(load_response_reader, body_up_to_the_end_of_the_stream) {
  response_reader reader;
  EXPECT_EQ(all_of(reader, "HTTP/1.1 200 OK\r\n\r\nas long as it lasts"), found::more);
  EXPECT_EQ(reader.end(), found::response);
  EXPECT_TRUE(reader.closes());
}

TEST(load_response_reader, an_end_inside_of_a_response) {
  for (const char* text : {"HTTP/1.1", "HTTP/1.1 200 OK\r\nContent-", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab",
                           "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"}) {
    response_reader reader;
    EXPECT_EQ(all_of(reader, text), found::more) << text;
    EXPECT_EQ(reader.end(), found::nonsense) << text;
  }
}

TEST(load_response_reader, nonsense) {
  for (const char* text :
       {"hello\r\n", "HTTP/2 200\r\n", "HTTP/1.1 x00 OK\r\n", "HTTP/1.1 200 OK\r\nno colon\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 5x\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nhello\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n"}) {
    response_reader reader;
    EXPECT_EQ(all_of(reader, text), found::nonsense) << text;
  }
  response_reader reader;
  EXPECT_EQ(all_of(reader, "HTTP/1.1 200 OK\r\nX: " + std::string(100'000, 'x')), found::nonsense);
}

TEST(load_http_dialogue, counts_answers_and_refusals) {
  const std::string requests = get_request("127.0.0.1:80", "/a") + get_request("127.0.0.1:80", "/a");
  http_dialogue talk{requests, requests.size() / 2, 200};
  EXPECT_EQ(talk.ask(2), requests);
  const auto now = talk.take(
      "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nHTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(now.answers, 1u);
  EXPECT_EQ(now.refusals, 1u);
  EXPECT_EQ(now.wrong, mishap::none);
  EXPECT_NE(talk.refusal().find("503"), std::string::npos);
  EXPECT_FALSE(talk.wants_new_connection());
  EXPECT_EQ(talk.take("H").wrong, mishap::wrong_bytes);
}

TEST(load_http_dialogue, an_end_that_was_announced) {
  const auto request = get_request("127.0.0.1:80", "/");
  http_dialogue talk{request, request.size(), 200};
  talk.ask(1);
  EXPECT_EQ(talk.take("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nabc").answers, 0u);
  EXPECT_EQ(talk.end().answers, 1u);
  EXPECT_TRUE(talk.wants_new_connection());
  talk.begin_anew();
  EXPECT_FALSE(talk.wants_new_connection());
  talk.ask(1);
  EXPECT_EQ(talk.end().wrong, mishap::closed);
}

}  // namespace
}  // namespace aside_test
