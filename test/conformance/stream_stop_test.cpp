// What a stop leaves of reading and writing, for every stream; and that misuse is reported.
#include "conformance/stream_conformance.hpp"

namespace aside_test {
namespace {

class stopped_stream : public test_of_streams {};
INSTANTIATE_TEST_SUITE_P(kinds, stopped_stream, testing::ValuesIn(all_stream_kinds()), name_of_kind);

enum class way : std::uint8_t { receive, read_some, read_exact };
constexpr std::array ways{way::receive, way::read_some, way::read_exact};

/// Reads once; what it got is added to `into`, whatever ends it.
task<> read_once(stream_end& s, way how, std::string& into) {
  std::array<std::byte, 3> room{};
  const auto text = [&](std::size_t n) {
    return std::string_view(reinterpret_cast<const char*>(room.data()), n);
  };
  if (how == way::receive) {
    const chunk c = co_await s.receive();
    into += c.text();
  } else if (how == way::read_some) {
    const std::size_t n = co_await s.read_some(room);
    into += text(n);
  } else {
    std::size_t got = 0;
    const auto exactly = [&]() -> task<> { co_await s.read_exact(room, &got); };
    const auto r = co_await aside::try_stopped(exactly());
    EXPECT_EQ(r.has_value(), got == room.size());
    into += text(got);
  }
}
task<std::string> rest_of(stream_end& s) {
  std::string all;
  for (;;) {
    const chunk c = co_await s.receive();
    if (!c) break;
    all += c.text();
  }
  co_return all;
}

TEST_P(stopped_stream, that_was_to_read_has_lost_nothing) {
  run_in([&kind = kind()]() -> task<> {
    for (const way how : ways) {
      for (const bool waits : {false, true}) {
        auto p = co_await kind.connect();
        std::string got;
        if (!waits) co_await p.near->put(bytes_of("ab"));
        co_await aside::scope([&](nursery& n) -> task<> {
          if (!waits) n.request_stop();
          n.spawn_local([&]() -> task<> { co_await read_once(*p.far, how, got); });
          co_await aside::yield();
          co_await aside::yield();
          n.request_stop();
        });
        EXPECT_EQ(got, "");
        if (waits) co_await p.near->put(bytes_of("ab"));
        co_await p.near->put(bytes_of("cd"));
        co_await p.near->shutdown();
        got += co_await rest_of(*p.far);
        EXPECT_EQ(got, "abcd");
      }
    }
  });
}

// What has come of an exact read is in its buffer, and the count says how much.
TEST_P(stopped_stream, that_read_a_part_tells_which) {
  run_on(1, [&kind = kind()]() -> task<> {
    auto p = co_await kind.connect();
    std::array<std::byte, 3> room{};
    std::size_t got = 99;
    co_await p.near->put(bytes_of("ab"));
    const auto exactly = [&]() -> task<> { co_await p.far->read_exact(room, &got); };
    const auto r = co_await aside::timeout(20ms, exactly());
    EXPECT_FALSE(r.has_value());
    EXPECT_EQ(got, 2u);
    co_await p.near->put(bytes_of("c"));
    co_await p.far->read_exact(std::span(room).subspan(got));
    EXPECT_EQ(std::string_view(reinterpret_cast<const char*>(room.data()), 3), "abc");
  });
}

task<> put_abc(shared_ends p) {
  co_await p->near->put(bytes_of("abc"));
}

TEST_P(stopped_stream, while_bytes_arrive_loses_none_and_gives_none_twice) {
  run_on(2, [&kind = kind()]() -> task<> {
    for (int i = 0; i < scaled(600); ++i) {
      const auto p = co_await kind.connect_shared();
      const auto got = std::make_shared<std::string>();
      co_await aside::scope([&](nursery& sending) -> task<> {
        co_await aside::scope([&](nursery& n) -> task<> {
          n.spawn(
              [](shared_ends both, std::shared_ptr<std::string> into,
                 way how) -> task<> { co_await read_once(*both->far, how, *into); },
              p, got, ways[static_cast<std::size_t>(i) % ways.size()]);
          sending.spawn(&put_abc, p);
          for (int k = 0; k < i % 7; ++k)
            co_await aside::yield();
          n.request_stop();
        });
      });
      co_await p->near->put(bytes_of("end"));
      co_await p->near->shutdown();
      *got += co_await rest_of(*p->far);
      EXPECT_EQ(*got, "abcend");
    }
  });
}

task<> trickle(shared_ends p, int bytes) {
  for (int i = 0; i < bytes; ++i) {
    const std::array<std::byte, 1> one{pattern_at(static_cast<std::size_t>(i), 3)};
    co_await p->near->put(one);
    if (i % 3 == 0) co_await aside::sleep_for(std::chrono::microseconds(i % 40));
  }
  co_await p->near->shutdown();
}

TEST_P(stopped_stream, again_and_again_by_a_timeout_delivers_every_byte_once) {
  for (const unsigned workers : {1u, 2u}) {
    run_on(workers, [&kind = kind()]() -> task<> {
      const int bytes = scaled(2'000);
      const auto p = co_await kind.connect_shared();
      std::size_t got = 0;
      int timeouts = 0;
      bool over = false;
      co_await aside::scope([&](nursery& n) -> task<> {
        n.spawn(&trickle, p, bytes);
        int round = 0;
        while (!over) {
          const auto reading = [&]() -> task<> {
            const chunk c = co_await p->far->receive();
            EXPECT_EQ(wrong(*c, 3, got), 0u);
            got += c.size();
            if (!c) over = true;
          };
          const auto r =
              co_await aside::timeout(std::chrono::microseconds(round++ % 60), reading());
          if (!r) ++timeouts;
        }
      });
      EXPECT_EQ(got, static_cast<std::size_t>(bytes));
      EXPECT_GT(timeouts, 0);
    });
  }
}

// ---- writing

TEST_P(stopped_stream, before_it_writes_has_written_nothing) {
  run_in([&kind = kind()]() -> task<> {
    auto p = co_await kind.connect();
    std::size_t sent = 99;
    co_await aside::scope([&](nursery& n) -> task<> {
      n.request_stop();
      n.spawn_local([&]() -> task<> { co_await p.near->write(bytes_of("x"), &sent); });
      co_return;
    });
    EXPECT_EQ(sent, 0u);
    co_await p.near->shutdown();
    const std::string got = co_await rest_of(*p.far);
    EXPECT_EQ(got, "");
  });
}

TEST_P(stopped_stream, while_it_writes_counts_what_will_arrive) {
  run_in([&kind = kind()]() -> task<> {
    auto p = co_await kind.connect();
    p.near->limit();
    const std::vector<std::byte> much = pattern(10'000'000, 8);
    std::size_t sent = 0;
    co_await aside::scope([&](nursery& n) -> task<> {
      n.spawn_local([&]() -> task<> { co_await p.near->write(much, &sent); });
      co_await aside::yield();
      co_await aside::yield();
      n.request_stop();
    });
    EXPECT_GT(sent, 0u);
    EXPECT_LT(sent, much.size());
    std::size_t got = 0;
    co_await aside::scope([&](nursery& n) -> task<> {
      n.spawn_local([&]() -> task<> {
        co_await p.near->put(std::span(much).subspan(sent));
        co_await p.near->shutdown();
      });
      got = co_await take_pattern(*p.far, 8);
    });
    EXPECT_EQ(got, much.size());
  });
}

// ---- misuse

TEST_P(stopped_stream, aborts_when_two_tasks_read) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(run_on(1,
                      [&kind = kind()]() -> task<> {
                        auto p = co_await kind.connect();
                        co_await aside::scope([&](nursery& n) -> task<> {
                          for (int i = 0; i < 2; ++i) {
                            n.spawn_local([&]() -> task<> {
                              static_cast<void>(co_await p.far->receive());
                            });
                          }
                          co_return;
                        });
                      }),
               "two tasks or branches wait for the same direction of one stream.*\n.*stream_kinds.cpp:");
}

TEST_P(stopped_stream, aborts_when_it_dies_under_an_operation) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(run_on(1,
                      [&kind = kind()]() -> task<> {
                        auto p = co_await kind.connect();
                        co_await aside::scope([&](nursery& n) -> task<> {
                          n.spawn_local([&]() -> task<> {
                            std::array<std::byte, 8> room{};
                            static_cast<void>(co_await p.far->read_some(room));
                          });
                          co_await aside::yield();
                          co_await aside::yield();
                          p.far.reset();
                        });
                      }),
               "closed while an operation waits on it.*\n.*stream_kinds.cpp:");
}

}  // namespace
}  // namespace aside_test
