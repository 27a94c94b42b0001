// What memory streams have beyond other streams: their capacity, reset, and use across cores.
#include <aside/io/memory_stream.hpp>
#include <aside/io/buffered_reader.hpp>
#include <aside/io/buffered_writer.hpp>
#include <aside/net/pipe.hpp>
#include <aside/net/unix_stream.hpp>

#include "unit/net/loopback.hpp"

namespace {

using namespace aside_test;

TEST(memory_pipe, holds_its_capacity_and_no_more) {
  run_on(1, []() -> task<> {
    for (const std::size_t capacity : {1u, 100u, 8176u, 8177u, 100'000u}) {
      auto [reader, writer] = aside::memory_pipe(capacity);
      std::size_t sent = 0;
      const std::vector<std::byte> much = pattern(200'000);
      const auto write = [&]() -> task<> { co_await writer.write(much, &sent); };
      const auto stopped = co_await aside::timeout(2ms, write());
      EXPECT_FALSE(stopped.has_value());
      EXPECT_EQ(sent, capacity);
    }
  });
}

TEST(memory_pipe, lets_the_writer_go_on_when_half_is_read) {
  run_on(1, []() -> task<> {
    auto [reader, writer] = aside::memory_pipe(100);
    const std::vector<std::byte> all = pattern(150);
    bool written = false;
    co_await aside::scope([&](nursery& n) -> task<> {
      n.spawn_local([&]() -> task<> {
        co_await writer.write(all);
        written = true;
      });
      std::array<std::byte, 49> room{};
      co_await reader.read_exact(room);
      for (int i = 0; i < 4; ++i)
        co_await aside::yield();
      EXPECT_FALSE(written);
      co_await reader.read_exact(std::span(room).first(1));
      for (int i = 0; i < 4; ++i)
        co_await aside::yield();
      EXPECT_TRUE(written);
    });
  });
}

TEST(memory_pipe, lends_whole_buffers) {
  run_on(1, []() -> task<> {
    auto [reader, writer] = aside::memory_pipe();
    const std::vector<std::byte> all = pattern(20'000);
    co_await writer.write(all);
    std::array<std::byte, 10> room{};
    co_await reader.read_exact(room);
    std::size_t at = room.size();
    int chunks = 0;
    while (at < all.size()) {
      const chunk c = co_await reader.receive();
      EXPECT_EQ(wrong(*c, 0, at), 0u);
      at += c.size();
      ++chunks;
    }
    EXPECT_EQ(chunks, 3);
  });
}

TEST(memory_pipe, tells_the_writer_that_its_reader_has_gone) {
  run_in([]() -> task<> {
    auto [reader, writer] = aside::memory_pipe(10);
    co_await aside::scope([&](nursery& n) -> task<> {
      n.spawn_local([&]() -> task<> {
        reader.close();
        co_return;
      });
      const std::string more(100, 'x');
      const auto w = co_await writer.write(more).as_result();
      EXPECT_FALSE(w.has_value());
      if (!w) {
        EXPECT_EQ(w.error(), std::errc::broken_pipe);
        EXPECT_EQ(w.error().transferred(), 10u);
      }
    });
    const auto s = co_await writer.write_some(std::as_bytes(std::span("x"))).as_result();
    EXPECT_EQ(s.error(), std::errc::broken_pipe);
  });
}

TEST(memory_pipe, takes_nothing_after_shutdown) {
  run_in([]() -> task<> {
    auto [reader, writer] = aside::memory_pipe();
    co_await writer.write("x");
    co_await writer.shutdown();
    const auto w = co_await writer.write("y").as_result();
    EXPECT_FALSE(w.has_value());
    if (!w) {
      EXPECT_EQ(w.error(), std::errc::broken_pipe);
    }
    chunk c = co_await reader.receive();
    EXPECT_EQ(c.text(), "x");
    c = co_await reader.receive();
    EXPECT_FALSE(c);
  });
}

TEST(memory_pipe, that_is_not_open_says_so) {
  run_in([]() -> task<> {
    aside::memory_stream none;
    const auto r = co_await none.receive().as_result();
    EXPECT_EQ(r.error(), std::errc::bad_file_descriptor);
    const auto w = co_await none.write("x").as_result();
    EXPECT_EQ(w.error(), std::errc::bad_file_descriptor);
    const auto s = co_await none.shutdown().as_result();
    EXPECT_EQ(s.error(), std::errc::bad_file_descriptor);
    std::string said;
    try {
      co_await none.write("x");
    } catch (const aside::transfer_error& e) {
      said = e.what();
    }
    EXPECT_EQ(said, "write: Bad file descriptor; it is not open: it was closed, moved from, or never opened");
    none.close();
    none.reset();
  });
}

task<> send_all(aside::memory_writer to, std::size_t size, std::size_t part) {
  for (std::size_t sent = 0; sent < size; sent += part) {
    const std::vector<std::byte> bytes = pattern(std::min(part, size - sent), 1, sent);
    co_await to.write(bytes);
  }
}
task<> take_all(aside::memory_reader from, std::size_t size, std::size_t part) {
  std::vector<std::byte> room(part);
  std::size_t got = 0;
  for (;;) {
    const std::size_t n = co_await from.read_some(room);
    if (n == 0) break;
    EXPECT_EQ(wrong(std::span(room).first(n), 1, got), 0u);
    got += n;
  }
  EXPECT_EQ(got, size);
}

TEST(memory_pipe, carries_bytes_between_cores) {
  for (const unsigned workers : {1u, 2u, 4u}) {
    run_on(workers, []() -> task<> {
      const auto size = static_cast<std::size_t>(scaled(1'000'000));
      co_await aside::scope([&](nursery& n) -> task<> {
        for (const std::size_t capacity : {10u, 1000u, 65'536u}) {
          const std::size_t bytes = capacity == 10 ? size / 20 : size;
          auto [reader, writer] = aside::memory_pipe(capacity);
          n.spawn(&send_all, std::move(writer), bytes, std::size_t{777});
          n.spawn(&take_all, std::move(reader), bytes, std::size_t{1234});
        }
        co_return;
      });
    });
  }
}

task<> drop(aside::memory_stream) { co_return; }

TEST(memory_stream, whose_ends_die_on_two_cores_is_freed_once) {
  run_on(2, []() -> task<> {
    for (int i = 0; i < scaled(5'000); ++i) {
      auto [near, far] = aside::memory_streams();
      co_await near.write("unread");
      co_await aside::scope([&](nursery& n) -> task<> {
        n.spawn(&drop, std::move(near));
        n.spawn(&drop, std::move(far));
        co_return;
      });
    }
  });
}

/// Every form of a write: bytes and text, one and several, counted and not.
template <class Writer>
task<> write_in_every_way(Writer& to) {
  const std::vector<std::byte> bytes = pattern(3);
  const std::string text = "text";
  const std::array<std::span<const std::byte>, 3> pieces{bytes, std::span<const std::byte>(), bytes};
  std::size_t sent = 0;
  co_await to.write(bytes);
  co_await to.write(text);
  co_await to.write("abc", text, bytes);
  co_await to.write(pieces);
  co_await to.write(text, &sent);
  EXPECT_EQ(sent, 4u);
  co_await to.write(bytes, &sent);
  EXPECT_EQ(sent, 3u);
  co_await to.write(pieces, &sent);
  EXPECT_EQ(sent, 6u);
  const std::size_t some = co_await to.write_some("xyz");
  EXPECT_EQ(some, 3u);
  const std::size_t more = co_await to.write_some(bytes);
  EXPECT_EQ(more, 3u);
  char buffer[6] = {};
  const std::span<char> part = std::span(buffer).first(5);
  co_await to.write(part);
  co_await to.write(part, &sent);
  EXPECT_EQ(sent, 5u);
  const std::size_t last = co_await to.write_some(part);
  EXPECT_EQ(last, 5u);
}
constexpr std::size_t written_in_every_way = 3 + 4 + 10 + 6 + 4 + 3 + 6 + 3 + 3 + 5 + 5 + 5;

/// Every form of a read.
template <class Reader>
task<> read_in_every_way(Reader& from) {
  char text[7];
  std::array<std::byte, 4> bytes{};
  std::size_t got = 0;
  co_await from.read_exact(std::span(bytes).first(3));
  EXPECT_EQ(wrong(std::span(bytes).first(3), 0, 0), 0u);
  co_await from.read_exact(text);
  EXPECT_EQ(std::string_view(text, 7), "textabc");
  co_await from.read_exact(std::span(text).first(4), &got);
  EXPECT_EQ(got, 4u);
  co_await from.read_exact(bytes, &got);
  EXPECT_EQ(got, 4u);
  std::size_t all = 3 + 7 + 4 + 4;
  all += co_await from.read_some(text);
  all += co_await from.read_some(bytes);
  while (all < written_in_every_way) {
    const chunk c = co_await from.receive();
    EXPECT_TRUE(c);
    if (!c) break;
    all += c.size();
  }
  EXPECT_EQ(all, written_in_every_way);
}

TEST(streams, can_all_do_the_same) {
  run_on(1, []() -> task<> {
    auto [reader, writer] = aside::memory_pipe();
    co_await write_in_every_way(writer);
    co_await read_in_every_way(reader);
    auto [near, far] = aside::memory_streams();
    co_await write_in_every_way(near);
    co_await read_in_every_way(far);
    auto [a, b] = co_await aside::unix_stream::pair();
    co_await write_in_every_way(a);
    co_await read_in_every_way(b);
    auto [out, in] = co_await aside::pipe();
    co_await write_in_every_way(in);
    co_await read_in_every_way(out);
    tcp_listener listener = co_await tcp_listener::bind("127.0.0.1:0");
    tcp_stream client = co_await tcp_stream::connect(local(listener.port()));
    tcp_stream server = co_await listener.accept();
    co_await write_in_every_way(client);
    co_await read_in_every_way(server);
    aside::buffered_writer collected(client);
    aside::buffered_reader cut(server);
    co_await write_in_every_way(collected);
    co_await collected.flush();
    co_await read_in_every_way(cut);
  });
}

TEST(memory_pipe, takes_pieces_of_any_size_one_after_the_other) {
  run_in([]() -> task<> {
    auto [r, w] = aside::memory_pipe(100);
    aside::memory_reader& reader = r;
    aside::memory_writer& writer = w;
    const std::vector<std::byte> all = pattern(30'000);
    const std::span<const std::byte> bytes(all);
    co_await aside::scope([&](nursery& n) -> task<> {
      n.spawn_local([&]() -> task<> {
        aside::buffered_writer collected(writer);
        co_await collected.write(bytes.first(10), bytes.subspan(10, 9'000), bytes.subspan(9'010, 90));
        co_await collected.write(bytes.subspan(9'100, 8'000), bytes.subspan(17'100, 3'000));
        co_await collected.flush();
        co_await writer.write(bytes.subspan(20'100, 5), bytes.subspan(20'105));
        writer.close();
      });
      std::size_t at = 0;
      for (;;) {
        const chunk c = co_await reader.receive();
        if (!c) break;
        EXPECT_EQ(wrong(*c, 0, at), 0u);
        at += c.size();
      }
      EXPECT_EQ(at, all.size());
    });
  });
}

}  // namespace
