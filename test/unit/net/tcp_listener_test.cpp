// Binding, accepting and serving.
#include "unit/net/loopback.hpp"

#include <array>
#include <barrier>
#include <stdexcept>
#include <thread>

namespace {

using namespace aside_test;

TEST(tcp_listener, a_port_in_use_is_an_error) {
  const no_descriptor_left check;
  run_in([]() -> task<> {
    tcp_listener first = co_await tcp_listener::bind("127.0.0.1:0");
    const std::string where = local(first.port());
    const auto second = co_await tcp_listener::bind(where).as_result();
    EXPECT_FALSE(second.has_value());
    if (!second) {
      EXPECT_EQ(second.error(), std::errc::address_in_use);
    }
  });
}

// serve opens more sockets on the port with SO_REUSEPORT; another server must not slip in.
TEST(tcp_listener, a_port_that_is_served_is_in_use) {
  run_in([]() -> task<> {
    tcp_listener first = co_await tcp_listener::bind("127.0.0.1:0");
    const std::string where = local(first.port());
    co_await aside::scope([&](nursery& n) -> task<> {
      n.spawn_local([&]() -> task<> { co_await first.serve(&echo); });
      for (int i = 0; i < 20; ++i) {
        tcp_stream s = co_await tcp_stream::connect(where);
        co_await s.write("x");
        const chunk c = co_await s.receive();
        EXPECT_EQ(c.text(), "x");
        const auto second = co_await tcp_listener::bind(where).as_result();
        EXPECT_FALSE(second.has_value());
        if (!second) {
          EXPECT_EQ(second.error(), std::errc::address_in_use);
        }
      }
      n.request_stop();
    });
  });
}

// Two servers that start at the same moment: one of them gets the port, never both.
TEST(tcp_listener, a_race_for_a_port_has_one_winner) {
  static std::uint16_t port;
  static std::barrier<>* gate;
  static std::atomic<int> bound;
  {
    const int code = aside::run(quiet(1), []() -> task<> {
      tcp_listener l = co_await tcp_listener::bind("127.0.0.1:0");
      port = l.port();
    });
    ASSERT_EQ(code, 0);
  }
  constexpr int rounds = 2000;
  std::barrier<> both(2);
  gate = &both;
  int doubles = 0;
  const auto contend = [] {
    return aside::run(quiet(1), []() -> task<> {
      const std::string where = local(port);
      for (int i = 0; i < scaled(rounds); ++i) {
        gate->arrive_and_wait();
        auto mine = co_await tcp_listener::bind(where).as_result();
        if (mine) ++bound;
        gate->arrive_and_wait();
        mine = std::unexpected(std::error_code());
        gate->arrive_and_wait();
        if (bound > 1) break;
        gate->arrive_and_wait();
        bound = 0;
      }
    });
  };
  bound = 0;
  std::jthread other([&] { EXPECT_EQ(contend(), 0); });
  EXPECT_EQ(contend(), 0);
  other.join();
  if (bound > 1) ++doubles;
  EXPECT_EQ(doubles, 0) << "two listeners on one port";
}

TEST(tcp_listener, accepts_everything_that_waits_in_the_backlog) {
  run_in([]() -> task<> {
    tcp_listener listener = co_await tcp_listener::bind("127.0.0.1:0");
    std::vector<raw_socket> peers;
    for (int i = 0; i < 300; ++i)
      peers.push_back(raw_socket::connect(listener.port()));
    for (int i = 0; i < 300; ++i) {
      tcp_stream s = co_await listener.accept();
      EXPECT_TRUE(s);
    }
    const auto none = co_await aside::timeout(1ms, [&]() -> task<> {
      tcp_stream s = co_await listener.accept();
      ADD_FAILURE() << "nobody has connected";
    }());
    EXPECT_FALSE(none.has_value());
  });
}

TEST(tcp_listener, a_peer_that_left_before_it_was_accepted_disturbs_nobody) {
  run_in([]() -> task<> {
    tcp_listener listener = co_await tcp_listener::bind("127.0.0.1:0");
    for (int i = 0; i < 50; ++i) {
      raw_socket gone = raw_socket::connect(listener.port());
      gone.reset();
    }
    raw_socket last = raw_socket::connect(listener.port());
    last.send("here");
    for (int i = 0; i < 51; ++i) {
      tcp_stream s = co_await listener.accept();
      const auto r = co_await s.receive().as_result();
      if (r && *r) {
        EXPECT_EQ(r->text(), "here");
        break;
      }
      EXPECT_LT(i, 50);
    }
  });
}

task<> talk(std::string where, std::size_t seed, std::atomic<int>* done) {
  tcp_stream s = co_await tcp_stream::connect(where);
  std::size_t random = seed * 2654435761u + 1;
  std::size_t sent = 0;
  for (int i = 0; i < 20; ++i) {
    random = random * 6364136223846793005u + 1442695040888963407u;
    const std::size_t size = 1 + (random >> 33) % 6000;
    const std::vector<std::byte> question = pattern(size, seed, sent);
    co_await s.write(question);
    std::size_t back = 0;
    while (back < size) {
      const chunk c = co_await s.receive();
      if (!c) break;
      EXPECT_EQ(wrong(*c, seed, sent + back), 0u);
      back += c.size();
    }
    EXPECT_EQ(back, size);
    sent += size;
  }
  co_await s.shutdown();
  const chunk end = co_await s.receive();
  EXPECT_FALSE(end);
  ++*done;
}

TEST(tcp_listener, serves_a_thousand_peers_with_checked_traffic) {
  for (const unsigned workers : {1u, 2u, 4u}) {
    no_descriptor_left check;
    run_on(workers, []() -> task<> {
      const int peers = scaled(1000);
      std::atomic<int> done = 0;
      tcp_listener listener = co_await tcp_listener::bind("127.0.0.1:0");
      const std::string where = local(listener.port());
      co_await aside::scope([&](nursery& servers) -> task<> {
        servers.spawn_local([&]() -> task<> { co_await listener.serve(&echo); });
        co_await aside::scope([&](nursery& clients) -> task<> {
          for (int i = 0; i < peers; ++i)
            clients.spawn(&talk, where, static_cast<std::size_t>(i), &done);
          co_return;
        });
        servers.request_stop();
      });
      EXPECT_EQ(done, peers);
    });
  }
}

task<> fail_or_echo(tcp_stream peer, std::string greeting) {
  const chunk c = co_await peer.receive();
  if (c.text() == "fail") throw std::runtime_error("this peer is unlucky");
  co_await peer.write(greeting);
}

TEST(tcp_listener, a_failure_of_one_peer_is_reported_and_stays_with_it) {
  run_in([]() -> task<> {
    tcp_listener listener = co_await tcp_listener::bind("127.0.0.1:0");
    const std::string where = local(listener.port());
    testing::internal::CaptureStderr();
    co_await aside::scope([&](nursery& n) -> task<> {
      n.spawn_local(
          [&]() -> task<> { co_await listener.serve(&fail_or_echo, std::string("hello")); });
      for (int i = 0; i < 10; ++i) {
        tcp_stream lucky = co_await tcp_stream::connect(where);
        tcp_stream unlucky = co_await tcp_stream::connect(where);
        co_await unlucky.write("fail");
        const auto end = co_await unlucky.receive().as_result();
        EXPECT_TRUE(!end || !*end);
        co_await lucky.write("greet me");
        const chunk c = co_await lucky.receive();
        EXPECT_EQ(c.text(), "hello");
      }
      n.request_stop();
    });
    const std::string said = testing::internal::GetCapturedStderr();
    EXPECT_NE(said.find("this peer is unlucky"), std::string::npos) << said;
  });
}

template <class Op>
task<std::string> what_it_throws(Op op) {
  std::string what = "nothing";
  try {
    static_cast<void>(co_await std::move(op));
  } catch (const std::system_error& e) {
    what = e.what();
  }
  co_return what;
}

TEST(tcp_listener, an_error_names_the_address) {
  run_in([]() -> task<> {
    tcp_listener first = co_await tcp_listener::bind("127.0.0.1:0");
    const std::string where = local(first.port());
    const std::string in_use = co_await what_it_throws(tcp_listener::bind(where));
    EXPECT_EQ(in_use, "bind " + where + ": Address already in use; is another server running?");
    const std::string not_ours = co_await what_it_throws(tcp_listener::bind("[2001:db8::1]:80"));
    EXPECT_EQ(not_ours.find("bind [2001:db8::1]:80: "), 0u) << not_ours;
  });
}

TEST(tcp_listener, an_address_of_a_link_without_its_link_is_told_what_it_lacks) {
  run_in([]() -> task<> {
    const std::string lacks =
        ": Invalid argument; a link-local address needs the number of its link, which `ip link` "
        "shows: write ";
    const std::string bound = co_await what_it_throws(tcp_listener::bind("[fe80::1]:0"));
    EXPECT_EQ(bound, "bind [fe80::1]:0" + lacks + "[fe80::1%2]:0 for link 2");
    const std::string connected = co_await what_it_throws(tcp_stream::connect("[febf::1]:9"));
    EXPECT_EQ(connected, "connect [febf::1]:9" + lacks + "[febf::1%2]:9 for link 2");
  });
}

TEST(tcp_listener, a_text_that_is_no_address_is_named_with_what_is_wanted) {
  run_in([]() -> task<> {
    const std::string wanted =
        ": Invalid argument; a numeric ADDRESS:PORT is wanted, such as 127.0.0.1:80 or [::1]:80";
    const std::array<std::string, 4> texts{"localhost:80", "", "127.0.0.1", "127.0.0.1:99999"};
    for (const std::string& text : texts) {
      const std::string by_bind = co_await what_it_throws(tcp_listener::bind(text));
      EXPECT_EQ(by_bind, "bind \"" + text + "\"" + wanted);
      const std::string by_connect = co_await what_it_throws(tcp_stream::connect(text));
      EXPECT_EQ(by_connect, "connect \"" + text + "\"" + wanted);
    }
    const std::string by_source =
        co_await what_it_throws(tcp_stream::connect("127.0.0.1:80", "here"));
    EXPECT_EQ(by_source, "connect \"here\"" + wanted);
    const std::array<std::string, 3> unbracketed{"::1:1", "2001:db8::7:65535", ":::0"};
    const std::array<std::string, 3> bracketed{"[::1]:1", "[2001:db8::7]:65535", "[::]:0"};
    for (std::size_t i = 0; i < unbracketed.size(); ++i) {
      const std::string advice =
          ": Invalid argument; an IPv6 address with a port stands in brackets: write ";
      const std::string& text = unbracketed[i];
      const std::string by_bind = co_await what_it_throws(tcp_listener::bind(text));
      EXPECT_EQ(by_bind, "bind \"" + text + "\"" + advice + bracketed[i]);
      const std::string by_connect = co_await what_it_throws(tcp_stream::connect(text));
      EXPECT_EQ(by_connect, "connect \"" + text + "\"" + advice + bracketed[i]);
    }
    const std::string all_groups =
        co_await what_it_throws(tcp_stream::connect("2001:db8:1:2:3:4:5:6:443"));
    EXPECT_EQ(all_groups, "connect \"2001:db8:1:2:3:4:5:6:443\": Invalid argument; an IPv6 address "
                          "with a port stands in brackets: write [2001:db8:1:2:3:4:5:6]:443");
    const std::string longest =
        co_await what_it_throws(tcp_stream::connect("2001:db8:1111:2222:3333:4444:5555:6666:443"));
    EXPECT_EQ(longest, "connect \"2001:db8:1111:2222:3333:4...\": Invalid argument; an IPv6 address "
                       "with a port stands in brackets: write [ADDRESS]:PORT");
    const std::string by_long =
        co_await what_it_throws(tcp_listener::bind("a-name-that-is-far-too-long\n.example:80"));
    EXPECT_EQ(by_long, "bind \"a-name-that-is-far-too-lo...\"" + wanted);
  });
}

task<> fails(tcp_stream, std::string reason) {
  co_await aside::yield();
  throw std::runtime_error(reason);
}

TEST(tcp_listener, a_failed_peer_is_reported_with_the_line_that_serves) {
  testing::internal::CaptureStderr();
  static constexpr unsigned line = __LINE__ + 4;
  run_on(1, []() -> task<> {
    tcp_listener listener = co_await tcp_listener::bind("127.0.0.1:0");
    const std::string reason = "the peer's reason";
    const auto serve = [&]() -> task<> { co_await listener.serve(&fails, reason); };
    const std::string where = local(listener.port());
    co_await aside::scope([&](nursery& n) -> task<> {
      n.spawn_local(serve);
      tcp_stream s = co_await tcp_stream::connect(where);
      const chunk c = co_await s.receive();
      EXPECT_EQ(c.text(), "");
      n.request_stop();
    });
  });
  const std::string said = testing::internal::GetCapturedStderr();
  EXPECT_NE(
      said.find("tcp_listener_test.cpp:" + std::to_string(line) + " failed: the peer's reason"),
      std::string::npos)
      << said;
}

TEST(tcp_listener, can_be_closed_and_says_whether_it_is_open) {
  const no_descriptor_left check;
  run_in([]() -> task<> {
    tcp_listener none;
    EXPECT_FALSE(none);
    tcp_listener listener = co_await tcp_listener::bind("127.0.0.1:0");
    EXPECT_TRUE(listener);
    const std::string where = local(listener.port());
    listener.close();
    EXPECT_FALSE(listener);
    const auto refused = co_await tcp_stream::connect(where).as_result();
    EXPECT_FALSE(refused.has_value());
    const auto closed = co_await listener.accept().as_result();
    EXPECT_EQ(closed.error(), std::errc::bad_file_descriptor);
    const tcp_listener again = co_await tcp_listener::bind(where);
    EXPECT_TRUE(again);
  });
}

}  // namespace
