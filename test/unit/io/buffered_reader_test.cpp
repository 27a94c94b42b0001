// Lines, delimiters, frames and exact sizes, however the bytes come; limits; what a stop leaves.
#include <aside/io/buffered_reader.hpp>
#include <aside/io/memory_stream.hpp>

#include "unit/net/loopback.hpp"

namespace {

using namespace aside_test;
using aside::buffered_reader;
using aside::memory_reader;
using aside::memory_writer;

static_assert(sizeof(buffered_reader<tcp_stream>) <= 40);
static_assert(sizeof(decltype(std::declval<buffered_reader<tcp_stream>&>().line())) <= 136);

std::string_view text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// Writes `text` in pieces, each when the one before has been taken in.
task<> write_in_pieces(memory_writer& to, std::string_view text, std::size_t piece) {
  while (!text.empty()) {
    co_await to.write(text.substr(0, piece));
    text = text.substr(std::min(piece, text.size()));
    co_await aside::yield();
    co_await aside::yield();
  }
  co_await to.shutdown();
}

TEST(buffered_reader, gives_lines_however_they_are_cut) {
  run_in([]() -> task<> {
    const std::string text = "first\r\n\nthird " + std::string(20'000, 'x') + "\nlast\n";
    for (const std::size_t piece : {1u, 7u, 8192u, 100'000u}) {
      if (piece == 1 && sanitized) continue;
      auto [reader, writer] = aside::memory_pipe();
      buffered_reader in(reader);
      std::vector<std::string> got;
      co_await aside::scope([&](nursery& n) -> task<> {
        n.spawn_local([&]() -> task<> { co_await write_in_pieces(writer, text, piece); });
        while (const auto line = co_await in.line())
          got.emplace_back(*line);
      });
      EXPECT_EQ(got.size(), 4u);
      if (got.size() != 4) co_return;
      EXPECT_EQ(got[0], "first");
      EXPECT_EQ(got[1], "");
      EXPECT_EQ(got[2], "third " + std::string(20'000, 'x'));
      EXPECT_EQ(got[3], "last");
      const auto end = co_await in.line();
      EXPECT_FALSE(end.has_value());
    }
  });
}

TEST(buffered_reader, refuses_a_line_that_is_too_long_and_keeps_it) {
  run_in([]() -> task<> {
    auto [reader, writer] = aside::memory_pipe();
    buffered_reader in(reader, 5);
    co_await writer.write("12345\n123456\n");
    const auto good = co_await in.line();
    EXPECT_EQ(*good, "12345");
    for (int i = 0; i < 2; ++i) {
      const auto bad = co_await in.line().as_result();
      EXPECT_FALSE(bad.has_value());
      if (!bad) {
        EXPECT_EQ(bad.error(), aside::errc::too_long);
      }
    }
    EXPECT_EQ(text_of(in.buffered()), "123456\n");
    std::string said;
    try {
      static_cast<void>(co_await in.line());
    } catch (const std::system_error& e) {
      said = e.what();
    }
    EXPECT_NE(said.find("longer than the limit that was set"), std::string::npos) << said;
    in.consume(7);
    co_await writer.write("go on\n");
    const auto next = co_await in.line();
    EXPECT_EQ(*next, "go on");
  });
}

// A line without an end takes no more memory than the limit and a chunk.
TEST(buffered_reader, does_not_read_on_beyond_its_limit) {
  run_on(1, []() -> task<> {
    auto [reader, writer] = aside::memory_pipe(std::size_t{1} << 20);
    buffered_reader in(reader, 10'000);
    const std::string endless(500'000, 'x');
    co_await writer.write(endless);
    const auto bad = co_await in.line().as_result();
    EXPECT_FALSE(bad.has_value());
    EXPECT_LE(in.buffered().size(), 10'000 + chunk::capacity);
  });
}

TEST(buffered_reader, says_that_the_stream_ended_within_a_line_and_keeps_the_rest) {
  run_in([]() -> task<> {
    auto [reader, writer] = aside::memory_pipe();
    buffered_reader in(reader);
    co_await writer.write("whole\nhal");
    co_await writer.shutdown();
    const auto whole = co_await in.line();
    EXPECT_EQ(*whole, "whole");
    const auto half = co_await in.line().as_result();
    EXPECT_FALSE(half.has_value());
    if (!half) {
      EXPECT_EQ(half.error(), aside::errc::end_of_stream);
    }
    const chunk c = co_await in.receive();
    EXPECT_EQ(c.text(), "hal");
    const auto end = co_await in.line();
    EXPECT_FALSE(end.has_value());
  });
}

TEST(buffered_reader, reads_until_a_delimiter) {
  run_in([]() -> task<> {
    auto [reader, writer] = aside::memory_pipe();
    buffered_reader in(reader);
    co_await aside::scope([&](nursery& n) -> task<> {
      n.spawn_local([&]() -> task<> { co_await write_in_pieces(writer, "ab\r\n\r\n\r\n\r\nc", 3); });
      auto got = co_await in.read_until("\r\n\r\n");
      EXPECT_EQ(text_of(*got), "ab");
      got = co_await in.read_until("\r\n\r\n");
      EXPECT_EQ(text_of(*got), "");
      std::array<std::byte, 1> room{};
      co_await in.read_exact(room);
      EXPECT_EQ(text_of(room), "c");
      got = co_await in.read_until("\r\n");
      EXPECT_FALSE(got.has_value());
    });
  });
}

TEST(buffered_reader, peeks_and_consumes) {
  run_in([]() -> task<> {
    auto [reader, writer] = aside::memory_pipe();
    buffered_reader in(reader, 10);
    co_await aside::scope([&](nursery& n) -> task<> {
      n.spawn_local([&]() -> task<> { co_await write_in_pieces(writer, "abcdef", 2); });
      auto there = co_await in.peek();
      EXPECT_EQ(text_of(there), "ab");
      there = co_await in.peek(3);
      EXPECT_EQ(text_of(there), "abcd");
      in.consume(3);
      EXPECT_EQ(text_of(in.buffered()), "d");
      there = co_await in.peek(10);  // there will not be as many
      EXPECT_EQ(text_of(there), "def");
      const auto refused = co_await in.peek(11).as_result();
      EXPECT_EQ(refused.error(), aside::errc::too_long);
      in.consume(3);
      there = co_await in.peek();
      EXPECT_TRUE(there.empty());
    });
  });
}

TEST(buffered_reader, reads_frames_and_refuses_long_ones_at_their_length) {
  run_in([]() -> task<> {
    const auto format = aside::frame_format().prefix(2).limit(9000);
    auto [reader, writer] = aside::memory_pipe();
    buffered_reader in(reader);
    const std::string large(9000, 'y');
    std::string text("\0\1a\0\0\x23\x28", 7);
    text.append(large).append("\x23\x29");
    co_await aside::scope([&](nursery& n) -> task<> {
      n.spawn_local([&]() -> task<> { co_await write_in_pieces(writer, text, 1000); });
      auto got = co_await in.frame(format);
      EXPECT_EQ(text_of(*got), "a");
      got = co_await in.frame(format);
      EXPECT_EQ(text_of(*got), "");
      got = co_await in.frame(format);
      EXPECT_EQ(text_of(*got), large);
      const auto refused = co_await in.frame(format).as_result();
      EXPECT_FALSE(refused.has_value());
      if (!refused) {
        EXPECT_EQ(refused.error(), aside::errc::too_long);
      }
      EXPECT_EQ(in.buffered().size(), 2u);
    });
  });
}

TEST(buffered_reader, mixes_lines_and_bodies) {
  run_in([]() -> task<> {
    stream_pair p = co_await connected();
    buffered_reader in(p.far);
    co_await aside::scope([&](nursery& n) -> task<> {
      n.spawn_local([&]() -> task<> {
        for (std::size_t size = 0; size < 60'000; size += 5'000) {
          const std::string head = std::to_string(size) + "\n";
          const std::vector<std::byte> body = pattern(size, size);
          co_await p.near.write(head, body);
        }
        co_await p.near.shutdown();
      });
      std::size_t bodies = 0;
      while (const auto line = co_await in.line()) {
        const auto size = std::stoul(std::string(*line));
        std::vector<std::byte> body(size);
        co_await in.read_exact(body);
        EXPECT_EQ(wrong(body, size, 0), 0u);
        ++bodies;
      }
      EXPECT_EQ(bodies, 12u);
    });
  });
}

TEST(buffered_reader, that_is_stopped_keeps_the_part_of_a_line) {
  run_on(1, []() -> task<> {
    auto [reader, writer] = aside::memory_pipe();
    buffered_reader in(reader);
    co_await writer.write("be");
    const auto line = [&]() -> task<std::string> {
      const auto got = co_await in.line();
      co_return std::string(*got);
    };
    const auto none = co_await aside::timeout(20ms, line());
    EXPECT_FALSE(none.has_value());
    EXPECT_EQ(text_of(in.buffered()), "be");
    co_await writer.write("gun\n");
    const std::string whole = co_await line();
    EXPECT_EQ(whole, "begun");
  });
}

TEST(buffered_reader, is_read_by_a_branch_of_a_race) {
  run_in([]() -> task<> {
    auto [reader, writer] = aside::memory_pipe();
    buffered_reader in(reader);
    co_await writer.write("ha");
    auto [none, late] = co_await aside::race(in.line(), aside::sleep_for(1ms));
    EXPECT_FALSE(none.has_value());
    EXPECT_TRUE(late);
    co_await writer.write("lf\n");
    auto [line, later] = co_await aside::race(in.line(), aside::sleep_for(1h));
    EXPECT_TRUE(line.has_value() && *line == "half");
    EXPECT_FALSE(later);
  });
}

TEST(buffered_reader, passes_the_streams_error_on) {
  run_in([]() -> task<> {
    auto [reader, writer] = aside::memory_pipe();
    buffered_reader in(reader);
    writer.reset();
    const auto line = co_await in.line().as_result();
    EXPECT_EQ(line.error(), std::errc::connection_reset);
    const auto bytes = co_await in.receive().as_result();
    EXPECT_EQ(bytes.error(), std::errc::connection_reset);
  });
}

TEST(buffered_reader_death, says_what_is_wrong_and_where) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(run_on(1,
                      []() -> task<> {
                        auto [reader, writer] = aside::memory_pipe();
                        buffered_reader in(reader);
                        co_await writer.write("ab");
                        static_cast<void>(co_await in.peek());
                        in.consume(3);
                      }),
               "more was consumed than.*\n.*buffered_reader_test.cpp:");
  EXPECT_DEATH(run_on(1,
                      []() -> task<> {
                        auto [reader, writer] = aside::memory_pipe();
                        buffered_reader in(reader);
                        static_cast<void>(co_await in.read_until(""));
                      }),
               "read_until needs a delimiter.*\n.*buffered_reader_test.cpp:");
  const auto consumed_beside = [](auto wait) {
    run_on(1, [=]() -> task<> {
      auto [reader, writer] = aside::memory_pipe();
      buffered_reader in(reader);
      co_await writer.write("ab");
      co_await aside::scope([&](nursery& n) -> task<> {
        n.spawn_local([&]() -> task<> { co_await wait(in); });
        co_await aside::yield();
        co_await aside::yield();
        in.consume(1);
        n.request_stop();
      });
    });
  };
  constexpr auto named = "consumed while another task or branch.*\n.*buffered_reader_test.cpp:";
  EXPECT_DEATH(consumed_beside([](auto& in) -> task<> { static_cast<void>(co_await in.line()); }),
               named);
  EXPECT_DEATH(consumed_beside([](auto& in) -> task<> { static_cast<void>(co_await in.peek(3)); }),
               named);
  EXPECT_DEATH(consumed_beside([](auto& in) -> task<> {
                 std::array<char, 3> room{};
                 co_await in.read_exact(room);
               }),
               named);
  EXPECT_DEATH(static_cast<void>(aside::frame_format().prefix(3)),
               "takes 1, 2, 4 or 8 bytes.*\n.*buffered_reader_test.cpp:");
}

}  // namespace
