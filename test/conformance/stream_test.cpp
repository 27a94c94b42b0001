// What every stream promises about bytes, ends and errors.
#include "conformance/stream_conformance.hpp"

namespace aside_test {
namespace {

class stream_of : public test_of_streams {};
INSTANTIATE_TEST_SUITE_P(kinds, stream_of, testing::ValuesIn(all_stream_kinds()), name_of_kind);

task<> send_and_end(shared_ends p, bool from_near, std::size_t size, std::uint64_t seed) {
  stream_end& s = from_near ? *p->near : *p->far;
  co_await put_pattern(s, size, seed);
  co_await s.shutdown();
}
task<> expect_all(shared_ends p, bool at_near, std::size_t size, std::uint64_t seed) {
  const std::size_t got = co_await take_pattern(at_near ? *p->near : *p->far, seed);
  EXPECT_EQ(got, size);
}

TEST_P(stream_of, delivers_every_byte_in_order_however_it_is_cut) {
  run_in([&kind = kind()]() -> task<> {
    for (std::uint64_t seed = 0; seed < 6; ++seed) {
      const auto size = static_cast<std::size_t>(scaled(300'000)) + seed * 8192;
      const auto p = co_await kind.connect_shared();
      co_await aside::scope([&](nursery& n) -> task<> {
        n.spawn(&send_and_end, p, true, size, seed);
        n.spawn(&expect_all, p, false, size, seed);
        co_return;
      });
    }
  });
}

TEST_P(stream_of, is_read_and_written_at_once_by_two_tasks) {
  run_in([&kind = kind()]() -> task<> {
    const auto size = static_cast<std::size_t>(scaled(2'000'000));
    const auto p = co_await kind.connect_shared();
    co_await aside::scope([&](nursery& n) -> task<> {
      for (const bool near : {true, false}) {
        n.spawn(&send_and_end, p, near, size, std::uint64_t{near ? 3u : 4u});
        n.spawn(&expect_all, p, near, size, std::uint64_t{near ? 4u : 3u});
      }
      co_return;
    });
  });
}

task<> expect_end(stream_end& s) {
  std::array<std::byte, 8> room{};
  for (int again = 0; again < 3; ++again) {
    const chunk c = co_await s.receive();
    EXPECT_FALSE(c);
    const std::size_t n = co_await s.read_some(room);
    EXPECT_EQ(n, 0u);
  }
}

TEST_P(stream_of, shuts_down_one_direction_and_keeps_the_other) {
  run_in([&kind = kind()]() -> task<> {
    auto p = co_await kind.connect();
    co_await p.near->put(bytes_of("last words"));
    co_await p.near->shutdown();
    chunk c = co_await p.far->receive();
    EXPECT_EQ(c.text(), "last words");
    co_await expect_end(*p.far);
    co_await p.far->put(bytes_of("heard"));
    c = co_await p.near->receive();
    EXPECT_EQ(c.text(), "heard");
    co_await p.far->shutdown();
    co_await expect_end(*p.near);
  });
}

TEST_P(stream_of, that_dies_is_the_end_for_its_peer) {
  run_in([&kind = kind()]() -> task<> {
    auto p = co_await kind.connect();
    co_await p.near->put(bytes_of("legacy"));
    { const auto dies = std::move(p.near); }
    const chunk c = co_await p.far->receive();
    EXPECT_EQ(c.text(), "legacy");
    co_await expect_end(*p.far);
  });
}

TEST_P(stream_of, ends_a_waiting_read_when_its_peer_resets) {
  run_in([&kind = kind()]() -> task<> {
    auto p = co_await kind.connect();
    co_await aside::scope([&](nursery& n) -> task<> {
      n.spawn_local([&]() -> task<> {
        p.near->reset();
        co_return;
      });
      const auto r = co_await p.far->try_receive();
      EXPECT_EQ(r.has_value(), !kind.resets);
      if (r) {
        EXPECT_FALSE(*r);
      } else {
        EXPECT_EQ(r.error(), std::errc::connection_reset);
      }
    });
    bool has_failed = false;
    try {
      co_await p.far->put(bytes_of("too late"));
    } catch (const std::system_error&) {
      has_failed = true;
    }
    EXPECT_TRUE(has_failed);
  });
}

TEST_P(stream_of, tells_how_much_of_a_write_was_taken_when_its_peer_resets) {
  run_in([&kind = kind()]() -> task<> {
    auto p = co_await kind.connect();
    p.near->limit();
    const std::vector<std::byte> much = pattern(30'000'000);
    co_await aside::scope([&](nursery& n) -> task<> {
      n.spawn_local([&]() -> task<> {
        const chunk c = co_await p.far->receive();
        EXPECT_TRUE(c);
        p.far->reset();
      });
      const auto w = co_await p.near->try_write(much);
      EXPECT_FALSE(w.has_value());
      if (!w) {
        EXPECT_GT(w.error().transferred(), 0u);
        EXPECT_LT(w.error().transferred(), much.size());
      }
    });
  });
}

TEST_P(stream_of, reads_nothing_into_nothing_and_writes_nothing_of_nothing) {
  run_in([&kind = kind()]() -> task<> {
    auto p = co_await kind.connect();
    co_await p.near->write(std::span<const std::byte>());
    std::size_t n = co_await p.near->write_some(std::span<const std::byte>());
    EXPECT_EQ(n, 0u);
    n = co_await p.far->read_some(std::span<std::byte>());
    EXPECT_EQ(n, 0u);
    co_await p.far->read_exact(std::span<std::byte>());
    co_await p.near->put(bytes_of("x"));
    n = co_await p.far->read_some(std::span<std::byte>());
    EXPECT_EQ(n, 0u);
    const chunk c = co_await p.far->receive();
    EXPECT_EQ(c.text(), "x");
  });
}

TEST_P(stream_of, reads_exactly_or_says_how_much_there_was) {
  run_in([&kind = kind()]() -> task<> {
    auto p = co_await kind.connect();
    std::vector<std::byte> room(100'000);
    co_await aside::scope([&](nursery& n) -> task<> {
      n.spawn_local([&]() -> task<> {
        co_await put_pattern(*p.near, 100'007, 9);
        co_await p.near->shutdown();
      });
      co_await p.far->read_exact(room);
      EXPECT_EQ(wrong(room, 9, 0), 0u);
      const auto r = co_await p.far->try_read_exact(room);
      EXPECT_FALSE(r.has_value());
      if (!r) {
        EXPECT_EQ(r.error(), aside::errc::end_of_stream);
        EXPECT_EQ(r.error().transferred(), 7u);
        EXPECT_EQ(wrong(std::span(room).first(7), 9, 100'000), 0u);
      }
      std::size_t got = 99;
      std::string said;
      try {
        co_await p.far->read_exact(room, &got);
      } catch (const aside::transfer_error& e) {
        said = e.what();
        EXPECT_EQ(e.transferred(), 0u);
      }
      EXPECT_EQ(got, 0u);
      EXPECT_NE(said.find("read_exact"), std::string::npos) << said;
    });
  });
}

/// Writes without end until it is stopped, and counts what was taken.
task<> write_for_ever(stream_end& s, std::size_t& taken) {
  for (;;) {
    const std::vector<std::byte> part = pattern(10'000, 2, taken);
    const std::size_t n = co_await s.write_some(part);
    taken += n;
  }
}
task<> turns(int count) {
  for (int i = 0; i < count; ++i)
    co_await aside::yield();
}

TEST_P(stream_of, takes_no_more_than_its_buffers_hold_while_nobody_reads) {
  run_on(1, [&kind = kind()]() -> task<> {
    auto p = co_await kind.connect();
    p.near->limit();
    std::size_t taken = 0;
    co_await aside::scope([&](nursery& n) -> task<> {
      n.spawn_local([&]() -> task<> { co_await write_for_ever(*p.near, taken); });
      std::size_t before = 1;
      while (taken != before) {
        before = taken;
        co_await turns(50);
      }
      n.request_stop();
    });
    EXPECT_GT(taken, 0u);
    EXPECT_LT(taken, beyond_any_buffer);
    // What was taken is what arrives, although the last write was stopped.
    std::size_t got = 0;
    co_await aside::scope([&](nursery& n) -> task<> {
      n.spawn_local([&]() -> task<> { co_await p.near->shutdown(); });
      got = co_await take_pattern(*p.far, 2);
    });
    EXPECT_EQ(got, taken);
  });
}

TEST_P(stream_of, lets_a_slow_reader_have_everything) {
  run_in([&kind = kind()]() -> task<> {
    const std::size_t size = beyond_any_buffer;
    const auto p = co_await kind.connect_shared();
    p->near->limit();
    co_await aside::scope([&](nursery& n) -> task<> {
      n.spawn(
          [](shared_ends both, std::size_t bytes) -> task<> {
            const std::vector<std::byte> all = pattern(bytes, 6);
            co_await both->near->put(all);
            co_await both->near->shutdown();
          },
          p, size);
      std::size_t got = 0;
      for (;;) {
        const chunk c = co_await p->far->receive();
        if (!c) break;
        EXPECT_EQ(wrong(*c, 6, got), 0u);
        got += c.size();
        co_await aside::yield();
      }
      EXPECT_EQ(got, size);
    });
  });
}

TEST_P(stream_of, is_moved_with_what_has_come) {
  run_in([&kind = kind()]() -> task<> {
    auto p = co_await kind.connect();
    co_await p.near->put(bytes_of("one two"));
    std::array<std::byte, 4> room{};
    co_await p.far->read_exact(room);
    const auto moved = p.far->moved();
    const auto sender = p.near->moved();
    p.far.reset();
    p.near.reset();
    chunk c = co_await moved->receive();
    EXPECT_EQ(c.text(), "two");
    co_await sender->put(bytes_of("three"));
    c = co_await moved->receive();
    EXPECT_EQ(c.text(), "three");
    co_await moved->put(bytes_of("four"));
    c = co_await sender->receive();
    EXPECT_EQ(c.text(), "four");
  });
}

}  // namespace
}  // namespace aside_test
