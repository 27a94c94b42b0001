// What losing a race, or a stop from outside while racing, leaves of an operation: the cancellation
// matrix of the branches, with bytes and connections to count.
#include <aside/all.hpp>
#include <aside/race.hpp>

#include "driver/engine.hpp"
#include "task/host.hpp"
#include "unit/net/loopback.hpp"

namespace {

using namespace aside_test;

std::size_t in_flight() { return aside::detail::this_host()->io->in_flight(); }

task<std::string> read_to_end(tcp_stream& s) {
  std::string all;
  for (;;) {
    const chunk c = co_await s.receive();
    if (!c) break;
    all += c.text();
  }
  co_return all;
}

TEST(race_of_receive, loses_no_byte_whoever_wins) {
  const no_descriptor_left check;
  run_in([]() -> task<> {
    for (int i = 0; i < scaled(500); ++i) {
      auto p = std::make_shared<stream_pair>(co_await connected());
      std::string got;
      co_await aside::scope([&](nursery& n) -> task<> {
        n.spawn(
            [](std::shared_ptr<stream_pair> mine, int yields) -> task<> {
              for (; yields > 0; --yields)
                co_await aside::yield();
              co_await mine->near.write("x");
            },
            p, i % 5);
        aside::event go;
        go.set();
        // The other branch ends at once, after a yield, or when a byte makes both ready.
        const auto other = [&]() -> task<> {
          for (int k = 0; k < i % 7; ++k)
            co_await aside::yield();
        };
        auto [bytes, ended] = co_await aside::race(p->far.receive(), other());
        EXPECT_TRUE(bytes || ended);
        if (bytes) got += bytes->text();
      });
      co_await p->near.shutdown();
      got += co_await read_to_end(p->far);
      EXPECT_EQ(got, "x");
    }
    EXPECT_EQ(in_flight(), 0u);
  });
}

TEST(race_of_receive, of_both_directions_and_two_streams_delivers_what_has_come) {
  const no_descriptor_left check;
  run_in([]() -> task<> {
    auto a = std::make_shared<stream_pair>(co_await connected());
    auto b = std::make_shared<stream_pair>(co_await connected());
    co_await a->near.write("a");
    co_await b->near.write("b");
    auto [first, second] = co_await aside::race(a->far.receive(), b->far.receive());
    std::string got;
    if (first) got += first->text();
    if (second) got += second->text();
    EXPECT_FALSE(got.empty());
    co_await a->near.shutdown();
    co_await b->near.shutdown();
    auto [rest_a, rest_b] = co_await aside::all(read_to_end(a->far), read_to_end(b->far));
    std::string everything = got + rest_a + rest_b;
    std::sort(everything.begin(), everything.end());
    EXPECT_EQ(everything, "ab");
  });
}

TEST(race_of_receive, that_is_stopped_from_outside_takes_nothing_or_delivers) {
  const no_descriptor_left check;
  run_on(2, []() -> task<> {
    for (int i = 0; i < scaled(500); ++i) {
      auto p = std::make_shared<stream_pair>(co_await connected());
      auto got = std::make_shared<std::atomic<int>>(0);
      co_await aside::scope([&](nursery& n) -> task<> {
        if (i % 4 == 0) n.request_stop();
        n.spawn(
            [](std::shared_ptr<stream_pair> mine,
               std::shared_ptr<std::atomic<int>> count) -> task<> {
              auto [bytes, late] = co_await aside::race(mine->far.receive(), aside::sleep_for(1h));
              if (bytes) ++*count;
              EXPECT_FALSE(late);
            },
            p, got);
        const auto send = [&]() -> task<> {
          for (int k = 0; k < i % 5; ++k)
            co_await aside::yield();
          co_await p->near.write("x");
        };
        co_await aside::shield(send());
        n.request_stop();
      });
      co_await p->near.shutdown();
      const std::string rest = co_await read_to_end(p->far);
      EXPECT_EQ(rest, *got != 0 ? "" : "x");
    }
    EXPECT_EQ(in_flight(), 0u);
  });
}

TEST(race_of_connect, leaves_nothing_of_the_loser) {
  const no_descriptor_left check;
  run_in([]() -> task<> {
    tcp_listener l = co_await tcp_listener::bind("127.0.0.1:0");
    const std::string where = local(l.port());
    for (int i = 0; i < scaled(200); ++i) {
      const auto other = [&]() -> task<> {
        for (int k = 0; k < i % 4; ++k)
          co_await aside::yield();
      };
      auto [stream, ended] = co_await aside::race(tcp_stream::connect(where), other());
      EXPECT_TRUE(stream || ended);
    }
    EXPECT_EQ(in_flight(), 0u);
    l = tcp_listener();
  });
}

TEST(race_of_accept, leaves_the_connection_in_the_backlog_or_delivers_it) {
  const no_descriptor_left check;
  run_in([]() -> task<> {
    for (int i = 0; i < scaled(100); ++i) {
      tcp_listener l = co_await tcp_listener::bind("127.0.0.1:0");
      const raw_socket peer = raw_socket::connect(l.port());
      const auto other = [&]() -> task<> {
        for (int k = 0; k < i % 4; ++k)
          co_await aside::yield();
      };
      auto [accepted, ended] = co_await aside::race(l.accept(), other());
      EXPECT_TRUE(accepted || ended);
      if (!accepted) {
        const auto later = co_await aside::timeout(
            10s, [&]() -> task<> { const tcp_stream s = co_await l.accept(); }());
        EXPECT_TRUE(later.has_value());
      }
      l = tcp_listener();
    }
  });
}

TEST(all_of_a_stream, reads_and_writes_at_the_same_time) {
  const no_descriptor_left check;
  run_in([]() -> task<> {
    auto p = std::make_shared<stream_pair>(co_await connected());
    const std::string much(4 << 20, 'z');
    const auto send = [&](tcp_stream& s) -> task<> {
      co_await s.write(much);
      co_await s.shutdown();
    };
    auto [far, near] =
        co_await aside::all(send(p->near), read_to_end(p->far), send(p->far), read_to_end(p->near));
    EXPECT_EQ(far.size(), much.size());
    EXPECT_EQ(near.size(), much.size());
  });
}

}  // namespace
