#include "http/date.hpp"

#include "base/clock.hpp"
#include "unit/http/http_peer.hpp"

namespace aside_test {

namespace {

using namespace std::chrono_literals;
using namespace aside::http;
using std::chrono::sys_seconds;

std::string formatted(sys_seconds at) {
  char text[detail::date_size];
  return std::string(detail::format_date(text, at));
}

TEST(date, has_the_form_of_http) {
  EXPECT_EQ(formatted(sys_seconds(784111777s)), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(formatted(sys_seconds(0s)), "Thu, 01 Jan 1970 00:00:00 GMT");
  EXPECT_EQ(formatted(sys_seconds(1709208000s)), "Thu, 29 Feb 2024 12:00:00 GMT");
  EXPECT_EQ(formatted(sys_seconds(253402300799s)), "Fri, 31 Dec 9999 23:59:59 GMT");
}

TEST(date, line_is_of_now) {
  const sys_seconds before{std::chrono::seconds(aside::detail::coarse_wall_seconds())};
  const std::string line(detail::date_line());
  const sys_seconds after{std::chrono::seconds(aside::detail::coarse_wall_seconds())};
  bool found = false;
  for (auto at = before; at <= after; at += 1s)
    found = found || line == "Date: " + formatted(at) + "\r\n";
  EXPECT_TRUE(found) << line;
}

TEST(date, is_in_an_answer_once) {
  std::string out;
  append(out, 204, "", "", detail::dated(framing(request("GET", "/"))));
  EXPECT_EQ(out, "HTTP/1.1 204 No Content\r\n" + std::string(detail::date_line()) + "\r\n");
  out.clear();
  append(out, response(204).add_header("dAte", "mine"), detail::dated(framing(request("GET", "/"))));
  EXPECT_EQ(out, "HTTP/1.1 204 No Content\r\ndAte: mine\r\n\r\n");
}

/// Answers in every way there is.
aside::task<> app(request const& asked, exchange& ex) {
  if (asked.path() == "/value") {
    ex.respond(response(200, "text/plain", "x"));
  } else if (asked.path() == "/problem") {
    ex.respond_problem(404, "no");
  } else if (asked.path() == "/events") {
    ex.start_event_stream([](aside::tcp_stream) -> aside::task<> { co_return; });
  } else if (asked.path() == "/") {
    ex.respond(200, "text/plain", "x");
  }
  co_return;
}

aside::task<std::string> answer_to(std::uint16_t port, std::string_view path) {
  http_peer peer = co_await http_peer::connect(port);
  const std::string asks =
      "GET " + std::string(path) + " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
  co_await peer.send(asks);
  std::string all;
  while (const aside::chunk got = co_await peer.stream().receive())
    all.append(got.text());
  co_return all;
}

TEST(date, is_in_every_answer_of_a_server) {
  const auto client = [](std::uint16_t port) -> aside::task<> {
    // The last two: a handler that does not answer, and what is no request.
    for (const char* path : {"/", "/value", "/problem", "/events", "/nothing", "no path"}) {
      const std::string got = co_await answer_to(port, path);
      const auto first = got.find("\r\nDate: ");
      EXPECT_EQ(first, got.find("\r\n")) << path << ": " << got;
      EXPECT_EQ(got.find("\r\nDate: ", first + 1), std::string::npos) << path << ": " << got;
    }
  };
  EXPECT_EQ(with_server(&app, limits(), client), 0);
}

}  // namespace

}  // namespace aside_test
