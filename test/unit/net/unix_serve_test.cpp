// unix_listener::serve: its limit, its ends, and what becomes of connections that nobody has served yet.
#include "net/acceptor.hpp"
#include "unit/net/endpoints.hpp"

#include <array>
#include <set>

namespace {

using namespace aside_test;
using aside::unix_listener;
using aside::unix_options;
using aside::unix_stream;

task<> echo_here(unix_stream peer) {
  for (;;) {
    const chunk c = co_await peer.receive();
    if (!c) break;
    co_await peer.write(*c);
  }
}
task<> count_and_echo_here(unix_stream peer, std::atomic<int>* begun) {
  ++*begun;
  co_await echo_here(std::move(peer));
}

task<> expect_echo(unix_stream& s, std::string_view text) {
  co_await s.write(text);
  std::string back(text.size(), '\0');
  co_await s.read_exact(std::as_writable_bytes(std::span(back)));
  EXPECT_EQ(back, text);
}

task<> until(const std::atomic<int>& n, int wanted) {
  while (n < wanted)
    co_await aside::sleep_for(1ms);
}

/// A blocking peer.
raw_socket connect_plainly(const std::string& path) {
  raw_socket s(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  struct {
    sa_family_t family = AF_UNIX;
    char path[108] = {};
  } a;
  path.copy(a.path, sizeof a.path - 1);
  if (::connect(s.fd(), reinterpret_cast<const sockaddr*>(&a), sizeof a) != 0)
    ADD_FAILURE() << "connect: " << std::strerror(errno);
  return s;
}

/// Peers that have said their number, most of which a full server has not accepted.
std::vector<raw_socket> waiting_peers(const std::string& path, int count) {
  std::vector<raw_socket> peers;
  for (int i = 0; i < count; ++i) {
    peers.push_back(connect_plainly(path));
    peers.back().send(std::string(1, static_cast<char>('A' + i)));
  }
  return peers;
}

task<> add(unix_stream peer, int a, std::string b) {
  std::array<std::byte, 1> room{};
  co_await peer.read_exact(room);
  co_await peer.write(std::to_string(a), b);
}

TEST(unix_serve, gives_each_connection_a_task_and_the_arguments) {
  const no_descriptor_left check;
  run_in([]() -> task<> {
    const folder f;
    const std::array<std::string, 2> places{f / "s", "@aside serve" + f.path()};
    for (const std::string& where : places) {
      unix_listener listener = co_await unix_listener::bind(where);
      co_await aside::scope([&](nursery& n) -> task<> {
        const std::string text = "two";
        n.spawn_local([&]() -> task<> { co_await listener.serve(&add, 1, text); });
        for (int i = 0; i < scaled(200); ++i) {
          unix_stream s = co_await unix_stream::connect(where);
          co_await s.write("?");
          const std::string all = co_await read_all(s);
          EXPECT_EQ(all, "1two");
        }
        n.request_stop();
      });
    }
  });
}

TEST(unix_serve, that_is_stopped_leaves_every_connection_to_the_next_accept) {
  const no_descriptor_left check;
  run_in([]() -> task<> {
    constexpr int count = 50;
    const folder f;
    const std::string path = f / "s";
    std::atomic<int> begun = 0;
    unix_listener listener = co_await unix_listener::bind(path, unix_options().max_connections(1));
    testing::internal::CaptureStderr();
    std::vector<raw_socket> peers;
    co_await aside::scope([&](nursery& n) -> task<> {
      n.spawn_local([&]() -> task<> { co_await listener.serve(&count_and_echo_here, &begun); });
      unix_stream first = co_await unix_stream::connect(path);
      co_await expect_echo(first, "x");
      peers = waiting_peers(path, count);
      co_await aside::sleep_for(50ms);  // time in which a server without a limit would take them
      n.request_stop();
    });
    static_cast<void>(testing::internal::GetCapturedStderr());
    EXPECT_EQ(begun, 1);
    std::set<std::string> said;
    for (int i = 0; i < count; ++i) {
      const auto in_time = co_await aside::timeout(10s, [&]() -> task<> {
        unix_stream s = co_await listener.accept();
        const chunk c = co_await s.receive();
        said.emplace(c.text());
      }());
      EXPECT_TRUE(in_time.has_value()) << said.size() << " of " << count;
      if (!in_time) break;
    }
    EXPECT_EQ(said.size(), static_cast<std::size_t>(count));
  });
}

TEST(unix_serve, that_is_stopped_while_connections_come_leaves_them_to_the_next_serve) {
  const no_descriptor_left check;
  run_in([]() -> task<> {
    constexpr int count = 50;
    const folder f;
    const std::string path = f / "s";
    std::atomic<int> begun = 0;
    unix_listener listener = co_await unix_listener::bind(path);
    std::vector<raw_socket> peers;
    for (int round = 0; round < 3; ++round) {
      co_await aside::scope([&](nursery& n) -> task<> {
        n.spawn_local([&]() -> task<> { co_await listener.serve(&count_and_echo_here, &begun); });
        for (int i = 0; i < count; ++i) {
          peers.push_back(connect_plainly(path));
          if (i % 7 == 0) co_await aside::yield();
        }
        n.request_stop();
      });
      co_await aside::scope([&](nursery& n) -> task<> {
        n.spawn_local([&]() -> task<> { co_await listener.serve(&count_and_echo_here, &begun); });
        const auto in_time = co_await aside::timeout(10s, until(begun, static_cast<int>(peers.size())));
        EXPECT_TRUE(in_time.has_value()) << begun << " of " << peers.size();
        n.request_stop();
      });
      EXPECT_EQ(begun, static_cast<int>(peers.size()));
    }
  });
}

TEST(unix_serve, that_is_drained_serves_the_backlog_refuses_others_and_leaves_the_path_to_a_successor) {
  const no_descriptor_left check;
  run_in([]() -> task<> {
    constexpr int count = 50;
    const folder f;
    const std::string path = f / "s";
    std::atomic<int> begun = 0;
    std::atomic<int> begun_later = 0;
    unix_listener listener = co_await unix_listener::bind(path, unix_options().max_connections(1));
    unix_listener next;
    testing::internal::CaptureStderr();
    std::vector<raw_socket> peers;
    co_await aside::scope([&](nursery& n) -> task<> {
      n.spawn_local([&]() -> task<> { co_await listener.serve(&count_and_echo_here, &begun); });
      unix_stream first = co_await unix_stream::connect(path);
      co_await expect_echo(first, "x");
      peers = waiting_peers(path, count);
      listener.drain();
      co_await until(begun, count + 1);
      const auto late = co_await unix_stream::connect(path).as_result();
      EXPECT_FALSE(late.has_value());
      if (!late) {
        EXPECT_EQ(late.error(), std::errc::connection_refused);
      }
      EXPECT_TRUE(exists(path));
      const auto in_place = co_await unix_listener::bind(path).as_result();
      EXPECT_FALSE(in_place.has_value());

      co_await aside::scope([&](nursery& later) -> task<> {
        next = co_await unix_listener::bind(path, unix_options().replace_dead(true));
        later.spawn_local(
            [&]() -> task<> { co_await next.serve(&count_and_echo_here, &begun_later); });
        unix_stream s = co_await unix_stream::connect(path);
        co_await expect_echo(s, "the next one");
        later.request_stop();
      });
      co_await expect_echo(first, "still served");
      for (const raw_socket& p : peers)
        ::shutdown(p.fd(), SHUT_WR);
      EXPECT_EQ(n.size(), 1u) << "serve has returned before its last connection has ended";
      first.close();
    });  // serve returns by itself
    static_cast<void>(testing::internal::GetCapturedStderr());
    listener.close();
    EXPECT_TRUE(exists(path)) << "the path is the successor's";
    next.close();
    EXPECT_FALSE(exists(path));
    EXPECT_EQ(begun, count + 1);
    EXPECT_EQ(begun_later, 1);
    for (int i = 0; i < count; ++i) {
      std::array<char, 2> back{};
      EXPECT_EQ(::recv(peers[static_cast<std::size_t>(i)].fd(), back.data(), back.size(), 0), 1);
      EXPECT_EQ(back[0], 'A' + i);
    }
  });
}

/// Connects and asks, one time after the other, until the server refuses.
task<> keep_asking(std::string where, std::atomic<int>* answered, std::atomic<int>* broken) {
  for (;;) {
    auto s = co_await unix_stream::connect(where).as_result();
    if (!s) {
      EXPECT_EQ(s.error(), std::errc::connection_refused);
      co_return;
    }
    bool good = false;
    const auto sent = co_await s->write("?").as_result();
    if (sent) {
      const auto c = co_await s->receive().as_result();
      good = c.has_value() && c->text() == "?";
    }
    ++*(good ? answered : broken);
  }
}

TEST(unix_serve, that_is_drained_under_load_breaks_no_connection) {
  run_in([]() -> task<> {
    const folder f;
    const std::string path = f / "s";
    for (int round = 0; round < scaled(40); ++round) {
      std::atomic<int> answered = 0;
      std::atomic<int> broken = 0;
      unix_listener listener = co_await unix_listener::bind(path);
      co_await aside::scope([&](nursery& n) -> task<> {
        n.spawn_local([&]() -> task<> { co_await listener.serve(&echo_here); });
        for (int i = 0; i < 8; ++i)
          n.spawn(&keep_asking, path, &answered, &broken);
        co_await until(answered, 20 + round * 7);
        listener.drain();
      });
      EXPECT_EQ(broken, 0) << answered << " answered";
    }
  });
}

TEST(unix_serve, of_a_listener_that_was_drained_before_serves_the_backlog_and_is_over) {
  run_in([]() -> task<> {
    const folder f;
    std::atomic<int> begun = 0;
    unix_listener listener = co_await unix_listener::bind(f / "s");
    const std::vector<raw_socket> peers = waiting_peers(f / "s", 5);
    for (const raw_socket& p : peers)
      ::shutdown(p.fd(), SHUT_WR);
    listener.drain();
    co_await listener.serve(&count_and_echo_here, &begun);
    EXPECT_EQ(begun, 5);
    const std::string again =
        co_await said([&]() -> task<> { co_await listener.serve(&count_and_echo_here, &begun); });
    EXPECT_EQ(again, "accept: Bad file descriptor");
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
task<> count_living(unix_stream peer, std::atomic<int>* now, std::atomic<int>* most) {
  const alive me(now, most);
  co_await echo_here(std::move(peer));
}

TEST(unix_serve, holds_no_more_than_its_limit_and_serves_the_others_in_their_order) {
  const no_descriptor_left check;
  run_in([]() -> task<> {
    constexpr int limit = 10;
    const folder f;
    const std::string path = f / "s";
    std::atomic<int> now = 0;
    std::atomic<int> most = 0;
    unix_listener listener =
        co_await unix_listener::bind(path, unix_options().max_connections(limit));
    testing::internal::CaptureStderr();
    co_await aside::scope([&](nursery& n) -> task<> {
      n.spawn_local([&]() -> task<> { co_await listener.serve(&count_living, &now, &most); });
      std::vector<unix_stream> peers;
      for (int i = 0; i < 3 * limit; ++i) {
        peers.push_back(co_await unix_stream::connect(path));
        co_await peers.back().write("?");
      }
      co_await until(now, limit);
      const std::uint64_t turns = aside::info().turns;
      co_await aside::sleep_for(200ms);
      EXPECT_LT(aside::info().turns - turns, 200u) << "a full server spins";
      // Each that goes makes room for another.
      int answered = 0;
      for (unix_stream& s : peers) {
        const auto in_time = co_await aside::timeout(10s, [](unix_stream& from) -> task<> {
          const chunk got = co_await from.receive();
          EXPECT_EQ(got.text(), "?");
        }(s));
        if (in_time) ++answered;
        s.close();
      }
      EXPECT_EQ(answered, 3 * limit);
      n.request_stop();
    });
    const std::string said = testing::internal::GetCapturedStderr();
    EXPECT_EQ(most, limit);
    EXPECT_LE(std::count(said.begin(), said.end(), '\n'), 1) << said;
  });
}

// The kernel lets one more wait than the backlog says.
TEST(unix_serve, that_is_full_refuses_at_once_what_its_backlog_does_not_hold) {
  const no_descriptor_left check;
  run_in([]() -> task<> {
    const folder f;
    const std::string path = f / "s";
    unix_listener listener =
        co_await unix_listener::bind(path, unix_options().max_connections(1).backlog(1));
    testing::internal::CaptureStderr();
    co_await aside::scope([&](nursery& n) -> task<> {
      n.spawn_local([&]() -> task<> { co_await listener.serve(&echo_here); });
      unix_stream first = co_await unix_stream::connect(path);
      co_await expect_echo(first, "x");
      std::vector<unix_stream> waiting;
      std::string refusal;
      while (refusal.empty() && waiting.size() < 10) {
        refusal = co_await said(
            [&]() -> task<> { waiting.push_back(co_await unix_stream::connect(path)); });
      }
      EXPECT_EQ(refusal.find("connect " + path + ": Resource temporarily unavailable; its queue is full"),
                0u)
          << refusal;
      EXPECT_GE(waiting.size(), 1u);
      first.close();
      for (unix_stream& s : waiting) {
        co_await expect_echo(s, "served in the end");
        s.close();
      }
      n.request_stop();
    });
    static_cast<void>(testing::internal::GetCapturedStderr());
  });
}

TEST(unix_serve, is_named_by_its_path_in_reports) {
  run_on(1, []() -> task<> {
    const folder f;
    unix_listener path = co_await unix_listener::bind(f / "a\nb");
    EXPECT_STREQ(aside::detail::served(path).where.data(), (f / "a?b").c_str());
    unix_listener name = co_await unix_listener::bind("@aside name" + f.path());
    EXPECT_STREQ(aside::detail::served(name).where.data(), ("@aside name" + f.path()).c_str());
    const std::string longest = "@" + std::string(106, 'x');
    unix_listener most = co_await unix_listener::bind(longest);
    EXPECT_STREQ(aside::detail::served(most).where.data(), longest.c_str());
    tcp_listener tcp = co_await tcp_listener::bind("127.0.0.1:0");
    EXPECT_EQ(aside::detail::served(tcp).where.data(), "port " + std::to_string(tcp.port()));
  });
}

}  // namespace
