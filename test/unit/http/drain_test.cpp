// HTTP connections of a listener that drains.
#include "http_peer.hpp"

#include <gtest/gtest.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>

#include <atomic>
#include <system_error>
#include <tuple>
#include <vector>

namespace aside_test {

namespace {

struct signals {
  aside::event begun;  // a request that waits is being answered
  aside::event go;
};

}  // namespace

}  // namespace aside_test

template <>
inline constexpr bool aside::shareable<aside_test::signals> = true;

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

task<> send_one_event(aside::tcp_stream peer, signals* seen) {
  co_await seen->go.wait();
  co_await peer.write("data: last\n\n");
}

task<> app(http::request const& asked, http::exchange& ex, signals* seen) {
  if (asked.path() == "/events") {
    ex.start_event_stream(send_one_event, seen);
    co_return;
  }
  if (asked.path() == "/waits") {
    seen->begun.set();
    co_await seen->go.wait();
  }
  ex.respond(200, "text/plain", "hello");
}

task<> serve_in_a_race(aside::tcp_stream peer, signals* seen) {
  aside::event never;
  const auto ended =
      co_await aside::race(http::serve_connection(std::move(peer), &app, seen), never.wait());
  EXPECT_TRUE(std::get<0>(ended));
}

task<http_peer> idle_peer(std::uint16_t port) {
  http_peer peer = co_await http_peer::connect(port);
  co_await peer.send(hello);
  const std::string answer = co_await peer.until("hello");
  EXPECT_EQ(answer, kept);
  co_return peer;
}

/// Runs `client(listener, seen)` beside a server, which must have ended when the client has.
template <class Client, class Serve>
void with_drained_server_of(Serve serve, Client client, const aside::options& o = {}) {
  const auto all = [&]() -> task<> {
    signals seen;
    aside::tcp_listener listener = co_await aside::tcp_listener::bind("127.0.0.1:0");
    const auto in_time = co_await aside::timeout(20s, [&]() -> task<> {
      co_await aside::scope([&](aside::nursery& n) -> task<> {
        n.spawn_local([&]() -> task<> {
          co_await serve(listener, seen);
        });
        co_await client(listener, seen);
      });
    }());
    EXPECT_TRUE(in_time) << "less than the idle timeout";
  };
  aside::options how = o;
  EXPECT_EQ(aside::run(how.handle_signals(false), all), 0);
}

template <class Client>
void with_drained_server(Client client, const aside::options& o = {}) {
  const auto serve = [](aside::tcp_listener& listener, signals& seen) -> task<> {
    co_await listener.serve(http::serve_connection, &app, &seen);
  };
  with_drained_server_of(serve, client, o);
}

task<> idle_peers_end(aside::tcp_listener& listener, int count) {
  std::vector<http_peer> peers;
  for (int i = 0; i != count; ++i) {
    http_peer peer = co_await idle_peer(listener.port());
    peers.push_back(std::move(peer));
  }
  listener.drain();
  for (http_peer& peer : peers) {
    const std::string rest = co_await peer.rest();
    EXPECT_EQ(rest, "");
  }
}

TEST(drain, ends_connections_that_wait_for_nothing_begun) {
  with_drained_server([](aside::tcp_listener& listener, signals&) -> task<> {
    co_await idle_peers_end(listener, 100);
  });
}

#if !defined(ASIDE_TSAN)  // which knows one table of descriptors for each process
TEST(drain, ends_them_on_cores_with_descriptors_of_their_own) {
  with_drained_server(
      [](aside::tcp_listener& listener, signals&) -> task<> {
        co_await idle_peers_end(listener, 20);
      },
      aside::options().workers(3).descriptors_per_core(true));
}
#endif

/// Drains while what `busy` sends is being answered; another one, which waits, ends at once.
task<> drain_amid(std::string_view text, http_peer& busy, aside::tcp_listener& listener,
                  signals& seen) {
  http_peer idle = co_await idle_peer(listener.port());
  co_await busy.send(text);
  co_await seen.begun.wait();
  listener.drain();
  const std::string nothing = co_await idle.rest();
  EXPECT_EQ(nothing, "");
}

