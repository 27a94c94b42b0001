// HTTP connections of a listener that drains.
#include "http_peer.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <system_error>
#include <vector>

namespace aside_test {

namespace {

namespace http = aside::http;
using aside::task;
using namespace std::chrono_literals;

constexpr std::string_view hello = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
constexpr std::string_view waits = "GET /waits HTTP/1.1\r\nHost: a\r\n\r\n";
constexpr std::string_view kept =
    "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello";
constexpr std::string_view last =
    "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello";

task<> app(http::request const& asked, http::exchange& ex, aside::event* go) {
  if (asked.path() == "/waits") co_await go->wait();
  ex.respond(200, "text/plain", "hello");
}

task<http_peer> idle_peer(std::uint16_t port) {
  http_peer peer = co_await http_peer::connect(port);
  co_await peer.send(hello);
  const std::string answer = co_await peer.until("hello");
  EXPECT_EQ(answer, kept);
  co_return peer;
}

/// Runs `client(listener, go)` beside a server, which must have ended when the client has.
template <class Client>
void with_drained_server(Client client, const aside::options& o = {}) {
  const auto all = [&]() -> task<> {
    aside::event go;
    aside::tcp_listener listener = co_await aside::tcp_listener::bind("127.0.0.1:0");
    const auto in_time = co_await aside::timeout(20s, [&]() -> task<> {
      co_await aside::scope([&](aside::nursery& n) -> task<> {
        n.spawn_local([&]() -> task<> {
          co_await listener.serve(http::serve_connection, &app, &go);
        });
        co_await client(listener, go);
      });
    }());
    EXPECT_TRUE(in_time) << "less than the idle timeout";
  };
  aside::options how = o;
  EXPECT_EQ(aside::run(how.handle_signals(false), all), 0);
}

TEST(drain, ends_connections_that_wait_for_nothing_begun) {
  with_drained_server([](aside::tcp_listener& listener, aside::event&) -> task<> {
    std::vector<http_peer> peers;
    for (int i = 0; i != 100; ++i) {
      http_peer peer = co_await idle_peer(listener.port());
      peers.push_back(std::move(peer));
    }
    listener.drain();
    for (http_peer& peer : peers) {
      const std::string rest = co_await peer.rest();
      EXPECT_EQ(rest, "");
    }
  });
}

#if !defined(ASIDE_TSAN)  // which knows one table of descriptors for each process
TEST(drain, ends_them_on_cores_with_descriptors_of_their_own) {
  with_drained_server(
      [](aside::tcp_listener& listener, aside::event&) -> task<> {
        std::vector<http_peer> peers;
        for (int i = 0; i != 20; ++i) {
          http_peer peer = co_await idle_peer(listener.port());
          peers.push_back(std::move(peer));
        }
        listener.drain();
        for (http_peer& peer : peers) {
          const std::string rest = co_await peer.rest();
          EXPECT_EQ(rest, "");
        }
      },
      aside::options().workers(3).descriptors_per_core(true));
}
#endif

TEST(drain, a_request_under_way_is_answered_and_told_that_it_is_the_last) {
  with_drained_server([](aside::tcp_listener& listener, aside::event& go) -> task<> {
    http_peer idle = co_await idle_peer(listener.port());
    http_peer busy = co_await idle_peer(listener.port());
    co_await busy.send(waits);
    listener.drain();
    const std::string nothing = co_await idle.rest();
    EXPECT_EQ(nothing, "");
    go.set();
    const std::string answer = co_await busy.rest();
    EXPECT_EQ(answer, last);
  });
}

TEST(drain, of_requests_that_came_together_all_are_answered) {
  with_drained_server([](aside::tcp_listener& listener, aside::event& go) -> task<> {
    http_peer idle = co_await idle_peer(listener.port());
    http_peer busy = co_await http_peer::connect(listener.port());
    co_await busy.send(std::string(waits).append(hello));
    listener.drain();
    const std::string nothing = co_await idle.rest();
    EXPECT_EQ(nothing, "");
    go.set();
    const std::string answers = co_await busy.rest();
    EXPECT_EQ(answers, std::string(kept).append(last));
  });
}

TEST(drain, who_has_asked_for_nothing_yet_may_still_ask) {
  with_drained_server([](aside::tcp_listener& listener, aside::event&) -> task<> {
    http_peer idle = co_await idle_peer(listener.port());
    http_peer fresh = co_await http_peer::connect(listener.port());
    listener.drain();
    const std::string nothing = co_await idle.rest();
    EXPECT_EQ(nothing, "");
    co_await fresh.send(hello);
    const std::string answer = co_await fresh.rest();
    EXPECT_EQ(answer, last);
  });
}

task<> ask_until_it_is_closed(std::uint16_t port, std::atomic<int>* answers) {
  try {
    http_peer peer = co_await http_peer::connect(port);
    for (;;) {
      co_await peer.send(hello);
      const std::string answer = co_await peer.until("hello");
      if (answer.starts_with("ended")) co_return;
      ++*answers;
    }
  } catch (const std::system_error&) {  // closed while a request was on its way
  }
}

TEST(drain, amid_many_requests_leaves_none_of_the_connections) {
  for (int round = 0; round != 10; ++round) {
    with_drained_server([](aside::tcp_listener& listener, aside::event&) -> task<> {
      std::atomic<int> answers = 0;
      co_await aside::scope([&](aside::nursery& n) -> task<> {
        for (int i = 0; i != 20; ++i)
          n.spawn(ask_until_it_is_closed, listener.port(), &answers);
        while (answers < 200)
          co_await aside::yield();
        listener.drain();
      });
    });
  }
}

}  // namespace

}  // namespace aside_test
