// A turn's budget of operations: an operation of many calls does not hold its core, however ready its peer is;
// and what an operation must bear when the budget is spent just as it begins.
#include <aside/io/buffered_reader.hpp>
#include <aside/io/buffered_writer.hpp>
#include <aside/io/memory_stream.hpp>

#include "faults/fault_test.hpp"
#include "sched/stopper.hpp"
#include "unit/net/endpoints.hpp"

#include <memory>

namespace {

using namespace aside_test;
using aside::unix_stream;
using bytes = std::span<const std::byte>;

/// Several turns of operations, with one call for each byte.
constexpr std::size_t many = 300;

/// Calls `work`, which never has to wait: how often does another task of the core get a turn meanwhile?
template <class Work>
task<int> turns_of_others(Work work) {
  int turns = 0;
  bool over = false;
  co_await aside::scope([&](nursery& n) -> task<> {
    n.spawn_local([&]() -> task<> {
      while (!over) {
        ++turns;
        co_await aside::yield();
      }
    });
    co_await aside::yield();
    turns = 0;
    co_await work();
    over = true;
  });
  co_return turns;
}

template <class Work>
task<> expect_turns_of_others(Work work) {
  const int turns = co_await turns_of_others(work);
  EXPECT_GE(turns, 1) << "it holds its core";
}

class unix_ends {
 public:
  unix_ends(unix_stream a, unix_stream b) : near(std::move(a)), far(std::move(b)) {}
  unix_stream near;
  unix_stream far;
};
/// With room for `many` messages.
task<unix_ends> roomy_ends() {
  auto [a, b] = co_await unix_stream::pair();
  const int size = 212992;
  EXPECT_EQ(::setsockopt(a.native_handle(), SOL_SOCKET, SO_SNDBUF, &size, sizeof size), 0);
  co_return unix_ends(std::move(a), std::move(b));
}

// A socket's write is tcp_stream's, too.
TEST(turn, of_a_write_ends_though_it_never_waits) {
  run_on(1, []() -> task<> {
    const std::vector<std::byte> all = pattern(many);
    {
      unix_ends e = co_await roomy_ends();
      const short_sends one_byte(1);
      co_await expect_turns_of_others([&]() -> task<> { co_await e.near.write(all); });
      std::vector<std::byte> got(many);
      co_await e.far.read_exact(got);
      EXPECT_EQ(got, all);
    }
    auto [reader, writer] = co_await aside::pipe();
    const short_sends one_byte(1);
    co_await expect_turns_of_others([&, &to = writer]() -> task<> { co_await to.write(all); });
    std::vector<std::byte> got(many);
    co_await reader.read_exact(got);
    EXPECT_EQ(got, all);
  });
}

TEST(turn, of_a_write_of_pieces_ends_though_it_never_waits) {
  run_on(1, []() -> task<> {
    const std::vector<std::byte> all = pattern(many);
    std::vector<bytes> pieces;
    for (std::size_t at = 0; at < many; at += 2)
      pieces.push_back(bytes(all).subspan(at, 2));
    {
      unix_ends e = co_await roomy_ends();
      const short_sends one_byte(1);
      co_await expect_turns_of_others([&]() -> task<> { co_await e.near.write(pieces); });
      std::vector<std::byte> got(many);
      co_await e.far.read_exact(got);
      EXPECT_EQ(got, all);
    }
    auto [reader, writer] = co_await aside::pipe();
    const short_sends one_byte(1);
    co_await expect_turns_of_others([&, &to = writer]() -> task<> { co_await to.write(pieces); });
    std::vector<std::byte> got(many);
    co_await reader.read_exact(got);
    EXPECT_EQ(got, all);
  });
}

TEST(turn, of_a_descriptors_bytes_ends_though_they_never_wait) {
  run_on(1, []() -> task<> {
    unix_ends e = co_await roomy_ends();
    const std::vector<std::byte> all = pattern(many);
    const short_sends one_byte(1);
    co_await expect_turns_of_others([&]() -> task<> { co_await e.near.send_fd(0, all); });
    std::vector<std::byte> got(many);
    co_await e.far.read_exact(got);
    EXPECT_EQ(got, all);
  });
}

// A read of a socket ends at each descriptor.
TEST(turn, of_an_exact_read_of_a_socket_ends_though_it_never_waits) {
  run_on(1, []() -> task<> {
    unix_ends e = co_await roomy_ends();
    const std::vector<std::byte> all = pattern(many);
    for (std::size_t i = 0; i < many; ++i)
      co_await e.near.send_fd(0, bytes(all).subspan(i, 1));
    std::vector<std::byte> got(many);
    const auto rest = std::span(got).subspan(1);
    co_await e.far.read_exact(std::span(got).first(1));  // so that it is known to be readable
    co_await expect_turns_of_others([&]() -> task<> { co_await e.far.read_exact(rest); });
    EXPECT_EQ(got, all);
  });
}

// A read of a pipe of packets ends at each of them.
TEST(turn, of_an_exact_read_of_a_pipe_ends_though_it_never_waits) {
  run_on(1, []() -> task<> {
    constexpr std::size_t count = 256;  // the most that a pipe holds
    std::array<int, 2> ends{};
    EXPECT_EQ(::pipe2(ends.data(), O_DIRECT | O_CLOEXEC | O_NONBLOCK), 0);
    EXPECT_EQ(::fcntl(ends[1], F_SETPIPE_SZ, 1 << 20), 1 << 20);
    const std::vector<std::byte> all = pattern(count);
    for (const std::byte& one : all)
      EXPECT_EQ(::write(ends[1], &one, 1), 1);
    {
      aside::pipe_reader reader = co_await aside::pipe_reader::from(ends[0]);
      std::vector<std::byte> got(count);
      const auto rest = std::span(got).subspan(1);
      co_await reader.read_exact(std::span(got).first(1));
      co_await expect_turns_of_others([&]() -> task<> { co_await reader.read_exact(rest); });
      EXPECT_EQ(got, all);
    }
    ::close(ends[0]);
    ::close(ends[1]);
  });
}

TEST(turn, of_a_flush_ends_though_it_never_waits) {
  run_on(1, []() -> task<> {
    unix_ends e = co_await roomy_ends();
    const std::vector<std::byte> all = pattern(many);
    aside::buffered_writer out(e.near);
    co_await out.write(all);
    const short_sends one_byte(1);
    co_await expect_turns_of_others([&]() -> task<> { co_await out.flush(); });
    std::vector<std::byte> got(many);
    co_await e.far.read_exact(got);
    EXPECT_EQ(got, all);
  });
}

// Each receive of a pipe in memory gives at most one buffer.
TEST(turn, of_a_long_line_ends_though_it_never_waits) {
  run_on(1, []() -> task<> {
    constexpr std::size_t much = many * aside::chunk::capacity;
    auto [reader, writer] = aside::memory_pipe(2 * much);
    co_await writer.write(std::string(much, 'x'));
    co_await writer.write("\n");
    aside::buffered_reader in(reader, much);
    co_await expect_turns_of_others([&]() -> task<> {
      const auto line = co_await in.line();
      EXPECT_EQ(line.value_or("").size(), much);
    });
  });
}

TEST(turn, of_branches_ends_though_they_never_wait) {
  run_on(1, []() -> task<> {
    const std::vector<std::byte> all = pattern(many);
    unix_ends e = co_await roomy_ends();
    unix_ends f = co_await roomy_ends();
    const short_sends one_byte(1);
    co_await expect_turns_of_others(
        [&]() -> task<> { co_await aside::all(e.near.write(all), f.near.write(all)); });
  });
}

// A stop that comes between two turns of one operation.
TEST(turn, that_a_stop_ends_tells_how_far_it_came) {
  run_on(1, []() -> task<> {
    const std::vector<std::byte> all = pattern(many);
    unix_ends e = co_await roomy_ends();
    const short_sends one_byte(1);
    std::size_t sent = 0;
    co_await aside::scope([&](nursery& n) -> task<> {
      n.spawn_local([&]() -> task<> { co_await e.near.write(all, &sent); });
      co_await aside::yield();
      n.request_stop();
    });
    EXPECT_GT(sent, 10u);  // one turn of such calls, and no second one
    EXPECT_LT(sent, 30u);
    co_await e.near.shutdown();
    const std::string got = co_await read_all(e.far);
    EXPECT_EQ(got.size(), sent);
  });
}

// ---- the budget is spent when it begins

/// Takes so many operations of the turn's budget.
task<> use_up(int operations) {
  aside::event e;
  for (int i = 0; i < operations; ++i) {
    e.set();
    co_await e.wait();
  }
}

/// Awaits `work` after each number of operations, and stops it where it then is: once in the queue.
template <class Work>
task<> stop_at_each_point(Work work) {
  for (int i = 0; i < 140; ++i) {
    const int used = (i + 128) % 140;  // first where nothing has been in the operation's memory yet
    co_await aside::scope([&](nursery& n) -> task<> {
      aside::detail::task_header* victim = nullptr;
      bool over = false;
      n.spawn_local([&]() -> task<> {
        victim = aside::detail::this_turn();
        co_await use_up(used);
        co_await work();
        over = true;
      });
      co_await aside::yield();
      n.request_stop();
      if (!over) aside::detail::stop_task(*victim);  // at once, as a stop from another core may be
    });
  }
}

TEST(spent_turn, of_a_buffered_stream_can_be_stopped_before_it_begins) {
  run_on(1, []() -> task<> {
    auto [reader, writer] = aside::memory_pipe(10);
    aside::buffered_reader in(reader);
    co_await stop_at_each_point([&]() -> task<> { static_cast<void>(co_await in.line()); });
    co_await writer.write("kept\n");
    const auto line = co_await in.line();
    EXPECT_EQ(line, "kept");
    co_await writer.write("0123456789");
    aside::buffered_writer out(writer);
    co_await out.write("more");
    co_await stop_at_each_point([&]() -> task<> { co_await out.shutdown(); });
    const auto read = [&]() -> task<> {
      const std::string all = co_await read_all(in);
      EXPECT_EQ(all, "0123456789more");
    };
    co_await aside::all(out.shutdown(), read());
  });
}

template <class Stream>
task<> stop_on_nothing_open(Stream& none) {
  std::array<std::byte, 1> room{};
  co_await stop_at_each_point([&]() -> task<> {
    const auto r = co_await none.receive().as_result();
    EXPECT_EQ(r.error(), std::errc::bad_file_descriptor);
  });
  co_await stop_at_each_point([&]() -> task<> {
    const auto r = co_await none.read_exact(room).as_result();
    EXPECT_EQ(r.error(), std::errc::bad_file_descriptor);
  });
  co_await stop_at_each_point([&]() -> task<> {
    const auto r = co_await none.write("x").as_result();
    EXPECT_EQ(r.error(), std::errc::bad_file_descriptor);
  });
}

TEST(spent_turn, of_a_stream_that_is_not_open_can_be_stopped_before_it_begins) {
  run_on(1, []() -> task<> {
    tcp_stream tcp;
    co_await stop_on_nothing_open(tcp);
    unix_stream local;
    co_await stop_on_nothing_open(local);
    aside::memory_stream memory;
    co_await stop_on_nothing_open(memory);
    tcp_listener listener;
    co_await stop_at_each_point([&]() -> task<> {
      const auto r = co_await listener.accept().as_result();
      EXPECT_EQ(r.error(), std::errc::bad_file_descriptor);
    });
  });
}

}  // namespace
