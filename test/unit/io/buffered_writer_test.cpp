// What a buffered_writer collects, when it passes it on, and what a stop or an error leaves in it.
#include <aside/io/buffered_reader.hpp>
#include <aside/io/buffered_writer.hpp>
#include <aside/io/memory_stream.hpp>

#include "unit/net/loopback.hpp"

namespace {

using namespace aside_test;
using aside::buffered_reader;
using aside::buffered_writer;
using aside::memory_reader;
using aside::memory_writer;

static_assert(sizeof(buffered_writer<tcp_stream>) <= 48);

/// What is in a pipe, without waiting.
task<std::string> there(memory_reader& from) {
  std::string all;
  const auto more = [&]() -> task<> {
    for (;;) {
      const chunk c = co_await from.receive();
      if (!c) break;
      all += c.text();
    }
  };
  co_await aside::timeout(0s, more());
  co_return all;
}

TEST(buffered_writer, passes_nothing_on_until_it_is_flushed) {
  run_in([]() -> task<> {
    auto [reader, writer] = aside::memory_pipe();
    buffered_writer out(writer);
    co_await out.write("one ");
    co_await out.write("two");
    EXPECT_EQ(out.buffered(), 7u);
    std::string got = co_await there(reader);
    EXPECT_EQ(got, "");
    co_await out.flush();
    EXPECT_EQ(out.buffered(), 0u);
    co_await out.flush();
    const chunk c = co_await reader.receive();
    EXPECT_EQ(c.text(), "one two");
  });
}

TEST(buffered_writer, makes_room_by_itself) {
  run_in([]() -> task<> {
    auto [reader, writer] = aside::memory_pipe(std::size_t{1} << 20);
    buffered_writer out(writer);
    std::string all;
    for (std::size_t size = 1; size < 20'000; size = size * 3 + 1) {
      const std::string part(size, static_cast<char>('a' + size % 26));
      all += part;
      co_await out.write(part);
    }
    co_await out.shutdown();
    std::string got;
    for (;;) {
      const chunk c = co_await reader.receive();
      if (!c) break;
      got += c.text();
    }
    EXPECT_EQ(got, all);
  });
}

TEST(buffered_writer, takes_less_than_a_buffer_whole_or_not_at_all) {
  run_on(1, []() -> task<> {
    auto [reader, writer] = aside::memory_pipe(10);
    buffered_writer out(writer);
    const std::string first(8000, 'a');
    co_await out.write(first);
    std::size_t taken = 99;
    const auto write = [&]() -> task<> {
      const std::string second(1000, 'b');
      co_await out.write(std::as_bytes(std::span(second)), &taken);
    };
    const auto stopped = co_await aside::timeout(20ms, write());
    EXPECT_FALSE(stopped.has_value());
    EXPECT_EQ(taken, 0u);
    EXPECT_EQ(out.buffered(), 7990u);
    std::string got;
    co_await aside::scope([&](nursery& n) -> task<> {
      n.spawn_local([&]() -> task<> { co_await out.shutdown(); });
      for (;;) {
        const chunk c = co_await reader.receive();
        if (!c) break;
        got += c.text();
      }
    });
    EXPECT_EQ(got, first);
  });
}

TEST(buffered_writer, writes_frames_that_its_reader_reads) {
  run_in([]() -> task<> {
    auto [reader, writer] = aside::memory_pipe();
    buffered_writer out(writer);
    buffered_reader in(reader);
    co_await aside::scope([&](nursery& n) -> task<> {
      n.spawn_local([&]() -> task<> {
        for (std::size_t size = 0; size < 100'000; size = size * 3 + 1) {
          const std::vector<std::byte> frame = pattern(size, 5);
          co_await out.frame(frame);
        }
        co_await out.shutdown();
      });
      std::size_t size = 0;
      while (const auto frame = co_await in.frame()) {
        EXPECT_EQ(frame->size(), size);
        EXPECT_EQ(wrong(*frame, 5, 0), 0u);
        size = size * 3 + 1;
      }
      EXPECT_GT(size, 100'000u);
    });
    const std::string large(256, 'x');
    const auto refused = co_await out.frame(large, aside::frame_format().prefix(1)).as_result();
    EXPECT_FALSE(refused.has_value());
    if (!refused) {
      EXPECT_EQ(refused.error(), aside::errc::too_long);
    }
    EXPECT_EQ(out.buffered(), 0u);
  });
}

TEST(buffered_writer, writes_a_frame_of_a_part_of_a_buffer_of_characters) {
  run_in([]() -> task<> {
    auto [reader, writer] = aside::memory_pipe();
    buffered_writer out(writer);
    buffered_reader in(reader);
    char buffer[4] = {'a', '\0', 'b', 'c'};
    const std::span<char> part = std::span(buffer).first(3);
    co_await out.frame(part);
    co_await out.flush();
    const auto frame = co_await in.frame();
    EXPECT_EQ(frame->size(), 3u);
  });
}

TEST(buffered_writer, passes_the_streams_error_on) {
  run_in([]() -> task<> {
    auto [reader, writer] = aside::memory_pipe();
    buffered_writer out(writer);
    co_await out.write("abc");
    reader.close();
    const auto flushed = co_await out.flush().as_result();
    EXPECT_FALSE(flushed.has_value());
    if (!flushed) {
      EXPECT_EQ(flushed.error(), std::errc::broken_pipe);
    }
    const auto ended = co_await out.shutdown().as_result();
    EXPECT_FALSE(ended.has_value());
    const std::string large(20'000, 'x');
    const auto written = co_await out.write(large).as_result();
    EXPECT_FALSE(written.has_value());
    if (!written) {
      EXPECT_LE(written.error().transferred(), chunk::capacity);
    }
  });
}

/// What is said on stderr while fn runs.
template <class F>
std::string said_by(F fn) {
  testing::internal::CaptureStderr();
  fn();
  return testing::internal::GetCapturedStderr();
}

TEST(buffered_writer, reports_bytes_that_nobody_flushed) {
  const std::string said = said_by([] {
    run_on(1, []() -> task<> {
      auto [reader, writer] = aside::memory_pipe();
      buffered_writer out(writer);
      co_await out.write("lost");
    });
  });
  EXPECT_NE(said.find("buffered_writer_test.cpp"), std::string::npos) << said;
  EXPECT_NE(said.find("destroyed with 4 bytes"), std::string::npos) << said;
}

TEST(buffered_writer, is_silent_about_them_where_something_else_is_said) {
  const std::string said = said_by([] {
    run_on(1, []() -> task<> {
      auto [reader, writer] = aside::memory_pipe();
      const auto stopped = [&]() -> task<> {
        buffered_writer out(writer);
        co_await out.write("lost");
        co_await wait_for_ever();
      };
      co_await aside::timeout(1ms, stopped());
      const auto failed = [&]() -> task<> {
        buffered_writer out(writer);
        co_await out.write("lost");
        throw std::runtime_error("as it should");
      };
      try {
        co_await failed();
      } catch (const std::runtime_error&) {
      }
      buffered_writer out(writer);
      co_await out.write("lost");
      reader.close();
      static_cast<void>(co_await out.flush().as_result());
    });
  });
  EXPECT_EQ(said, "");
}

}  // namespace