TEST(drain, a_request_under_way_is_answered_and_told_that_it_is_the_last) {
  with_drained_server([](aside::tcp_listener& listener, signals& seen) -> task<> {
    http_peer busy = co_await idle_peer(listener.port());
    co_await drain_amid(waits, busy, listener, seen);
    seen.go.set();
    const std::string answer = co_await busy.rest();
    EXPECT_EQ(answer, last);
  });
}

aside::tcp_listener* drained_from_inside = nullptr;

task<> app_that_drains(http::request const&, http::exchange& ex) {
  drained_from_inside->drain();
  ex.respond(200, "text/plain", "hello");
  co_return;
}

TEST(drain, an_answer_after_the_handlers_own_drain_is_the_last_one) {
  const auto serve = [](aside::tcp_listener& listener, signals&) -> task<> {
    drained_from_inside = &listener;
    co_await listener.serve(http::serve_connection, &app_that_drains);
  };
  with_drained_server_of(serve, [](aside::tcp_listener& listener, signals&) -> task<> {
    http_peer peer = co_await http_peer::connect(listener.port());
    co_await peer.send(hello);
    const std::string answer = co_await peer.rest();
    EXPECT_EQ(answer, last);
  });
}

/// Spins, so that a server on the same core sees nothing of it before.
void let_arrive(http_peer& from) {
  for (int unacknowledged = 1; unacknowledged != 0;)
    ASSERT_EQ(::ioctl(from.stream().native_handle(), SIOCOUTQ, &unacknowledged), 0);
}

TEST(drain, a_request_that_has_arrived_unseen_is_answered) {
  with_drained_server(
      [](aside::tcp_listener& listener, signals&) -> task<> {
        http_peer peer = co_await idle_peer(listener.port());
        co_await peer.send(hello);
        let_arrive(peer);
        listener.drain();
        const std::string answer = co_await peer.rest();
        EXPECT_EQ(answer, last);
      },
      aside::options().workers(1));
}

TEST(drain, of_requests_that_came_together_all_are_answered) {
  with_drained_server([](aside::tcp_listener& listener, signals& seen) -> task<> {
    http_peer busy = co_await http_peer::connect(listener.port());
    const std::string both = std::string(waits).append(hello);
    co_await drain_amid(both, busy, listener, seen);
    seen.go.set();
    const std::string answers = co_await busy.rest();
    EXPECT_EQ(answers, std::string(kept).append(last));
  });
}

TEST(drain, who_has_asked_for_nothing_yet_may_still_ask) {
  with_drained_server([](aside::tcp_listener& listener, signals&) -> task<> {
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

TEST(drain, ends_one_that_waits_in_a_race) {
  const auto serve = [](aside::tcp_listener& listener, signals& seen) -> task<> {
    co_await listener.serve(serve_in_a_race, &seen);
  };
  with_drained_server_of(serve, [](aside::tcp_listener& listener, signals&) -> task<> {
    http_peer idle = co_await idle_peer(listener.port());
    listener.drain();
    const std::string nothing = co_await idle.rest();
    EXPECT_EQ(nothing, "");
  });
}

TEST(drain, a_further_request_that_nobody_reads_costs_no_answer) {
  with_drained_server([](aside::tcp_listener& listener, signals& seen) -> task<> {
    http_peer busy = co_await idle_peer(listener.port());
    co_await drain_amid(waits, busy, listener, seen);
    co_await busy.send(hello);
    seen.go.set();
    const std::string answer = co_await busy.rest();
    EXPECT_EQ(answer, last) << "and no reset";
  });
}

TEST(drain, an_event_stream_goes_on_to_its_own_end) {
  with_drained_server([](aside::tcp_listener& listener, signals& seen) -> task<> {
    http_peer idle = co_await idle_peer(listener.port());
    http_peer subscriber = co_await http_peer::connect(listener.port());
    co_await subscriber.send("GET /events HTTP/1.1\r\nHost: a\r\n\r\n");
    const std::string head = co_await subscriber.until("\r\n\r\n");
    EXPECT_TRUE(head.starts_with("HTTP/1.1 200 OK")) << head;
    listener.drain();
    const std::string nothing = co_await idle.rest();
    EXPECT_EQ(nothing, "");
    seen.go.set();
    const std::string events = co_await subscriber.rest();
    EXPECT_EQ(events, "data: last\n\n");
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
    with_drained_server([](aside::tcp_listener& listener, signals&) -> task<> {
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
