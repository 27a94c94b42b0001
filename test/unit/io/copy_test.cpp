// copy and copy_both: every byte, every end, every failure.
#include <aside/io/copy.hpp>
#include <aside/io/memory_stream.hpp>

#include "unit/net/loopback.hpp"

namespace {

using namespace aside_test;
using aside::memory_stream;

TEST(copy, gives_the_number_of_bytes_and_leaves_the_target_open) {
  run_in([]() -> task<> {
    stream_pair p = co_await connected();
    auto [near, far] = aside::memory_streams();
    std::size_t copied = 0;
    co_await aside::scope([&](nursery& n) -> task<> {
      n.spawn_local([&]() -> task<> {
        co_await write_pattern(p.near, 500'000);
        co_await p.near.shutdown();
      });
      n.spawn_local([&]() -> task<> {
        copied = co_await aside::copy(p.far, near);
        co_await near.write("more");
        co_await near.shutdown();
      });
      std::size_t got = 0;
      std::string behind;
      for (;;) {
        const chunk c = co_await far.receive();
        if (!c) break;
        const std::size_t mine = std::min(c.size(), 500'000 - got);
        EXPECT_EQ(wrong((*c).first(mine), 0, got), 0u);
        got += mine;
        behind += c.text().substr(mine);
      }
      EXPECT_EQ(got, 500'000u);
      EXPECT_EQ(behind, "more");
    });
    EXPECT_EQ(copied, 500'000u);
  });
}

TEST(copy, from_a_buffered_reader_loses_nothing_when_it_is_stopped) {
  run_on(1, []() -> task<> {
    auto [near, far] = aside::memory_streams(std::size_t{1} << 20);
    auto [reader, writer] = aside::memory_pipe(1000);
    aside::buffered_reader in(far);
    const std::vector<std::byte> all = pattern(30'000);
    co_await near.write(all);
    co_await near.shutdown();
    std::size_t copied = 0;
    std::size_t got = 0;
    int stops = 0;
    const auto copying = [&]() -> task<> { copied = co_await aside::copy(in, writer); };
    std::array<std::byte, 700> room{};
    while (got < all.size()) {
      const auto ended = co_await aside::timeout(1ms, copying());
      if (!ended) ++stops;
      const std::size_t n = co_await reader.read_some(room);
      EXPECT_EQ(wrong(std::span(room).first(n), 0, got), 0u);
      got += n;
    }
    EXPECT_GT(stops, 10);
  });
}

/// a <-> (b, c connected by copy_both) <-> d
template <class F>
void with_proxy(F talk) {
  const auto app = [](F f) -> task<> {
    auto [a, b] = aside::memory_streams();
    auto [c, d] = aside::memory_streams();
    co_await f(a, b, c, d);
  };
  run_in(app, talk);
}

task<std::string> all_of(memory_stream& s) {
  std::string all;
  for (;;) {
    const chunk c = co_await s.receive();
    if (!c) break;
    all += c.text();
  }
  co_return all;
}

/// `copying` begins while somebody else reads where it would.
template <class F>
void copy_beside_a_read(F copying) {
  run_on(1, [copying]() -> task<> {
    auto one = aside::memory_streams();
    auto other = aside::memory_streams();
    co_await aside::scope([&](nursery& n) -> task<> {
      n.spawn_local([&]() -> task<> { static_cast<void>(co_await one.far.receive()); });
      co_await aside::yield();
      co_await copying(one.far, other.near);
    });
  });
}

TEST(copy, that_reads_beside_somebody_else_is_named_by_the_line_that_copies) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  constexpr auto is_the_second = "this is the second\n.*copy_test\\.cpp:";
  EXPECT_DEATH(copy_beside_a_read([](memory_stream& from, memory_stream& to) -> task<> {
                 static_cast<void>(co_await aside::copy(from, to));
               }),
               is_the_second);
  EXPECT_DEATH(copy_beside_a_read([](memory_stream& from, memory_stream& to) -> task<> {
                 aside::buffered_reader in(from);
                 static_cast<void>(co_await aside::copy(in, to));
               }),
               is_the_second);
  EXPECT_DEATH(copy_beside_a_read([](memory_stream& from, memory_stream& to) -> task<> {
                 static_cast<void>(co_await aside::copy_both(from, to));
               }),
               is_the_second);
}

TEST(copy_both, passes_each_end_on_and_keeps_the_other_direction) {
  with_proxy([](memory_stream& a, memory_stream& b, memory_stream& c,
                memory_stream& d) -> task<> {
    std::size_t there = 0;
    std::size_t back = 0;
    co_await aside::scope([&](nursery& n) -> task<> {
      n.spawn_local([&]() -> task<> {
        const aside::copied_both copied = co_await aside::copy_both(b, c);
        there = copied.a_to_b();
        back = copied.b_to_a();
      });
      co_await a.write("question");
      co_await a.shutdown();
      const std::string question = co_await all_of(d);
      EXPECT_EQ(question, "question");
      const std::string answer(300'000, 'a');  // after the end of the other direction
      n.spawn_local([&]() -> task<> {
        co_await d.write(answer);
        co_await d.shutdown();
      });
      const std::string got = co_await all_of(a);
      EXPECT_EQ(got, answer);
    });
    EXPECT_EQ(there, 8u);
    EXPECT_EQ(back, 300'000u);
  });
}

TEST(copy_both, fails_as_a_whole_when_one_direction_does) {
  with_proxy([](memory_stream& a, memory_stream& b, memory_stream& c,
                memory_stream& d) -> task<> {
    co_await aside::scope([&](nursery& n) -> task<> {
      n.spawn_local([&]() -> task<> {
        std::error_code why;
        try {
          static_cast<void>(co_await aside::copy_both(b, c));
        } catch (const std::system_error& e) {
          why = e.code();
        }
        EXPECT_EQ(why, std::errc::connection_reset);
        b.close();
        c.close();
      });
      co_await a.write("x");
      const chunk x = co_await d.receive();
      EXPECT_EQ(x.text(), "x");
      d.reset();
      const auto r = co_await a.receive().as_result();
      EXPECT_TRUE(r.has_value() && !*r) << "the other side is closed too";
    });
  });
}

TEST(copy_both, carries_much_both_ways_over_tcp) {
  run_in([]() -> task<> {
    const auto size = static_cast<std::size_t>(scaled(3'000'000));
    auto front = std::make_shared<stream_pair>(co_await connected());
    auto behind = std::make_shared<stream_pair>(co_await connected());
    const auto talk = [](std::shared_ptr<stream_pair> p, bool near, std::size_t bytes) -> task<> {
      tcp_stream& s = near ? p->near : p->far;
      const auto send = [&]() -> task<> {
        co_await write_pattern(s, bytes, near ? 1 : 2);
        co_await s.shutdown();
      };
      const std::size_t got =
          std::get<0>(co_await aside::all(send(), receive_pattern(s, near ? 2 : 1)));
      EXPECT_EQ(got, bytes);
    };
    co_await aside::scope([&](nursery& n) -> task<> {
      n.spawn(talk, front, true, size);
      n.spawn(talk, behind, false, size);
      n.spawn(
          [](std::shared_ptr<stream_pair> x, std::shared_ptr<stream_pair> y,
             std::size_t bytes) -> task<> {
            const aside::copied_both copied = co_await aside::copy_both(x->far, y->near);
            EXPECT_EQ(copied.a_to_b(), bytes);
            EXPECT_EQ(copied.b_to_a(), bytes);
          },
          front, behind, size);
      co_return;
    });
  });
}

TEST(copy_both, that_is_stopped_ends_both_directions) {
  with_proxy([](memory_stream& a, memory_stream& b, memory_stream& c,
                memory_stream& d) -> task<> {
    const auto both = [&]() -> task<> { static_cast<void>(co_await aside::copy_both(b, c)); };
    const auto r = co_await aside::timeout(2ms, both());
    EXPECT_FALSE(r.has_value());
    // Nobody reads from either any more.
    co_await a.write("a");
    co_await d.write("d");
    chunk got = co_await b.receive();
    EXPECT_EQ(got.text(), "a");
    got = co_await c.receive();
    EXPECT_EQ(got.text(), "d");
  });
}

}  // namespace
