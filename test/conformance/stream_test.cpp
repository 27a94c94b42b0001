// What every stream promises about bytes, ends and errors.
#include "conformance/stream_conformance.hpp"

namespace aside_test {
namespace {

template <class Kind>
class stream_of : public testing::Test {};
TYPED_TEST_SUITE(stream_of, stream_kinds, name_of_kind);

template <class Kind>
task<> send_and_end(shared_ends<Kind> p, bool from_near, std::size_t size, std::uint64_t seed) {
  auto& s = from_near ? p->near : p->far;
  co_await put_pattern<Kind>(s, size, seed);
  co_await s.shutdown();
}
template <class Kind>
task<> expect_all(shared_ends<Kind> p, bool at_near, std::size_t size, std::uint64_t seed) {
  const std::size_t got = co_await take_pattern<Kind>(at_near ? p->near : p->far, seed);
  EXPECT_EQ(got, size);
}

TYPED_TEST(stream_of, delivers_every_byte_in_order_however_it_is_cut) {
  run_in([]() -> task<> {
    for (std::uint64_t seed = 0; seed < 6; ++seed) {
      const auto size = static_cast<std::size_t>(scaled(300'000)) + seed * 8192;
      const auto p = co_await connect_shared<TypeParam>();
      co_await aside::scope([&](nursery& n) -> task<> {
        n.spawn(&send_and_end<TypeParam>, p, true, size, seed);
        n.spawn(&expect_all<TypeParam>, p, false, size, seed);
        co_return;
      });
    }
  });
}

TYPED_TEST(stream_of, is_read_and_written_at_once_by_two_tasks) {
  run_in([]() -> task<> {
    const auto size = static_cast<std::size_t>(scaled(2'000'000));
    const auto p = co_await connect_shared<TypeParam>();
    co_await aside::scope([&](nursery& n) -> task<> {
      for (const bool near : {true, false}) {
        n.spawn(&send_and_end<TypeParam>, p, near, size, std::uint64_t{near ? 3u : 4u});
        n.spawn(&expect_all<TypeParam>, p, near, size, std::uint64_t{near ? 4u : 3u});
      }
      co_return;
    });
  });
}

template <class End>
task<> expect_end(End& s) {
  std::array<std::byte, 8> room{};
  for (int again = 0; again < 3; ++again) {
    const chunk c = co_await s.receive();
    EXPECT_FALSE(c);
    const std::size_t n = co_await s.read_some(room);
    EXPECT_EQ(n, 0u);
  }
}

TYPED_TEST(stream_of, shuts_down_one_direction_and_keeps_the_other) {
  run_in([]() -> task<> {
    auto p = co_await TypeParam::connect();
    co_await TypeParam::put(p.near, bytes_of("last words"));
    co_await p.near.shutdown();
    chunk c = co_await p.far.receive();
    EXPECT_EQ(c.text(), "last words");
    co_await expect_end(p.far);
    co_await TypeParam::put(p.far, bytes_of("heard"));
    c = co_await p.near.receive();
    EXPECT_EQ(c.text(), "heard");
    co_await p.far.shutdown();
    co_await expect_end(p.near);
  });
}

TYPED_TEST(stream_of, that_dies_is_the_end_for_its_peer) {
  run_in([]() -> task<> {
    auto p = co_await TypeParam::connect();
    co_await TypeParam::put(p.near, bytes_of("legacy"));
    { const auto dies = std::move(p.near); }
    const chunk c = co_await p.far.receive();
    EXPECT_EQ(c.text(), "legacy");
    co_await expect_end(p.far);
  });
}

TYPED_TEST(stream_of, ends_a_waiting_read_when_its_peer_resets) {
  run_in([]() -> task<> {
    auto p = co_await TypeParam::connect();
    co_await aside::scope([&](nursery& n) -> task<> {
      n.spawn_local([&]() -> task<> {
        TypeParam::reset(p.near);
        co_return;
      });
      const auto r = co_await p.far.receive().as_result();
      EXPECT_FALSE(r.has_value());
      if (!r) {
        EXPECT_EQ(r.error(), std::errc::connection_reset);
      }
    });
    bool has_failed = false;
    try {
      co_await TypeParam::put(p.far, bytes_of("too late"));
    } catch (const std::system_error&) {
      has_failed = true;
    }
    EXPECT_TRUE(has_failed);
  });
}

TYPED_TEST(stream_of, tells_how_much_of_a_write_was_taken_when_its_peer_resets) {
  run_in([]() -> task<> {
    auto p = co_await TypeParam::connect();
    TypeParam::limit(p.near);
    const std::vector<std::byte> much = pattern(30'000'000);
    co_await aside::scope([&](nursery& n) -> task<> {
      n.spawn_local([&]() -> task<> {
        const chunk c = co_await p.far.receive();
        EXPECT_TRUE(c);
        TypeParam::reset(p.far);
      });
      const auto w = co_await p.near.write(much).as_result();
      EXPECT_FALSE(w.has_value());
      if (!w) {
        EXPECT_GT(w.error().transferred(), 0u);
        EXPECT_LT(w.error().transferred(), much.size());
      }
    });
  });
}

TYPED_TEST(stream_of, reads_nothing_into_nothing_and_writes_nothing_of_nothing) {
  run_in([]() -> task<> {
    auto p = co_await TypeParam::connect();
    co_await p.near.write(std::span<const std::byte>());
    std::size_t n = co_await p.near.write_some(std::span<const std::byte>());
    EXPECT_EQ(n, 0u);
    n = co_await p.far.read_some(std::span<std::byte>());
    EXPECT_EQ(n, 0u);
    co_await p.far.read_exact(std::span<std::byte>());
    co_await TypeParam::put(p.near, bytes_of("x"));
    n = co_await p.far.read_some(std::span<std::byte>());
    EXPECT_EQ(n, 0u);
    const chunk c = co_await p.far.receive();
    EXPECT_EQ(c.text(), "x");
  });
}

TYPED_TEST(stream_of, reads_exactly_or_says_how_much_there_was) {
  run_in([]() -> task<> {
    auto p = co_await TypeParam::connect();
    std::vector<std::byte> room(100'000);
    co_await aside::scope([&](nursery& n) -> task<> {
      n.spawn_local([&]() -> task<> {
        co_await put_pattern<TypeParam>(p.near, 100'007, 9);
        co_await p.near.shutdown();
      });
      co_await p.far.read_exact(room);
      EXPECT_EQ(wrong(room, 9, 0), 0u);
      const auto r = co_await p.far.read_exact(room).as_result();
      EXPECT_FALSE(r.has_value());
      if (!r) {
        EXPECT_EQ(r.error(), aside::errc::end_of_stream);
        EXPECT_EQ(r.error().transferred(), 7u);
        EXPECT_EQ(wrong(std::span(room).first(7), 9, 100'000), 0u);
      }
      std::size_t got = 99;
      std::string said;
      try {
        co_await p.far.read_exact(room, got);
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
template <class End>
task<> write_for_ever(End& s, std::size_t& taken) {
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

TYPED_TEST(stream_of, takes_no_more_than_its_buffers_hold_while_nobody_reads) {
  run_on(1, []() -> task<> {
    auto p = co_await TypeParam::connect();
    TypeParam::limit(p.near);
    std::size_t taken = 0;
    co_await aside::scope([&](nursery& n) -> task<> {
      n.spawn_local([&]() -> task<> { co_await write_for_ever(p.near, taken); });
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
      n.spawn_local([&]() -> task<> { co_await p.near.shutdown(); });
      got = co_await take_pattern<TypeParam>(p.far, 2);
    });
    EXPECT_EQ(got, taken);
  });
}

TYPED_TEST(stream_of, lets_a_slow_reader_have_everything) {
  run_in([]() -> task<> {
    const std::size_t size = beyond_any_buffer;
    const auto p = co_await connect_shared<TypeParam>();
    TypeParam::limit(p->near);
    co_await aside::scope([&](nursery& n) -> task<> {
      n.spawn(
          [](shared_ends<TypeParam> both, std::size_t bytes) -> task<> {
            const std::vector<std::byte> all = pattern(bytes, 6);
            co_await TypeParam::put(both->near, all);
            co_await both->near.shutdown();
          },
          p, size);
      std::size_t got = 0;
      for (;;) {
        const chunk c = co_await p->far.receive();
        if (!c) break;
        EXPECT_EQ(wrong(*c, 6, got), 0u);
        got += c.size();
        co_await aside::yield();
      }
      EXPECT_EQ(got, size);
    });
  });
}

TYPED_TEST(stream_of, is_moved_with_what_has_come) {
  run_in([]() -> task<> {
    auto p = co_await TypeParam::connect();
    co_await TypeParam::put(p.near, bytes_of("one two"));
    std::array<std::byte, 4> room{};
    co_await p.far.read_exact(room);
    auto moved = std::move(p.far);
    auto sender = std::move(p.near);
    chunk c = co_await moved.receive();
    EXPECT_EQ(c.text(), "two");
    co_await TypeParam::put(sender, bytes_of("three"));
    c = co_await moved.receive();
    EXPECT_EQ(c.text(), "three");
    co_await TypeParam::put(moved, bytes_of("four"));
    c = co_await sender.receive();
    EXPECT_EQ(c.text(), "four");
  });
}

}  // namespace
}  // namespace aside_test
