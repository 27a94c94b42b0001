// Messages within the machine: bounds, senders, full queues.
#include "unit/net/endpoints.hpp"

#include <array>

namespace {

using namespace aside_test;
using aside::unix_datagram;
using aside::unix_received;

TEST(unix_datagram, says_who_sent_what) {
  const no_descriptor_left check;
  run_in([]() -> task<> {
    const folder f;
    const std::vector<std::string> names{f / "a", "@a" + f.path()};
    for (const std::string& name : names) {
      unix_datagram a = co_await unix_datagram::bind(name);
      unix_datagram b = co_await unix_datagram::bind(f / "b");
      unix_datagram nobody = co_await unix_datagram::open();
      co_await b.send_to("hello", name);
      co_await nobody.send_to("psst", name);
      std::array<std::byte, 64> room{};
      unix_received got = co_await a.recv_from(room);
      EXPECT_EQ(text_of(std::span(room).first(got.size())), "hello");
      EXPECT_EQ(got.sender().text(), f / "b");
      co_await a.send_to("and back", got.sender().text());
      got = co_await a.recv_from(room);
      EXPECT_EQ(text_of(std::span(room).first(got.size())), "psst");
      EXPECT_FALSE(got.sender());
      got = co_await b.recv_from(room);
      EXPECT_EQ(text_of(std::span(room).first(got.size())), "and back");
      EXPECT_EQ(got.sender().text(), name);
    }
    EXPECT_FALSE(exists(f / "a"));
    EXPECT_FALSE(exists(f / "b"));
  });
}

TEST(unix_datagram, says_that_a_message_was_cut_off) {
  run_in([]() -> task<> {
    auto [a, b] = co_await unix_datagram::pair();
    co_await a.send("a long message");
    co_await a.send("");
    co_await a.send("short");
    std::array<std::byte, 6> room{};
    unix_received got = co_await b.recv_from(room);
    EXPECT_TRUE(got.truncated());
    EXPECT_EQ(got.size(), 6u);
    EXPECT_EQ(got.sent_size(), 14u);
    EXPECT_EQ(text_of(room), "a long");
    got = co_await b.recv_from(room);
    EXPECT_EQ(got.size(), 0u);
    got = co_await b.recv_from(room);
    EXPECT_FALSE(got.truncated());
    EXPECT_EQ(text_of(std::span(room).first(got.size())), "short");
  });
}

TEST(unix_datagram, that_is_connected_waits_while_the_queue_is_full) {
  const no_descriptor_left check;
  run_in([]() -> task<> {
    const folder f;
    static constexpr int messages = scaled(2000);
    unix_datagram to = co_await unix_datagram::bind(f / "s");
    co_await aside::scope([&](nursery& n) -> task<> {
      n.spawn_local([&]() -> task<> {
        unix_datagram from = co_await unix_datagram::connect(f / "s");
        for (int i = 0; i < messages; ++i)
          co_await from.send(std::to_string(i));
      });
      for (int i = 0; i < 5; ++i)
        co_await aside::yield();
      std::array<std::byte, 16> room{};
      for (int i = 0; i < messages; ++i) {
        const unix_received got = co_await to.recv_from(room);
        EXPECT_EQ(text_of(std::span(room).first(got.size())), std::to_string(i));
      }
    });
  });
}

task<> send_many(std::string where, int count) {
  unix_datagram from = co_await unix_datagram::connect(where);
  for (int i = 0; i < count; ++i)
    co_await from.send("x");
}

// Whoever is woken may find that another one has taken the room, and waits again.
TEST(unix_datagram, that_many_send_to_forgets_none_of_them) {
  const no_descriptor_left check;
  run_in([]() -> task<> {
    static constexpr int senders = 8;
    static constexpr int each = scaled(500);
    const folder f;
    const std::string path = f / "s";
    unix_datagram to = co_await unix_datagram::bind(path);
    co_await aside::scope([&](nursery& n) -> task<> {
      for (int i = 0; i < senders; ++i)
        n.spawn(&send_many, path, each);
      int got = 0;
      const auto in_time = co_await aside::timeout(30s, [&]() -> task<> {
        std::array<std::byte, 4> room{};
        while (got < senders * each) {
          static_cast<void>(co_await to.recv_from(room));
          ++got;
        }
      }());
      EXPECT_TRUE(in_time.has_value()) << got << " of " << senders * each;
      n.request_stop();
    });
  });
}

TEST(unix_datagram, that_is_not_connected_is_told_of_a_full_queue) {
  run_in([]() -> task<> {
    const folder f;
    unix_datagram to = co_await unix_datagram::bind(f / "s");
    unix_datagram from = co_await unix_datagram::open();
    std::error_code error;
    for (int i = 0; i < 10'000 && !error; ++i) {
      const auto sent = co_await from.send_to("x", f / "s").as_result();
      if (!sent) error = sent.error();
    }
    EXPECT_EQ(error, std::errc::resource_unavailable_try_again);
    std::array<std::byte, 1> room{};
    static_cast<void>(co_await to.recv_from(room));
    co_await from.send_to("x", f / "s");
  });
}

TEST(unix_datagram, names_the_path_in_its_errors) {
  const no_descriptor_left check;
  run_in([]() -> task<> {
    const folder f;
    unix_datagram s = co_await unix_datagram::bind(f / "s");
    std::string e = co_await said(
        [&]() -> task<> { unix_datagram other = co_await unix_datagram::bind(f / "s"); });
    EXPECT_EQ(e.find("bind " + f / "s" + ": Address already in use; "), 0u) << e;
    e = co_await said(
        [&]() -> task<> { unix_datagram other = co_await unix_datagram::connect(f / "none"); });
    EXPECT_EQ(e, "connect " + f / "none" + ": No such file or directory");
    e = co_await said([&]() -> task<> { co_await s.send_to("x", f / "none"); });
    EXPECT_EQ(e, "send to " + f / "none" + ": No such file or directory");
    e = co_await said([&]() -> task<> { co_await s.send_to("x", ""); });
    EXPECT_EQ(e.find("send to \"\": Invalid argument; a path is wanted"), 0u) << e;
    const auto unconnected = co_await s.send("x").as_result();
    EXPECT_EQ(unconnected.error(), std::errc::not_connected);
    unix_datagram to = co_await unix_datagram::bind(f / "to");
    unix_datagram from = co_await unix_datagram::connect(f / "to");
    to.close();
    const auto refused = co_await from.send("x").as_result();
    EXPECT_EQ(refused.error(), std::errc::connection_refused);
    unix_datagram closed;
    const auto r = co_await closed.send("x").as_result();
    EXPECT_EQ(r.error(), std::errc::bad_file_descriptor);
    const auto t = co_await closed.send_to("x", f / "s").as_result();
    EXPECT_EQ(t.error(), std::errc::bad_file_descriptor);
  });
}

TEST(unix_datagram, takes_the_place_of_a_dead_one_only_on_request) {
  const no_descriptor_left check;
  run_in([]() -> task<> {
    const folder f;
    const auto replace = aside::unix_options().replace_dead(true);
    unix_datagram lives = co_await unix_datagram::bind(f / "s");
    const auto first = co_await unix_datagram::bind(f / "s", replace).as_result();
    EXPECT_EQ(first.error(), std::errc::address_in_use);
    EXPECT_EQ(::link((f / "s").c_str(), (f / "dead").c_str()), 0);
    lives.close();
    const auto plain = co_await unix_datagram::bind(f / "dead").as_result();
    EXPECT_EQ(plain.error(), std::errc::address_in_use);
    unix_datagram next = co_await unix_datagram::bind(f / "dead", replace);
    co_await next.send_to("x", f / "dead");
  });
}

}  // namespace
