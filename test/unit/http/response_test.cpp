#include <aside/http/response.hpp>

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

namespace aside_test {

namespace {

using namespace aside::http;

request asked(std::string_view method, int minor = 1, std::string_view connection = {}) {
  request r(method, "/");
  r.set_version_minor(minor);
  if (!connection.empty()) r.headers().add("Connection", connection);
  return r;
}

std::string written(response const& answer, framing how) {
  std::string out;
  append(out, answer, how);
  return out;
}

TEST(response, is_written_with_its_length) {
  const response r(200, "text/plain", "hello");
  EXPECT_EQ(written(r, framing(asked("GET"))),
            "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello");
  std::string out = "before|";
  append(out, 200, "text/plain", "hello", framing(asked("GET")));
  EXPECT_EQ(out, "before|" + written(r, framing(asked("GET"))));
}

TEST(response, head_counts_but_leaves_out_the_body) {
  EXPECT_EQ(written(response(200, "text/plain", "hello"), framing(asked("HEAD"))),
            "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\n");
}

TEST(response, some_statuses_have_no_body) {
  EXPECT_EQ(written(response(204, "", "x"), framing(asked("GET"))),
            "HTTP/1.1 204 No Content\r\n\r\n");
  EXPECT_EQ(written(response(304, "", "x"), framing(asked("GET"))),
            "HTTP/1.1 304 Not Modified\r\n\r\n");
  EXPECT_EQ(written(response(205, "", "x"), framing(asked("GET"))),
            "HTTP/1.1 205 Reset Content\r\nContent-Length: 0\r\n\r\n");
}

TEST(response, says_what_becomes_of_the_connection) {
  const response r(404);
  const std::string head = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n";
  EXPECT_EQ(written(r, framing(asked("GET"))), head + "\r\n");
  EXPECT_EQ(written(r, framing(asked("GET", 1, "close"))), head + "Connection: close\r\n\r\n");
  EXPECT_EQ(written(r, framing(asked("GET", 0))), head + "Connection: close\r\n\r\n");
  EXPECT_EQ(written(r, framing(asked("GET", 0, "keep-alive"))),
            head + "Connection: keep-alive\r\n\r\n");
  EXPECT_EQ(written(r, framing(asked("GET")).close()), head + "Connection: close\r\n\r\n");
  EXPECT_EQ(written(r, framing()), head + "Connection: close\r\n\r\n");
}

TEST(response, carries_fields_in_order) {
  response r(302);
  r.add_header("Location", "/x").add_header("Set-Cookie", "a=b").add_header("Set-Cookie", "c=d");
  EXPECT_EQ(written(r, framing(asked("GET"))),
            "HTTP/1.1 302 Found\r\nLocation: /x\r\nSet-Cookie: a=b\r\nSet-Cookie: c=d\r\n"
            "Content-Length: 0\r\n\r\n");
}

TEST(response, refuses_injected_lines) {
  response r;
  EXPECT_THROW(r.add_header("Location", "/\r\nSet-Cookie: a=b"), std::invalid_argument);
  EXPECT_THROW(r.add_header("X\r\nY", "z"), std::invalid_argument);
  EXPECT_THROW(response(200, "text/plain\r\nX: y", ""), std::invalid_argument);
  std::string out;
  EXPECT_THROW(append(out, 200, "text/plain\nX: y", "", framing()), std::invalid_argument);
  EXPECT_EQ(out, "");
}

TEST(response, owns_its_framing) {
  response r;
  for (auto name : {"Content-Length", "transfer-encoding", "CONNECTION"}) {
    EXPECT_THROW(r.add_header(name, "1"), std::invalid_argument) << name;
  }
  for (int status : {0, 99, 100, 101, 199, 600, -200}) {
    EXPECT_THROW(response{status}, std::invalid_argument) << status;
    std::string out;
    EXPECT_THROW(append(out, status, "", "", framing()), std::invalid_argument) << status;
    EXPECT_EQ(out, "");
  }
}

TEST(response, writes_dates_as_http_wants_them) {
  using namespace std::chrono;
  response r;
  r.add_date(sys_seconds(784111777s));
  EXPECT_EQ(r.headers().find("date"), "Sun, 06 Nov 1994 08:49:37 GMT");
  response leap;
  leap.add_date(sys_seconds(1709208000s));
  EXPECT_EQ(leap.headers().find("date"), "Thu, 29 Feb 2024 12:00:00 GMT");
}

TEST(response, problems_are_json) {
  std::string out;
  append_problem(out, 400, "a \"quoted\" \\ line\n", framing());
  EXPECT_EQ(out,
            "HTTP/1.1 400 Bad Request\r\nContent-Type: application/problem+json\r\n"
            "Content-Length: 74\r\nConnection: close\r\n\r\n"
            "{\"title\":\"Bad Request\",\"status\":400,\"detail\":\"a \\\"quoted\\\" \\\\ "
            "line\\u000a\"}");
}

TEST(response, phrases) {
  EXPECT_EQ(reason_phrase(200), "OK");
  EXPECT_EQ(reason_phrase(299), "Unknown");
  for (int status : {408, 413, 414, 417, 431, 500, 501, 505}) {
    EXPECT_NE(reason_phrase(status), "Unknown") << status;
  }
}

}  // namespace

}  // namespace aside_test
