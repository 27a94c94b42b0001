// Connecting: addresses, refusals, silence.
#include "driver/engine.hpp"
#include "task/host.hpp"
#include "unit/net/loopback.hpp"

#include <array>
#include <string_view>

namespace {

using namespace aside_test;

TEST(tcp_connect, to_a_port_where_nobody_listens_is_refused) {
  const no_descriptor_left check;
  run_in([]() -> task<> {
    std::string where;
    {
      tcp_listener gone = co_await tcp_listener::bind("127.0.0.1:0");
      where = local(gone.port());
    }
    const auto r = co_await tcp_stream::connect(where).as_result();
    EXPECT_FALSE(r.has_value());
    if (!r) {
      EXPECT_EQ(r.error(), std::errc::connection_refused);
    }
    std::string said;
    try {
      static_cast<void>(co_await tcp_stream::connect(where));
    } catch (const std::system_error& e) {
      said = e.what();
    }
    EXPECT_NE(said.find("connect"), std::string::npos) << said;
  });
}

TEST(tcp_connect, to_a_peer_that_does_not_answer_ends_with_its_timeout) {
  const no_descriptor_left check;
  run_in([]() -> task<> {
    blackhole nobody;
    const std::string where = local(nobody.port());
    for (int i = 0; i < 10; ++i) {
      const auto r = co_await aside::timeout(5ms, [&]() -> task<> {
        tcp_stream s = co_await tcp_stream::connect(where);
        ADD_FAILURE() << "the backlog was not full";
      }());
      EXPECT_FALSE(r.has_value());
    }
  });
}

// Of an engine without the operation. A ring may also miss edges, and has both directions tried then.
TEST(tcp_connect, is_not_over_by_a_mark_without_cause) {
  const no_descriptor_left check;
  run_on(1, []() -> task<> {
    aside::detail::engine& e = *aside::detail::this_host()->io;
    if (e.name() != "epoll") co_return;
    blackhole nobody;
    const std::string where = local(nobody.port());
    // The entry that its socket will have.
    int error = 0;
    const int other = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    aside::detail::interest& entry = *e.attach(other, false, error);
    e.close(entry, other);
    bool over = false;
    co_await aside::scope([&](nursery& n) -> task<> {
      n.spawn_local([&]() -> task<> {
        const auto r = co_await tcp_stream::connect(where).as_result();
        over = true;
      });
      while (entry.writer.waiting() == nullptr)
        co_await aside::yield();
      notify(*entry.writer.mark(false));
      for (int i = 0; i < 5; ++i)
        co_await aside::yield();
      EXPECT_FALSE(over) << "the handshake is still under way";
      EXPECT_NE(entry.writer.waiting(), nullptr);
      n.request_stop();
    });
  });
}

// Both requests reach the operation before the engine looks at either.
TEST(tcp_connect, two_stops_at_once_end_it_once) {
  const no_descriptor_left check;
  run_in([]() -> task<> {
    blackhole nobody;
    const std::string where = local(nobody.port());
    for (int i = 0; i < 50; ++i) {
      bool ended = false;
      nursery* inner = nullptr;  // outside of the scope, whose children use it
      co_await aside::scope([&](nursery& outer) -> task<> {
        outer.spawn_local([&]() -> task<> {
          co_await aside::scope([&](nursery& n) -> task<> {
            inner = &n;
            struct at_end {
              bool* flag;
              explicit at_end(bool* f) : flag(f) {}
              at_end(const at_end&) = delete;
              ~at_end() { *flag = true; }
            } end(&ended);
            tcp_stream s = co_await tcp_stream::connect(where);
            ADD_FAILURE() << "the backlog was not full";
          });
        });
        for (int k = 0; k < 5; ++k)
          co_await aside::yield();
        if (inner != nullptr) inner->request_stop();
        outer.request_stop();
        co_return;
      });
      EXPECT_TRUE(ended);
    }
  });
}

task<> connect_once(std::string where) {
  tcp_stream s = co_await tcp_stream::connect(where);
  ADD_FAILURE() << "the backlog was not full";
}

TEST(tcp_connect, two_stops_from_two_cores_end_it_once) {
  const no_descriptor_left check;
  run_on(2, []() -> task<> {
    blackhole nobody;
    const std::string where = local(nobody.port());
    for (int i = 0; i < scaled(500); ++i) {
      co_await aside::scope([&](nursery& outer) -> task<> {
        outer.spawn(
            [](std::string to) -> task<> {
              const auto r = co_await aside::timeout(50us, connect_once(to));
              EXPECT_FALSE(r.has_value());
            },
            where);
        co_await aside::sleep_for(50us);
        outer.request_stop();
      });
    }
  });
}

TEST(tcp_connect, takes_a_source_address) {
  const no_descriptor_left check;
  run_in([]() -> task<> {
    tcp_listener listener = co_await tcp_listener::bind("127.0.0.1:0");
    const std::string where = local(listener.port());
    tcp_stream near = co_await tcp_stream::connect(where, "127.0.0.2");
    tcp_stream far = co_await listener.accept();
    sockaddr_in peer{};
    socklen_t size = sizeof peer;
    EXPECT_EQ(::getpeername(far.native_handle(), reinterpret_cast<sockaddr*>(&peer), &size), 0);
    EXPECT_EQ(ntohl(peer.sin_addr.s_addr), 0x7f000002u);

    const auto foreign = co_await tcp_stream::connect(where, "192.0.2.1").as_result();
    EXPECT_FALSE(foreign.has_value());
    if (!foreign) {
      EXPECT_EQ(foreign.error(), std::errc::address_not_available);
    }
    std::string said;
    try {
      static_cast<void>(co_await tcp_stream::connect(where, "192.0.2.1"));
    } catch (const std::system_error& e) {
      said = e.what();
    }
    EXPECT_EQ(said, "connect " + where + " from 192.0.2.1:0: Cannot assign requested address");
    const auto text = co_await tcp_stream::connect(where, "nonsense").as_result();
    EXPECT_FALSE(text.has_value());
    if (!text) {
      EXPECT_EQ(text.error(), std::errc::invalid_argument);
    }
  });
}

TEST(tcp_connect, and_bind_refuse_addresses_that_they_cannot_read) {
  run_in([]() -> task<> {
    using namespace std::string_view_literals;
    for (const std::string_view text :
         {""sv, ":"sv, ":80"sv, "localhost:80"sv, "127.0.0.1"sv, "127.0.0.1:"sv, "127.0.0.1:65536"sv,
          "127.0.0.1:-1"sv, "127.0.0.1:80x"sv, "127.0.0.1: 80"sv, "127.0.0.1.1:80"sv, "[::1]"sv,
          "[::1:80"sv, "[::1]80"sv, "[::1]:"sv, "[]:80"sv, "127.0.0.1\0:80"sv, "256.0.0.1:80"sv,
          "127.0.0.1%1:80"sv, "[::1%]:80"sv, "[::1%lo]:80"sv, "[::1%4294967296]:80"sv}) {
      const auto c = co_await tcp_stream::connect(text).as_result();
      EXPECT_FALSE(c.has_value()) << text;
      if (!c) {
        EXPECT_EQ(c.error(), std::errc::invalid_argument) << text;
      }
      const auto b = co_await tcp_listener::bind(text).as_result();
      EXPECT_FALSE(b.has_value()) << text;
      if (!b) {
        EXPECT_EQ(b.error(), std::errc::invalid_argument) << text;
      }
    }
  });
}

bool ipv6_is_here() {
  const raw_socket s(::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in6 a{};
  a.sin6_family = AF_INET6;
  a.sin6_addr = in6addr_loopback;
  return s.fd() >= 0 && ::bind(s.fd(), reinterpret_cast<const sockaddr*>(&a), sizeof a) == 0;
}

// Only the link's number tells which of several networks a link-local address is in.
TEST(tcp_connect, takes_the_number_of_a_link) {
  if (!ipv6_is_here()) GTEST_SKIP() << "no IPv6 loopback on this machine";
  run_in([]() -> task<> {
    tcp_listener listener = co_await tcp_listener::bind("[::1%1]:0");
    const std::string where = "[::1%1]:" + std::to_string(listener.port());
    tcp_stream near = co_await tcp_stream::connect(where);
    tcp_stream far = co_await listener.accept();
    co_await near.write("x");
    const chunk c = co_await far.receive();
    EXPECT_EQ(c.text(), "x");
    std::string said;
    try {
      static_cast<void>(co_await tcp_stream::connect("[fe80::1%999999]:9"));
    } catch (const std::system_error& e) {
      said = e.what();
    }
    EXPECT_EQ(said.find("connect [fe80::1%999999]:9: "), 0u) << said;
  });
}

TEST(tcp_connect, works_over_ipv6) {
  if (!ipv6_is_here()) GTEST_SKIP() << "no IPv6 loopback on this machine";
  run_in([]() -> task<> {
    tcp_listener listener = co_await tcp_listener::bind("[::1]:0");
    const std::string where = "[::1]:" + std::to_string(listener.port());
    EXPECT_NE(listener.port(), 0);
    co_await aside::scope([&](nursery& n) -> task<> {
      n.spawn_local([&]() -> task<> { co_await listener.serve(&echo); });
      tcp_stream s = co_await tcp_stream::connect(where, "::1");
      co_await s.write("six");
      const chunk c = co_await s.receive();
      EXPECT_EQ(c.text(), "six");
      n.request_stop();
    });
  });
}

}  // namespace
