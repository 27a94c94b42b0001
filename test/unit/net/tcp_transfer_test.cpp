// Writes of several pieces, writes and reads that say how far they came.
#include "unit/net/loopback.hpp"

#include <algorithm>

namespace {

using namespace aside_test;
using bytes = std::span<const std::byte>;

static_assert(sizeof(aside::detail::receive_op) <= 48);
static_assert(sizeof(aside::detail::write_op) <= 48);
static_assert(sizeof(aside::detail::read_exact_op) <= 48);

TEST(tcp_write, sends_several_pieces_in_one_packet_and_in_order) {
  run_in([]() -> task<> {
    stream_pair p = co_await connected();
    const std::string body = "the body";
    const std::vector<std::byte> tail = pattern(3);
    co_await p.near.write("head ", "", body, tail);
    const chunk c = co_await p.far.receive();
    EXPECT_EQ(c.size(), 16u);
    EXPECT_EQ(c.text().substr(0, 13), "head the body");
    EXPECT_EQ(wrong((*c).subspan(13), 0, 0), 0u);
  });
}

TEST(tcp_write, of_pieces_is_a_branch_as_any_other) {
  run_in([]() -> task<> {
    stream_pair p = co_await connected();
    auto [got] = co_await aside::all(p.near.write("one ", "two"), p.far.receive());
    EXPECT_EQ(got.text(), "one two");
    const auto r = co_await p.near.write("three ", "four").as_result();
    EXPECT_TRUE(r.has_value());
    const chunk c = co_await p.far.receive();
    EXPECT_EQ(c.text(), "three four");
  });
}

TEST(tcp_write, takes_more_pieces_than_one_system_call_does) {
  run_in([]() -> task<> {
    for (const std::size_t count : {0u, 1u, 255u, 256u, 257u, 3000u}) {
      stream_pair p = co_await connected();
      const std::vector<std::byte> all = pattern(count * 5, count);
      std::vector<bytes> pieces;
      for (std::size_t i = 0; i < count; ++i) {
        pieces.push_back(bytes(all).subspan(i * 5, 2));
        pieces.push_back({});
        pieces.push_back(bytes(all).subspan(i * 5 + 2, 3));
      }
      co_await p.near.write(pieces);
      co_await p.near.shutdown();
      const std::size_t got = co_await receive_pattern(p.far, count);
      EXPECT_EQ(got, all.size());
    }
  });
}

TEST(tcp_write, of_pieces_goes_on_where_the_socket_was_full) {
  run_in([]() -> task<> {
    stream_pair p = co_await connected();
    fix_buffer(p.near.native_handle());
    const std::vector<std::byte> all = pattern(beyond_any_buffer, 1);
    std::vector<bytes> pieces;
    for (std::size_t at = 0, size = 1; at < all.size(); size = size * 5 % 100'003 + 1) {
      pieces.push_back(bytes(all).subspan(at, std::min(size, all.size() - at)));
      at += pieces.back().size();
    }
    co_await aside::scope([&](nursery& n) -> task<> {
      n.spawn_local([&]() -> task<> {
        co_await p.near.write(pieces);
        co_await p.near.shutdown();
      });
      const std::size_t got = co_await receive_pattern(p.far, 1);
      EXPECT_EQ(got, all.size());
    });
  });
}

TEST(tcp_write, that_fails_says_how_much_the_kernel_took) {
  run_in([]() -> task<> {
    for (const bool in_pieces : {false, true}) {
      stream_pair p = co_await connected();
      fix_buffer(p.near.native_handle());
      const std::vector<std::byte> much = pattern(beyond_any_buffer);
      const std::array pieces{bytes(much).first(100'000), bytes(much).subspan(100'000)};
      co_await aside::scope([&](nursery& n) -> task<> {
        n.spawn_local([&]() -> task<> {
          const chunk c = co_await p.far.receive();
          EXPECT_TRUE(c);
          raw_socket::reset_on_close(p.far.native_handle());
          p.far.close();
        });
        std::size_t sent = 0;
        std::string said;
        try {
          if (in_pieces)
            co_await p.near.write(pieces);
          else
            co_await p.near.write(much);
        } catch (const aside::transfer_error& e) {
          sent = e.transferred();
          said = e.what();
        }
        EXPECT_GT(sent, 0u);
        EXPECT_LT(sent, much.size());
        EXPECT_NE(said.find("write"), std::string::npos) << said;
      });
    }
  });
}

TEST(tcp_write_some, sends_what_finds_room) {
  run_in([]() -> task<> {
    stream_pair p = co_await connected();
    fix_buffer(p.near.native_handle());
    const std::vector<std::byte> all = pattern(beyond_any_buffer, 4);
    std::size_t sent = co_await p.near.write_some(all);
    EXPECT_GT(sent, 0u);
    EXPECT_LT(sent, all.size());
    co_await aside::scope([&](nursery& n) -> task<> {
      n.spawn_local([&]() -> task<> {
        while (sent < all.size()) {
          const std::size_t part = co_await p.near.write_some(bytes(all).subspan(sent));
          EXPECT_GT(part, 0u);
          sent += part;
        }
        co_await p.near.shutdown();
      });
      const std::size_t got = co_await receive_pattern(p.far, 4);
      EXPECT_EQ(got, all.size());
    });
  });
}

TEST(tcp_read_exact, waits_for_all_of_it) {
  run_in([]() -> task<> {
    stream_pair p = co_await connected();
    std::vector<std::byte> room(20'000);
    co_await aside::scope([&](nursery& n) -> task<> {
      n.spawn_local([&]() -> task<> {
        for (std::size_t sent = 0; sent < room.size(); sent += 1000) {
          const std::vector<std::byte> part = pattern(1000, 0, sent);
          co_await p.near.write(part);
          co_await aside::yield();
        }
      });
      co_await p.far.read_exact(room);
    });
    EXPECT_EQ(wrong(room, 0, 0), 0u);
    co_await p.near.write("x");
    const chunk c = co_await p.far.receive();
    EXPECT_EQ(c.text(), "x");
  });
}

TEST(tcp_transfer, on_a_stream_that_is_not_open_says_so) {
  run_in([]() -> task<> {
    tcp_stream none;
    std::array<std::byte, 1> room{};
    const auto r = co_await none.read_exact(room).as_result();
    EXPECT_EQ(r.error(), std::errc::bad_file_descriptor);
    const auto p = co_await none.write("a", "b").as_result();
    EXPECT_EQ(p.error(), std::errc::bad_file_descriptor);
    const auto s = co_await none.write_some("a").as_result();
    EXPECT_EQ(s.error(), std::errc::bad_file_descriptor);
    std::size_t sent = 9;
    const auto c = co_await none.write("a", sent).as_result();
    EXPECT_EQ(c.error(), std::errc::bad_file_descriptor);
    EXPECT_EQ(sent, 0u);
  });
}

}  // namespace
