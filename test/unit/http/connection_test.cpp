#include "http_peer.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>
#include <vector>

namespace aside_test {

namespace {

namespace http = aside::http;
using aside::task;
using http::limits;
using namespace std::chrono_literals;

task<> count_to(aside::tcp_stream peer, int last) {
  for (int i = 1; i <= last; ++i) {
    std::string text;
    http::format_event(text, std::to_string(i), "", "event\nline");
    co_await peer.write(text);
  }
}

task<> app(http::request const& asked, http::exchange& ex) {
  if (asked.path() == "/echo") {
    ex.respond(200, "text/plain", asked.body());
  } else if (asked.path() == "/events") {
    ex.start_event_stream(count_to, 3);
  } else if (asked.path() == "/throws") {
    ex.respond(200, "text/plain", "never sent");
    throw std::runtime_error("the handler of /throws");
  } else if (asked.path() == "/throws-in-stream") {
    ex.start_event_stream(count_to, 3);
    throw std::runtime_error("the handler of /throws-in-stream");
  } else if (asked.path() == "/nothing") {
    co_return;
  } else if (asked.path() == "/waits") {
    co_await aside::sleep_for(5ms);
    ex.respond(200, "text/plain", "waited");
  } else if (asked.path() == "/last") {
    ex.close();
    ex.respond(200, "text/plain", "last");
  } else if (asked.path() == "/") {
    ex.respond(200, "text/plain", "hello");
  } else {
    ex.respond_problem(404, "there is nothing here");
  }
}

std::string get(std::string_view path, std::string_view fields = {}) {
  std::string text = "GET ";
  return text.append(path).append(" HTTP/1.1\r\nHost: a\r\n").append(fields).append("\r\n");
}

std::string ok(std::string_view body, std::string_view fields = {}) {
  std::string text = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: ";
  text.append(std::to_string(body.size())).append("\r\n").append(fields).append("\r\n");
  return text.append(body);
}

/// Sends `text` at once and returns all that comes until the server closes.
std::string all_of(std::string_view text, limits const& rules = {}) {
  std::string result;
  const auto client = [&](std::uint16_t port) -> task<> {
    http_peer peer = co_await http_peer::connect(port);
    co_await peer.send(text);
    result = co_await peer.rest();
  };
  EXPECT_EQ(with_server(&app, rules, client), 0);
  return result;
}

TEST(connection, keeps_alive_over_several_requests) {
  const auto client = [](std::uint16_t port) -> task<> {
    http_peer peer = co_await http_peer::connect(port);
    for (int i = 0; i != 3; ++i) {
      co_await peer.send(get("/"));
      const std::string got = co_await peer.until("hello");
      EXPECT_EQ(got, ok("hello"));
    }
    co_await peer.send(get("/last"));
    const std::string last = co_await peer.rest();
    EXPECT_EQ(last, ok("last", "Connection: close\r\n"));
  };
  EXPECT_EQ(with_server(&app, limits(), client), 0);
}

TEST(connection, answers_pipelined_requests_in_order_with_one_write) {
  const auto client = [](std::uint16_t port) -> task<> {
    http_peer peer = co_await http_peer::connect(port);
    co_await peer.send(get("/") + get("/waits") +
                       "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi" + get("/"));
    const std::string got = co_await peer.some();
    EXPECT_EQ(got, ok("hello") + ok("waited") + ok("hi") + ok("hello"));
  };
  EXPECT_EQ(with_server(&app, limits(), client), 0);
}

TEST(connection, takes_requests_byte_by_byte) {
  const auto client = [](std::uint16_t port) -> task<> {
    http_peer peer = co_await http_peer::connect(port);
    const std::string text =
        "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n" +
        get("/");
    for (char c : text) {
      co_await peer.send(std::string_view(&c, 1));
      co_await aside::yield();
    }
    const std::string got = co_await peer.until("hello");
    EXPECT_EQ(got, ok("hi") + ok("hello"));
  };
  EXPECT_EQ(with_server(&app, limits(), client), 0);
}

TEST(connection, large_bodies_arrive_whole) {
  const std::string body(900'000, 'b');
  const std::string answer = all_of(
      "POST /echo HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 900000\r\n\r\n" +
      body);
  EXPECT_EQ(answer.size(), ok(body, "Connection: close\r\n").size());
  EXPECT_TRUE(answer == ok(body, "Connection: close\r\n"));
}

TEST(connection, closes_when_asked_and_reads_no_further) {
  EXPECT_EQ(all_of(get("/", "Connection: close\r\n") + get("/waits")),
            ok("hello", "Connection: close\r\n"));
}

TEST(connection, speaks_http_1_0) {
  EXPECT_EQ(all_of("GET / HTTP/1.0\r\n\r\n"), ok("hello", "Connection: close\r\n"));
  EXPECT_EQ(all_of("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET / HTTP/1.0\r\n\r\n"),
            ok("hello", "Connection: keep-alive\r\n") + ok("hello", "Connection: close\r\n"));
}

TEST(connection, head_has_no_body) {
  EXPECT_EQ(all_of("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n" + get("/last")),
            "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\n" +
                ok("last", "Connection: close\r\n"));
}

TEST(connection, tells_who_waits_with_the_body_to_go_on) {
  const auto client = [](std::uint16_t port) -> task<> {
    http_peer peer = co_await http_peer::connect(port);
    co_await peer.send(
        "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
    const std::string go_on = co_await peer.some();
    EXPECT_EQ(go_on, "HTTP/1.1 100 Continue\r\n\r\n");
    co_await peer.send("hi");
    const std::string first = co_await peer.some();
    EXPECT_EQ(first, ok("hi"));
    co_await peer.send(
        "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\nhi");
    const std::string second = co_await peer.some();
    EXPECT_EQ(second, ok("hi"));
  };
  EXPECT_EQ(with_server(&app, limits(), client), 0);
}

void expect_refusal(std::string const& answer, int status) {
  const std::string line = "HTTP/1.1 " + std::to_string(status) + " ";
  EXPECT_EQ(answer.substr(0, line.size()), line) << answer;
  EXPECT_NE(answer.find("application/problem+json"), std::string::npos) << answer;
  EXPECT_NE(answer.find("Connection: close\r\n"), std::string::npos) << answer;
  EXPECT_EQ(answer.find("(reset)"), std::string::npos) << answer;
}

TEST(connection, refuses_and_closes) {
  expect_refusal(all_of("nonsense\r\n\r\n" + get("/")), 400);
  expect_refusal(all_of(get("/", "X: a\r\n b\r\n")), 400);
  expect_refusal(all_of(get("/", "Transfer-Encoding: gzip\r\n")), 501);
  expect_refusal(all_of(get("/", "Expect: magic\r\n")), 417);
  expect_refusal(all_of(get("/" + std::string(9000, 'x'))), 414);
  expect_refusal(all_of(get("/", "X: " + std::string(20'000, 'x') + "\r\n")), 431);
}

TEST(connection, answers_what_came_before_a_refusal) {
  const std::string answer = all_of(get("/") + "nonsense\r\n\r\n");
  EXPECT_EQ(answer.substr(0, ok("hello").size()), ok("hello"));
  expect_refusal(answer.substr(ok("hello").size()), 400);
}

TEST(connection, a_refusal_reaches_a_peer_that_is_still_sending) {
  expect_refusal(all_of("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 200000\r\n\r\n" +
                            std::string(200'000, 'x'),
                        limits().body_bytes(1000)),
                 413);
}

TEST(connection, waits_only_so_long) {
  expect_refusal(all_of("GET / HT", limits().header_timeout(30ms)), 408);
  expect_refusal(all_of("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nx",
                        limits().body_timeout(30ms)),
                 408);
  EXPECT_EQ(all_of("", limits().idle_timeout(30ms)), "");
  EXPECT_EQ(all_of(get("/"), limits().idle_timeout(30ms)), ok("hello"));
}

/// The limit to silence and the next request meet in every order, on two cores: a connection answers
/// all of a request or nothing of it, and ends by itself either way.
TEST(connection, an_idle_limit_and_a_request_meet) {
  std::atomic<int> answered{0};
  std::atomic<int> closed{0};
  const auto client = [&](std::uint16_t port) -> task<> {
    const auto one = [&](int n) -> task<> {
      http_peer peer = co_await http_peer::connect(port);
      const std::string request = get("/");
      const auto asked = co_await peer.stream().write(request).as_result();
      const auto first = co_await peer.stream().receive().as_result();
      // So late on a busy machine that not even the first request was waited for.
      bool is_closed = !asked || !first || !*first;
      if (!is_closed) {
        EXPECT_EQ(without_dates(std::string(first->text())), ok("hello"));
        co_await aside::sleep_for(100ms + n * 3ms);
        const auto again = co_await peer.stream().write(request).as_result();
        const std::string rest = co_await peer.rest();
        is_closed = !again || rest.empty() || rest == "(reset)";
        EXPECT_TRUE(is_closed || rest == ok("hello")) << rest;
      }
      ++(is_closed ? closed : answered);
    };
    co_await aside::scope([&](aside::nursery& all) -> task<> {
      for (int n = 0; n != 40; ++n)
        all.spawn_local(one, n);
      co_return;
    });
  };
  EXPECT_EQ(with_server(&app, limits().idle_timeout(200ms), client), 0);
  EXPECT_EQ(answered + closed, 40);
  EXPECT_GT(answered, 0);
  EXPECT_GT(closed, 0);
}

/// Whether the server ends a connection that sends `text`, then `blank` again and again, `pause` between.
bool ends_in_spite_of(std::string_view blank, std::chrono::milliseconds pause,
                      std::string_view text) {
  bool ended = false;
  const auto client = [&](std::uint16_t port) -> task<> {
    http_peer peer = co_await http_peer::connect(port);
    co_await peer.send(text);
    const auto give_up = std::chrono::steady_clock::now() + 10s;
    while (!ended && std::chrono::steady_clock::now() < give_up) {
      const auto sent = co_await peer.stream().write(blank).as_result();
      ended = !sent;
      co_await aside::sleep_for(pause);
    }
  };
  EXPECT_EQ(with_server(&app, limits().idle_timeout(30ms).header_timeout(30ms), client), 0);
  return ended;
}

TEST(connection, blank_lines_are_no_progress) {
  for (const std::string& text : {std::string(), get("/"), get("/") + "\r\n"}) {
    EXPECT_TRUE(ends_in_spite_of("\r\n", 2ms, text)) << text;
    EXPECT_TRUE(ends_in_spite_of("\n", 2ms, text)) << text;
    EXPECT_TRUE(ends_in_spite_of("\r", 2ms, text)) << text;
    EXPECT_TRUE(ends_in_spite_of("\r\n", 0ms, text)) << text;
  }
}

TEST(connection, blank_lines_between_requests_are_skipped) {
  const auto client = [](std::uint16_t port) -> task<> {
    http_peer peer = co_await http_peer::connect(port);
    for (const char* blank : {"\r\n", "\r\n\r\n", ""}) {
      co_await peer.send(blank);
      co_await aside::yield();
      co_await peer.send(get("/"));
      const std::string got = co_await peer.until("hello");
      EXPECT_EQ(got, ok("hello"));
    }
  };
  EXPECT_EQ(with_server(&app, limits(), client), 0);
}

TEST(connection, a_stop_ends_idle_connections_long_before_their_limit) {
  const auto client = [](std::uint16_t port) -> task<> {
    std::vector<http_peer> idle;
    for (int n = 0; n != 50; ++n) {
      http_peer peer = co_await http_peer::connect(port);
      co_await peer.send(get("/"));
      const std::string got = co_await peer.until("hello");
      EXPECT_EQ(got, ok("hello"));
      idle.push_back(std::move(peer));
    }
  };
  const auto began = std::chrono::steady_clock::now();
  EXPECT_EQ(with_server(&app, limits().idle_timeout(1h), client), 0);
  EXPECT_LT(std::chrono::steady_clock::now() - began, 30min);
}

TEST(connection, a_slow_head_has_one_deadline_for_all_of_it) {
  std::string answer;
  int sent = 0;
  const auto client = [&](std::uint16_t port) -> task<> {
    http_peer peer = co_await http_peer::connect(port);
    const std::string text = get("/" + std::string(100, 'x'));
    // Forty bytes, one every 2 ms: never silent for long, but longer than the deadline in all.
    for (; sent != 40; ++sent) {
      co_await peer.send(text.substr(static_cast<std::size_t>(sent), 1));
      co_await aside::sleep_for(2ms);
    }
    answer = co_await peer.rest();
  };
  EXPECT_EQ(with_server(&app, limits().header_timeout(30ms), client), 0);
  EXPECT_EQ(sent, 40);
  expect_refusal(answer, 408);
}

/// An argument of a handler: tells when the connection that it has served is gone.
class tells_when_gone {
 public:
  explicit tells_when_gone(aside::event& gone) : gone_(&gone) {}
  tells_when_gone(tells_when_gone const&) = default;
  tells_when_gone& operator=(tells_when_gone const&) = delete;
  ~tells_when_gone() {
    if (served_) gone_->set();
  }
  void serve() { served_ = true; }

 private:
  aside::event* gone_;
  bool served_ = false;
};

task<> long_answers(http::request const& /*asked*/, http::exchange& ex, tells_when_gone& here) {
  here.serve();
  ex.respond(200, "text/plain", std::string(200'000, 'x'));
  co_return;
}

TEST(connection, a_peer_that_does_not_read_is_dropped) {
  std::size_t got = 0;
  aside::event gone;
  const auto client = [&](std::uint16_t port) -> task<> {
    http_peer peer = co_await http_peer::connect(port);
    std::string many;
    for (int i = 0; i != 200; ++i)
      many += get("/");
    co_await peer.send(many);
    co_await gone.wait();
    const std::string rest = co_await peer.rest();
    got = rest.size();
  };
  EXPECT_EQ(with_server(&long_answers, limits().write_timeout(30ms), client, tells_when_gone(gone)),
            0);
  EXPECT_GT(got, 0U);
  EXPECT_LT(got, 200U * 200'000U);
}

TEST(connection, a_failing_handler_is_answered_for) {
  for (auto path : {"/throws", "/throws-in-stream", "/nothing"}) {
    const std::string answer = all_of(get("/") + get(path) + get("/"));
    EXPECT_EQ(answer.substr(0, ok("hello").size()), ok("hello")) << path;
    expect_refusal(answer.substr(ok("hello").size()), 500);
    EXPECT_EQ(answer.find("never sent"), std::string::npos) << path;
  }
}

TEST(connection, streams_events_and_closes) {
  std::string events(http::event_stream_head());
  for (int i = 1; i <= 3; ++i) {
    http::format_event(events, std::to_string(i), "", "event\nline");
  }
  EXPECT_EQ(all_of(get("/events") + get("/")), events);
  EXPECT_EQ(all_of(get("/") + get("/events")), ok("hello") + events);
  EXPECT_EQ(all_of("HEAD /events HTTP/1.1\r\nHost: a\r\n\r\n"), http::event_stream_head());
}

TEST(connection, resetting_peers_do_not_disturb_the_others) {
  const auto client = [](std::uint16_t port) -> task<> {
    http_peer steady = co_await http_peer::connect(port);
    for (int i = 0; i != 200; ++i) {
      http_peer rude = co_await http_peer::connect(port);
      const std::string text = get("/waits") + get("/");
      co_await rude.send(text.substr(0, text.size() * static_cast<std::size_t>(i) / 200));
      rude.reset();
      if (i % 20 != 0) continue;
      co_await steady.send(get("/"));
      const std::string got = co_await steady.until("hello");
      EXPECT_EQ(got, ok("hello"));
    }
  };
  EXPECT_EQ(with_server(&app, limits(), client), 0);
}

}  // namespace

}  // namespace aside_test
