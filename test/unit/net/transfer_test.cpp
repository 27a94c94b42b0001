// Transfers that take several calls or several pieces, of every kind of descriptor.
#include "unit/net/endpoints.hpp"

#include <algorithm>
#include <array>

namespace {

using namespace aside_test;
using aside::unix_stream;
using bytes = std::span<const std::byte>;

static_assert(sizeof(aside::detail::receive_op) <= 48);
static_assert(sizeof(aside::detail::write_op) <= 48);
static_assert(sizeof(aside::detail::read_exact_op) <= 48);

struct by_tcp {
  static constexpr const char* name = "tcp";
  using type = way<tcp_stream, tcp_stream>;
  static task<type> open() {
    stream_pair p = co_await connected();
    fix_buffer(p.near.native_handle());
    co_return type(std::move(p.near), std::move(p.far));
  }
  static void reset(tcp_stream& reader) {
    raw_socket::reset_on_close(reader.native_handle());
    reader.close();
  }
};
struct by_unix {
  static constexpr const char* name = "unix";
  using type = way<unix_stream, unix_stream>;
  static task<type> open() {
    auto [a, b] = co_await unix_stream::pair();
    fix_buffer(a.native_handle());
    co_return type(std::move(a), std::move(b));
  }
  static void reset(unix_stream& reader) { reader.close(); }
};
struct by_pipe {
  static constexpr const char* name = "pipe";
  using type = way<aside::pipe_writer, aside::pipe_reader>;
  static task<type> open() {
    auto [reader, writer] = co_await aside::pipe();
    co_return type(std::move(writer), std::move(reader));
  }
  static void reset(aside::pipe_reader& reader) { reader.close(); }
};

template <class Kind>
class transfer : public testing::Test {};
struct name_of_kind {
  template <class Kind>
  static std::string GetName(int) {
    return Kind::name;
  }
};
using kinds = testing::Types<by_tcp, by_unix, by_pipe>;
TYPED_TEST_SUITE(transfer, kinds, name_of_kind);

TYPED_TEST(transfer, writes_several_pieces_at_once_and_in_order) {
  run_in([]() -> task<> {
    auto w = co_await TypeParam::open();
    const std::string body = "the body";
    const std::vector<std::byte> tail = pattern(3);
    co_await w.to.write("head ", "", body, tail);
    const chunk c = co_await w.from.receive();
    EXPECT_EQ(c.size(), 16u);
    EXPECT_EQ(c.text().substr(0, 13), "head the body");
    EXPECT_EQ(wrong((*c).subspan(13), 0, 0), 0u);
  });
}

TYPED_TEST(transfer, of_a_part_of_a_buffer_of_characters_is_of_its_bytes) {
  run_in([]() -> task<> {
    auto w = co_await TypeParam::open();
    char buffer[8] = {'a', '\0', 'b', 'c', 'd', 'e', 'f', 'g'};
    const std::span<char> whole(buffer);
    std::size_t sent = 99;
    co_await w.to.write(whole.first(3), &sent);
    EXPECT_EQ(sent, 3u);
    co_await w.to.write(whole.subspan(3, 2));
    co_await w.to.write("-", std::span<const char>(buffer).last(2));
    const std::size_t some = co_await w.to.write_some(whole.first(1));
    EXPECT_EQ(some, 1u);
    char read[9] = {};
    std::size_t got = 99;
    co_await w.from.read_exact(read, &got);
    EXPECT_EQ(got, 9u);
    EXPECT_EQ(std::string_view(read, 9), std::string_view("a\0bcd-fga", 9));
  });
}

TYPED_TEST(transfer, counts_nothing_where_there_is_no_counter) {
  run_in([]() -> task<> {
    auto w = co_await TypeParam::open();
    co_await w.to.write("text", nullptr);
    char read[4];
    co_await w.from.read_exact(read, nullptr);
    EXPECT_EQ(std::string_view(read, 4), "text");
  });
}

TYPED_TEST(transfer, of_pieces_is_a_branch_as_any_other) {
  run_in([]() -> task<> {
    auto w = co_await TypeParam::open();
    auto [got] = co_await aside::all(w.to.write("one ", "two"), w.from.receive());
    EXPECT_EQ(got.text(), "one two");
    const auto r = co_await w.to.write("three ", "four").as_result();
    EXPECT_TRUE(r.has_value());
    const chunk c = co_await w.from.receive();
    EXPECT_EQ(c.text(), "three four");
  });
}

TYPED_TEST(transfer, takes_more_pieces_than_one_call_does) {
  run_in([]() -> task<> {
    for (const std::size_t count : {0u, 1u, 255u, 256u, 257u, 3000u}) {
      auto w = co_await TypeParam::open();
      const std::vector<std::byte> all = pattern(count * 5, count);
      std::vector<bytes> pieces;
      for (std::size_t i = 0; i < count; ++i) {
        pieces.push_back(bytes(all).subspan(i * 5, 2));
        pieces.push_back({});
        pieces.push_back(bytes(all).subspan(i * 5 + 2, 3));
      }
      std::size_t sent = 99;
      co_await w.to.write(pieces, &sent);
      EXPECT_EQ(sent, all.size());
      co_await w.to.shutdown();
      const std::size_t got = co_await receive_pattern(w.from, count);
      EXPECT_EQ(got, all.size());
    }
  });
}

TYPED_TEST(transfer, goes_on_in_the_pieces_where_there_was_no_room) {
  run_in([]() -> task<> {
    auto w = co_await TypeParam::open();
    const std::vector<std::byte> all = pattern(beyond_any_buffer, 1);
    std::vector<bytes> pieces;
    for (std::size_t at = 0, size = 1; at < all.size(); size = size * 5 % 100'003 + 1) {
      pieces.push_back(bytes(all).subspan(at, std::min(size, all.size() - at)));
      at += pieces.back().size();
    }
    co_await aside::scope([&](nursery& n) -> task<> {
      n.spawn_local([&]() -> task<> {
        co_await w.to.write(pieces);
        co_await w.to.shutdown();
      });
      const std::size_t got = co_await receive_pattern(w.from, 1);
      EXPECT_EQ(got, all.size());
    });
  });
}

TYPED_TEST(transfer, that_fails_says_how_much_the_kernel_took) {
  run_in([]() -> task<> {
    const std::vector<std::byte> much = pattern(beyond_any_buffer);
    for (const std::size_t cut : {0u, 1'000u, 100'000u}) {
      auto w = co_await TypeParam::open();
      const std::array pieces{bytes(much).first(cut), bytes(much).subspan(cut)};
      co_await aside::scope([&](nursery& n) -> task<> {
        n.spawn_local([&]() -> task<> {
          const chunk c = co_await w.from.receive();
          EXPECT_TRUE(c);
          TypeParam::reset(w.from);
        });
        std::size_t sent = 0;
        std::size_t said_to_be = 0;
        std::string said;
        try {
          if (cut != 0)
            co_await w.to.write(pieces, &sent);
          else
            co_await w.to.write(much, &sent);
        } catch (const aside::transfer_error& e) {
          said_to_be = e.transferred();
          said = e.what();
        }
        EXPECT_GT(sent, 0u);
        EXPECT_LT(sent, much.size());
        EXPECT_EQ(said_to_be, sent);
        EXPECT_NE(said.find("write"), std::string::npos) << said;
      });
    }
  });
}

TYPED_TEST(transfer, of_some_writes_what_finds_room) {
  run_in([]() -> task<> {
    auto w = co_await TypeParam::open();
    const std::vector<std::byte> all = pattern(beyond_any_buffer, 4);
    std::size_t sent = co_await w.to.write_some(all);
    EXPECT_GT(sent, 0u);
    EXPECT_LT(sent, all.size());
    co_await aside::scope([&](nursery& n) -> task<> {
      n.spawn_local([&]() -> task<> {
        while (sent < all.size()) {
          const std::size_t part = co_await w.to.write_some(bytes(all).subspan(sent));
          EXPECT_GT(part, 0u);
          sent += part;
        }
        co_await w.to.shutdown();
      });
      const std::size_t got = co_await receive_pattern(w.from, 4);
      EXPECT_EQ(got, all.size());
    });
  });
}

TYPED_TEST(transfer, that_reads_exactly_waits_for_all_of_it) {
  run_in([]() -> task<> {
    auto w = co_await TypeParam::open();
    std::vector<std::byte> room(20'000);
    co_await aside::scope([&](nursery& n) -> task<> {
      n.spawn_local([&]() -> task<> {
        for (std::size_t sent = 0; sent < room.size(); sent += 1000) {
          const std::vector<std::byte> part = pattern(1000, 0, sent);
          co_await w.to.write(part);
          co_await aside::yield();
        }
      });
      co_await w.from.read_exact(room);
    });
    EXPECT_EQ(wrong(room, 0, 0), 0u);
    co_await w.to.write("x");
    const chunk c = co_await w.from.receive();
    EXPECT_EQ(c.text(), "x");
  });
}

TYPED_TEST(transfer, on_what_is_not_open_says_so) {
  run_in([]() -> task<> {
    typename TypeParam::type none{{}, {}};
    std::array<std::byte, 1> room{};
    const auto r = co_await none.from.read_exact(room).as_result();
    EXPECT_EQ(r.error(), std::errc::bad_file_descriptor);
    const auto p = co_await none.to.write("a", "b").as_result();
    EXPECT_EQ(p.error(), std::errc::bad_file_descriptor);
    const auto s = co_await none.to.write_some("a").as_result();
    EXPECT_EQ(s.error(), std::errc::bad_file_descriptor);
    std::size_t sent = 9;
    const auto c = co_await none.to.write("a", &sent).as_result();
    EXPECT_EQ(c.error(), std::errc::bad_file_descriptor);
    EXPECT_EQ(c.error().transferred(), 0u);
    EXPECT_EQ(sent, 0u);

    const auto what = [](auto op) -> task<std::string> {
      try {
        static_cast<void>(co_await std::move(op));
      } catch (const std::system_error& e) {
        co_return e.what();
      }
      co_return "nothing";
    };
    const std::string why =
        ": Bad file descriptor; it is not open: it was closed, moved from, or never opened";
    std::string said = co_await what(none.from.read_some(room));
    EXPECT_EQ(said, "read_some" + why);
    said = co_await what(none.from.receive());
    EXPECT_EQ(said, "receive" + why);
    said = co_await what(none.to.write_some("a"));
    EXPECT_EQ(said, "write_some" + why);
    said = co_await what(none.to.shutdown());
    EXPECT_EQ(said, "shutdown" + why);
  });
}

// These say how far they came, too.
TYPED_TEST(transfer, on_what_is_closed_says_so_with_its_number) {
  run_in([]() -> task<> {
    auto w = co_await TypeParam::open();
    w.to.close();
    w.from.close();
    std::array<std::byte, 1> room{};
    std::vector<std::string> said;
    try {
      co_await w.to.write("a");
    } catch (const aside::transfer_error& e) {
      EXPECT_EQ(e.transferred(), 0u);
      said.emplace_back(e.what());
    }
    try {
      co_await w.to.write("a", "b");
    } catch (const aside::transfer_error& e) {
      said.emplace_back(e.what());
    }
    try {
      co_await w.from.read_exact(room);
    } catch (const aside::transfer_error& e) {
      said.emplace_back(e.what());
    }
    EXPECT_EQ(said.size(), 3u);
    for (const std::string& s : said)
      EXPECT_NE(s.find("; it is not open: it was closed, moved from, or never opened"), s.npos) << s;
  });
}

// Its descriptors are closed, and its bytes are one row with the others.
TEST(unix_read_exact, reads_on_behind_descriptors) {
  const no_descriptor_left check;
  run_in([]() -> task<> {
    auto w = co_await by_unix::open();
    co_await w.to.send_fd(w.to.native_handle(), "one ");
    co_await w.to.send_fd(w.to.native_handle(), "two ");
    co_await w.to.write("three");
    std::string all(13, '\0');
    const auto in_time = co_await aside::timeout(5s, [&]() -> task<> {
      co_await w.from.read_exact(std::as_writable_bytes(std::span(all)));
    }());
    EXPECT_TRUE(in_time.has_value());
    EXPECT_EQ(all, "one two three");
  });
}

}  // namespace
