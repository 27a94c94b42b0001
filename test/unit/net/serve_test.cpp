// serve: its limit, its ends, and what becomes of connections that nobody has served yet.
#include "unit/net/loopback.hpp"

#include <poll.h>
#include <array>
#include <set>

namespace {

using namespace aside_test;

task<> count_and_echo(tcp_stream peer, std::atomic<int>* begun) {
  ++*begun;
  co_await echo(std::move(peer));
}

task<> expect_echo(tcp_stream& s, std::string_view text) {
  co_await s.write(text);
  std::string back;
  while (back.size() < text.size()) {
    const chunk c = co_await s.receive();
    if (!c) break;
    back += c.text();
  }
  EXPECT_EQ(back, text);
}

task<> until(const std::atomic<int>& n, int wanted) {
  while (n < wanted)
    co_await aside::sleep_for(1ms);
}

/// Peers that have said their number, most of which a full server has not accepted.
std::vector<raw_socket> waiting_peers(std::uint16_t port, int count) {
  std::vector<raw_socket> peers;
  for (int i = 0; i < count; ++i) {
    peers.push_back(raw_socket::connect(port));
    peers.back().send(std::string(1, static_cast<char>('A' + i)));
  }
  return peers;
}

/// How many connections can be served beyond the limit: one for each further core.
int spare() { return static_cast<int>(aside::info().workers) - 1; }

TEST(serve, that_is_stopped_leaves_every_connection_to_the_next_accept) {
  const no_descriptor_left check;
  run_in([]() -> task<> {
    constexpr int count = 50;
    std::atomic<int> begun = 0;
    tcp_listener listener = co_await tcp_listener::bind(
        "127.0.0.1:0", aside::listen_options().max_connections(1));
    testing::internal::CaptureStderr();
    std::vector<raw_socket> peers;
    co_await aside::scope([&](nursery& n) -> task<> {
      const auto serve = [&]() -> task<> { co_await listener.serve(&count_and_echo, &begun); };
      n.spawn_local(serve);
      tcp_stream first = co_await tcp_stream::connect(local(listener.port()));
      co_await expect_echo(first, "x");
      peers = waiting_peers(listener.port(), count);
      co_await aside::sleep_for(50ms);  // time in which a server without a limit would take them
      n.request_stop();
    });
    static_cast<void>(testing::internal::GetCapturedStderr());
    EXPECT_LE(begun, 1 + spare());
    std::set<std::string> said;
    for (int i = begun - 1; i < count; ++i) {
      const auto in_time = co_await aside::timeout(10s, [&]() -> task<> {
        tcp_stream s = co_await listener.accept();
        const chunk c = co_await s.receive();
        said.emplace(c.text());
      }());
      EXPECT_TRUE(in_time.has_value()) << said.size() << " of " << count;
      if (!in_time) break;
    }
    EXPECT_EQ(said.size(), static_cast<std::size_t>(count + 1 - begun));
  });
}

TEST(serve, that_is_stopped_leaves_every_connection_to_the_next_serve) {
  const no_descriptor_left check;
  run_in([]() -> task<> {
    constexpr int count = 50;
    std::atomic<int> begun = 0;
    tcp_listener listener = co_await tcp_listener::bind(
        "127.0.0.1:0", aside::listen_options().max_connections(100));
    std::vector<raw_socket> peers;
    for (int round = 0; round < 3; ++round) {
      // A stop that comes while connections do.
      co_await aside::scope([&](nursery& n) -> task<> {
        const auto serve = [&]() -> task<> { co_await listener.serve(&count_and_echo, &begun); };
        n.spawn_local(serve);
        for (int i = 0; i < count; ++i) {
          peers.push_back(raw_socket::connect(listener.port()));
          if (i % 7 == 0) co_await aside::yield();
        }
        n.request_stop();
      });
      const int left = static_cast<int>(peers.size()) - begun;
      co_await aside::scope([&](nursery& n) -> task<> {
        const auto serve = [&]() -> task<> { co_await listener.serve(&count_and_echo, &begun); };
        n.spawn_local(serve);
        const auto in_time = co_await aside::timeout(10s, until(begun, begun + left));
        EXPECT_TRUE(in_time.has_value()) << begun << " of " << peers.size();
        n.request_stop();
      });
      EXPECT_EQ(begun, static_cast<int>(peers.size()));
    }
  });
}

TEST(serve, that_is_drained_serves_the_backlog_and_returns_with_the_last_connection) {
  const no_descriptor_left check;
  run_in([]() -> task<> {
    constexpr int count = 50;
    std::atomic<int> begun = 0;
    tcp_listener listener = co_await tcp_listener::bind(
        "127.0.0.1:0", aside::listen_options().max_connections(1));
    const std::string where = local(listener.port());
    testing::internal::CaptureStderr();
    std::vector<raw_socket> peers;
    co_await aside::scope([&](nursery& n) -> task<> {
      const auto serve = [&]() -> task<> { co_await listener.serve(&count_and_echo, &begun); };
      n.spawn_local(serve);
      tcp_stream first = co_await tcp_stream::connect(where);
      co_await expect_echo(first, "x");
      peers = waiting_peers(listener.port(), count);
      listener.drain();
      co_await until(begun, count + 1);
      {
        // Its handshake is left alone, or refused.
        const raw_socket late(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
        const sockaddr_in to = raw_socket::address(listener.port());
        static_cast<void>(
            ::connect(late.fd(), reinterpret_cast<const sockaddr*>(&to), sizeof to));
        pollfd p{late.fd(), POLLOUT, 0};
        ::poll(&p, 1, 20);
        EXPECT_NE(p.revents, POLLOUT) << "a listener that is drained has let another one in";
      }
      co_await expect_echo(first, "still served");
      for (const raw_socket& p : peers)
        ::shutdown(p.fd(), SHUT_WR);
      EXPECT_EQ(n.size(), 1u) << "serve has returned before its last connection has ended";
      first.close();
    });  // serve returns by itself
    static_cast<void>(testing::internal::GetCapturedStderr());
    EXPECT_EQ(begun, count + 1);
    for (int i = 0; i < count; ++i) {
      std::array<char, 2> back{};
      EXPECT_EQ(::recv(peers[static_cast<std::size_t>(i)].fd(), back.data(), back.size(), 0), 1);
      EXPECT_EQ(back[0], 'A' + i);
    }
    const auto late = co_await tcp_stream::connect(where).as_result();
    EXPECT_FALSE(late.has_value());
    if (!late) {
      EXPECT_EQ(late.error(), std::errc::connection_refused);
    }
  });
}

/// Connects and asks, one time after the other, until the server has gone.
task<> keep_asking(std::string where, std::atomic<int>* answered, std::atomic<int>* broken) {
  for (;;) {
    auto s = co_await tcp_stream::connect(where).as_result();
    if (!s) co_return;
    bool good = false;
    const auto sent = co_await s->write("?").as_result();
    if (sent) {
      const auto c = co_await s->receive().as_result();
      good = c.has_value() && c->text() == "?";
    }
    ++*(good ? answered : broken);
  }
}

TEST(serve, that_is_drained_under_load_breaks_no_connection) {
  run_in([]() -> task<> {
    for (int round = 0; round < 4; ++round) {
      std::atomic<int> answered = 0;
      std::atomic<int> broken = 0;
      tcp_listener listener = co_await tcp_listener::bind("127.0.0.1:0");
      const std::string where = local(listener.port());
      co_await aside::scope([&](nursery& n) -> task<> {
        const auto serve = [&]() -> task<> { co_await listener.serve(&echo); };
        n.spawn_local(serve);
        for (int i = 0; i < 8; ++i)
          n.spawn(&keep_asking, where, &answered, &broken);
        co_await until(answered, 20 + round * 7);
        listener.drain();
      });
      EXPECT_EQ(broken, 0) << answered << " answered";
    }
  });
}

TEST(serve, of_a_listener_that_was_drained_before_serves_the_backlog) {
  run_in([]() -> task<> {
    std::atomic<int> begun = 0;
    tcp_listener listener = co_await tcp_listener::bind("127.0.0.1:0");
    const std::vector<raw_socket> peers = waiting_peers(listener.port(), 5);
    for (const raw_socket& p : peers)
      ::shutdown(p.fd(), SHUT_WR);
    listener.drain();
    co_await listener.serve(&count_and_echo, &begun);
    EXPECT_EQ(begun, 5);
    const auto again = co_await aside::try_stopped([&]() -> task<> {
      bool refused = false;
      try {
        co_await listener.serve(&count_and_echo, &begun);
      } catch (const std::system_error& e) {
        refused = e.code() == std::errc::bad_file_descriptor;
      }
      EXPECT_TRUE(refused);
    }());
    EXPECT_TRUE(again.has_value());
  });
}

class alive {
 public:
  alive(std::atomic<int>* now, std::atomic<int>* most) : now_(now) {
    const int n = ++*now;
    int seen = *most;
    while (n > seen && !most->compare_exchange_weak(seen, n)) {
    }
  }
  alive(const alive&) = delete;
  ~alive() { --*now_; }

 private:
  std::atomic<int>* now_;
};
task<> count_living(tcp_stream peer, std::atomic<int>* now, std::atomic<int>* most) {
  const alive me(now, most);
  co_await echo(std::move(peer));
}

TEST(serve, holds_no_more_than_its_limit_and_serves_the_others_afterwards) {
  const no_descriptor_left check;
  run_in([]() -> task<> {
    constexpr int limit = 10;
    std::atomic<int> now = 0;
    std::atomic<int> most = 0;
    tcp_listener listener = co_await tcp_listener::bind(
        "127.0.0.1:0", aside::listen_options().max_connections(limit));
    const std::string where = local(listener.port());
    testing::internal::CaptureStderr();
    co_await aside::scope([&](nursery& n) -> task<> {
      const auto serve = [&]() -> task<> { co_await listener.serve(&count_living, &now, &most); };
      n.spawn_local(serve);
      std::vector<tcp_stream> peers;
      for (int i = 0; i < 3 * limit; ++i) {
        peers.push_back(co_await tcp_stream::connect(where));
        co_await peers.back().write("?");
      }
      co_await until(now, limit);
      const std::uint64_t turns = aside::info().turns;
      co_await aside::sleep_for(200ms);
      EXPECT_LT(aside::info().turns - turns, 200u) << "a full server spins";
      EXPECT_LE(now, limit + spare());
      // Each that goes makes room for another.
      int answered = 0;
      while (!peers.empty()) {
        for (std::size_t i = 0; i < peers.size(); ++i) {
          const auto c = co_await aside::timeout(1ms, [](tcp_stream& s) -> task<> {
            const chunk got = co_await s.receive();
            EXPECT_EQ(got.text(), "?");
          }(peers[i]));
          if (!c) continue;
          ++answered;
          peers.erase(peers.begin() + static_cast<std::ptrdiff_t>(i));
          break;
        }
      }
      EXPECT_EQ(answered, 3 * limit);
      n.request_stop();
    });
    const std::string said = testing::internal::GetCapturedStderr();
    EXPECT_LE(most, limit + spare());
    EXPECT_GE(most, limit);
    EXPECT_LE(std::count(said.begin(), said.end(), '\n'), 1) << said;
  });
}

// More at once than a ring's completion queue, or an accept loop's turn, takes.
TEST(serve, takes_a_burst_that_waits_in_the_backlog) {
  const no_descriptor_left check;
  run_in([]() -> task<> {
    const int count = scaled(3000);
    std::atomic<int> begun = 0;
    tcp_listener listener = co_await tcp_listener::bind("127.0.0.1:0");
    std::vector<raw_socket> peers;
    for (int i = 0; i < count; ++i)
      peers.push_back(raw_socket::connect(listener.port()));
    co_await aside::scope([&](nursery& n) -> task<> {
      const auto serve = [&]() -> task<> { co_await listener.serve(&count_and_echo, &begun); };
      n.spawn_local(serve);
      const auto in_time = co_await aside::timeout(30s, until(begun, count));
      EXPECT_TRUE(in_time.has_value()) << begun;
      n.request_stop();
    });
  });
}

}  // namespace
