// Datagrams: bounds, senders, truncation, refusals.
#include "unit/net/endpoints.hpp"

#include <array>

namespace {

using namespace aside_test;
using aside::datagram;
using aside::received_from;
using aside::socket_address;
using aside::udp_socket;

task<udp_socket> bound() { co_return co_await udp_socket::bind("127.0.0.1:0"); }

TEST(udp_socket, says_who_sent_what) {
  const no_descriptor_left check;
  run_in([]() -> task<> {
    udp_socket a = co_await bound();
    udp_socket b = co_await bound();
    co_await b.send_to("hello", a.local_address());
    std::array<std::byte, 64> room{};
    const received_from got = co_await a.recv_from(room);
    EXPECT_EQ(text_of(std::span(room).first(got.size())), "hello");
    EXPECT_EQ(got.sender(), b.local_address());
    EXPECT_EQ(got.sender().text(), local(b.port()));
    EXPECT_FALSE(got.truncated());
    co_await a.send_to("and back", got.sender());
    const datagram back = co_await b.receive();
    EXPECT_EQ(back.text(), "and back");
    EXPECT_EQ(back.sender(), a.local_address());
    EXPECT_FALSE(back.truncated());
  });
}

TEST(udp_socket, keeps_the_bounds_and_the_order_of_many) {
  run_in([]() -> task<> {
    udp_socket a = co_await bound();
    udp_socket b = co_await bound();
    for (std::size_t size = 0; size < 100; ++size) {
      const std::vector<std::byte> bytes = pattern(size, size);
      co_await b.send_to(bytes, a.local_address());
    }
    for (std::size_t size = 0; size < 100; ++size) {
      const datagram d = co_await a.receive();
      EXPECT_EQ(d.size(), size);
      EXPECT_EQ(wrong(*d, size, 0), 0u);
    }
  });
}

TEST(udp_socket, says_that_a_datagram_was_cut_off) {
  run_in([]() -> task<> {
    udp_socket a = co_await bound();
    udp_socket b = co_await bound();
    const std::vector<std::byte> large = pattern(20'000);
    const socket_address to = a.local_address();
    co_await b.send_to(large, to);
    co_await b.send_to(large, to);
    co_await b.send_to("next", to);
    std::array<std::byte, 10> room{};
    const received_from got = co_await a.recv_from(room);
    EXPECT_EQ(got.size(), 10u);
    EXPECT_EQ(got.sent_size(), 20'000u);
    EXPECT_TRUE(got.truncated());
    EXPECT_EQ(wrong(room, 0, 0), 0u);
    const datagram d = co_await a.receive();
    EXPECT_EQ(d.size(), chunk::capacity);
    EXPECT_EQ(d.sent_size(), 20'000u);
    EXPECT_TRUE(d.truncated());
    EXPECT_EQ(wrong(*d, 0, 0), 0u);
    const datagram next = co_await a.receive();
    EXPECT_EQ(next.text(), "next");
  });
}

TEST(udp_socket, waits_again_after_each_datagram) {
  run_in([]() -> task<> {
    udp_socket a = co_await bound();
    udp_socket b = co_await bound();
    const socket_address to = a.local_address();
    co_await aside::scope([&](nursery& n) -> task<> {
      n.spawn_local([&]() -> task<> {
        for (int i = 0; i < scaled(1000); ++i) {
          const datagram d = co_await a.receive();
          co_await a.send_to(*d, d.sender());
        }
      });
      for (int i = 0; i < scaled(1000); ++i) {
        const std::string ping = "ping " + std::to_string(i);
        co_await b.send_to(ping, to);
        std::array<std::byte, 64> room{};
        const received_from pong = co_await b.recv_from(room);
        EXPECT_EQ(text_of(std::span(room).first(pong.size())), ping);
      }
    });
  });
}

TEST(udp_socket, that_is_connected_hears_its_peer_only) {
  run_in([]() -> task<> {
    udp_socket server = co_await bound();
    udp_socket stranger = co_await bound();
    udp_socket client = co_await udp_socket::connect(local(server.port()), "127.0.0.1:0");
    co_await stranger.send_to("psst", client.local_address());
    co_await client.send("hello");
    const datagram d = co_await server.receive();
    EXPECT_EQ(d.sender(), client.local_address());
    co_await server.send_to("welcome", d.sender());
    const datagram answer = co_await client.receive();
    EXPECT_EQ(answer.text(), "welcome");
    EXPECT_EQ(answer.sender(), server.local_address());
  });
}

// What comes of a refusal is told once, by whichever operation comes next; the socket lives on.
TEST(udp_socket, that_is_connected_is_told_of_a_refusal_and_stays_usable) {
  const no_descriptor_left check;
  run_in([]() -> task<> {
    udp_socket gone = co_await bound();
    const std::string where = local(gone.port());
    udp_socket client = co_await udp_socket::connect(where);
    gone.close();

    co_await client.send("anybody there?");
    const auto waiting = co_await client.receive().as_result();
    EXPECT_FALSE(waiting.has_value());
    if (!waiting) {
      EXPECT_EQ(waiting.error(), std::errc::connection_refused);
    }
    bool told = false;
    co_await aside::scope([&](nursery& n) -> task<> {
      n.spawn_local([&]() -> task<> {  // waits already when it comes
        std::array<std::byte, 8> room{};
        const auto got = co_await client.recv_from(room).as_result();
        told = !got && got.error() == std::errc::connection_refused;
      });
      co_await aside::yield();
      co_await aside::yield();
      co_await client.send("still nobody?");
    });
    EXPECT_TRUE(told);
    co_await client.send("nobody");
    const auto sent = co_await client.send("really").as_result();
    EXPECT_FALSE(sent.has_value());

    udp_socket there = co_await udp_socket::bind(where);
    co_await client.send("hello");
    const datagram d = co_await there.receive();
    EXPECT_EQ(d.text(), "hello");
    co_await there.send_to("yes", d.sender());
    const datagram answer = co_await client.receive();
    EXPECT_EQ(answer.text(), "yes");
  });
}

TEST(udp_socket, names_the_address_in_its_errors) {
  const no_descriptor_left check;
  run_in([]() -> task<> {
    udp_socket first = co_await bound();
    const std::string where = local(first.port());
    std::string e =
        co_await said([&]() -> task<> { udp_socket second = co_await udp_socket::bind(where); });
    EXPECT_EQ(e.find("bind " + where + ": Address already in use"), 0u) << e;
    e = co_await said([&]() -> task<> { udp_socket s = co_await udp_socket::bind("nowhere:7"); });
    EXPECT_EQ(e.find("bind \"nowhere:7\": Invalid argument"), 0u) << e;
    e = co_await said([&]() -> task<> { udp_socket s = co_await udp_socket::bind(""); });
    EXPECT_EQ(e.find("bind \"\": Invalid argument"), 0u) << e;
    e = co_await said([&]() -> task<> {
      udp_socket s =
          co_await udp_socket::connect("127.0.0.1:9", "a name much longer than there is room:1");
    });
    EXPECT_EQ(e.find("connect \"a name much longer than t...\": "), 0u) << e;
    e = co_await said(
        [&]() -> task<> { udp_socket s = co_await udp_socket::connect("[::1]:9", "127.0.0.1:0"); });
    EXPECT_EQ(e.find("connect [::1]:9: "), 0u) << e;
    e = co_await said([&]() -> task<> {
      const std::vector<std::byte> huge(70'000);
      const socket_address to("127.0.0.1:9");
      co_await first.send_to(huge, to);
    });
    EXPECT_EQ(e.find("send to 127.0.0.1:9: Message too long"), 0u) << e;
    e = co_await said([&]() -> task<> { co_await first.send("to whom?"); });
    EXPECT_EQ(e, "send: Destination address required");
    udp_socket closed;
    const auto r = co_await closed.receive().as_result();
    EXPECT_EQ(r.error(), std::errc::bad_file_descriptor);
    const auto s = co_await closed.send("x").as_result();
    EXPECT_EQ(s.error(), std::errc::bad_file_descriptor);
    EXPECT_FALSE(closed.local_address());
  });
}

TEST(udp_socket, shares_a_port_on_request) {
  run_in([]() -> task<> {
    const auto share = aside::udp_options().share_port(true);
    udp_socket a = co_await udp_socket::bind("127.0.0.1:0", share);
    const std::string where = local(a.port());
    udp_socket b = co_await udp_socket::bind(where, share);
    EXPECT_EQ(a.local_address(), b.local_address());
    const auto c = co_await udp_socket::bind(where).as_result();
    EXPECT_FALSE(c.has_value());
  });
}

task<> answer_all(udp_socket s, int questions) {
  for (int i = 0; i < questions; ++i) {
    const datagram d = co_await s.receive();
    co_await s.send_to(*d, d.sender());
  }
}

TEST(udp_socket, is_used_and_closed_on_another_core) {
  for (const unsigned workers : {2u, 4u}) {
    const no_descriptor_left check;
    run_on(workers, []() -> task<> {
      co_await aside::scope([](nursery& n) -> task<> {
        for (int i = 0; i < 20; ++i) {
          udp_socket server = co_await bound();
          const std::string where = local(server.port());
          n.spawn(&answer_all, std::move(server), 10);
          n.spawn(
              [](std::string to) -> task<> {
                udp_socket client = co_await udp_socket::connect(to);
                for (int k = 0; k < 10; ++k) {
                  co_await client.send("question");
                  const datagram d = co_await client.receive();
                  EXPECT_EQ(d.text(), "question");
                }
              },
              where);
        }
      });
    });
  }
}

}  // namespace
