// Pipes: bytes, ends, SIGPIPE, and what belongs to others.
#include "driver/ops/quiet_write.hpp"
#include "unit/child_process.hpp"
#include "unit/net/endpoints.hpp"

#include <signal.h>
#include <stdlib.h>
#include <array>

namespace {

using namespace aside_test;
using aside::pipe_reader;
using aside::pipe_writer;

TEST(pipe, carries_bytes_and_its_end) {
  const no_descriptor_left check;
  run_in([]() -> task<> {
    auto [reader, writer] = co_await aside::pipe();
    co_await writer.write("hello");
    const chunk c = co_await reader.receive();
    EXPECT_EQ(c.text(), "hello");
    co_await writer.write("and more");
    std::array<std::byte, 4> small{};
    const std::size_t n = co_await reader.read_some(small);
    EXPECT_EQ(n, 4u);
    writer.close();
    const std::string rest = co_await read_all(reader);
    EXPECT_EQ(rest, "more");
    const std::size_t end = co_await reader.read_some(small);
    EXPECT_EQ(end, 0u);
  });
}

TEST(pipe, carries_much_more_than_it_holds) {
  run_in([]() -> task<> {
    static constexpr auto size = static_cast<std::size_t>(scaled(5'000'000));
    auto [r, w] = co_await aside::pipe();
    pipe_reader& reader = r;
    pipe_writer& writer = w;
    co_await aside::scope([&](nursery& n) -> task<> {
      n.spawn_local([&]() -> task<> {
        const std::vector<std::byte> all = pattern(size, 3);
        co_await writer.write(all);
        writer.close();
      });
      std::size_t got = 0;
      for (;;) {
        const chunk c = co_await reader.receive();
        if (!c) break;
        EXPECT_EQ(wrong(*c, 3, got), 0u);
        got += c.size();
      }
      EXPECT_EQ(got, size);
    });
  });
}

task<> write_much(pipe_writer to, std::size_t size) {
  const std::vector<std::byte> zeros(size);
  co_await to.write(zeros);
}

// Whoever is woken may find that another one has taken the room, and waits again.
TEST(pipe, that_many_write_to_forgets_none_of_them) {
  const no_descriptor_left check;
  run_in([]() -> task<> {
    static constexpr std::size_t writers = 6;
    static constexpr auto each = static_cast<std::size_t>(scaled(500'000));
    auto [reader, writer] = co_await aside::pipe();
    co_await aside::scope([&, &from = reader, &first = writer](nursery& n) -> task<> {
      for (std::size_t i = 0; i < writers; ++i) {
        pipe_writer another = co_await pipe_writer::from(first.native_handle());
        n.spawn(&write_much, std::move(another), each);
      }
      first.close();
      std::size_t got = 0;
      const auto in_time = co_await aside::timeout(30s, [&]() -> task<> {
        for (;;) {
          const chunk c = co_await from.receive();
          if (!c) break;
          got += c.size();
        }
      }());
      EXPECT_TRUE(in_time.has_value());
      EXPECT_EQ(got, writers * each);
      n.request_stop();
    });
  });
}

TEST(pipe, writes_what_finds_room_and_ends) {
  const no_descriptor_left check;
  run_in([]() -> task<> {
    auto [reader, writer] = co_await aside::pipe();
    const std::vector<std::byte> much = pattern(1'000'000);
    const std::size_t first = co_await writer.write_some(much);
    EXPECT_GT(first, 0u);
    EXPECT_LT(first, much.size());
    const std::size_t nothing = co_await writer.write_some(std::span<const std::byte>());
    EXPECT_EQ(nothing, 0u);
    co_await writer.shutdown();
    EXPECT_FALSE(writer);
    const std::string all = co_await read_all(reader);
    EXPECT_EQ(all.size(), first);
    EXPECT_EQ(wrong(std::as_bytes(std::span(all)), 0, 0), 0u);
    const auto again = co_await writer.shutdown().as_result();
    EXPECT_EQ(again.error(), std::errc::bad_file_descriptor);
    const auto more = co_await writer.write_some(much).as_result();
    EXPECT_EQ(more.error(), std::errc::bad_file_descriptor);
  });
}

TEST(pipe, wakes_its_reader_again_and_again) {
  run_in([]() -> task<> {
    auto [there, there_in] = co_await aside::pipe();
    auto [back, back_in] = co_await aside::pipe();
    co_await aside::scope([&, &from = there, &to = back_in](nursery& n) -> task<> {
      n.spawn_local([&]() -> task<> {
        for (;;) {
          const chunk c = co_await from.receive();
          if (!c) break;
          co_await to.write(*c);
        }
      });
      for (int i = 0; i < scaled(5000); ++i) {
        const std::string ping = "ping " + std::to_string(i);
        co_await there_in.write(ping);
        const chunk pong = co_await back.receive();
        EXPECT_EQ(pong.text(), ping);
      }
      there_in.close();
    });
  });
}

TEST(pipe, that_nobody_reads_is_an_error_and_no_signal) {
  const no_descriptor_left check;
  EXPECT_NE(::signal(SIGPIPE, SIG_DFL), SIG_ERR);  // it would end us
  run_in([]() -> task<> {
    auto [reader, writer] = co_await aside::pipe();
    reader.close();
    for (int i = 0; i < 3; ++i) {
      const auto w = co_await writer.write("x").as_result();
      EXPECT_EQ(w.error(), std::errc::broken_pipe);
    }
    // Also to one that waits for room.
    auto [r, w] = co_await aside::pipe();
    stuff(w.native_handle());
    co_await aside::scope([&, &full = w, &gone = r](nursery& n) -> task<> {
      n.spawn_local([&]() -> task<> {
        const auto written = co_await full.write("x").as_result();
        EXPECT_EQ(written.error(), std::errc::broken_pipe);
      });
      co_await aside::yield();
      co_await aside::yield();
      gone.close();
    });
  });
}

bool pipe_signal_waits() {
  sigset_t pending;
  return ::sigpending(&pending) == 0 && ::sigismember(&pending, SIGPIPE) == 1;
}

TEST(quiet_write, leaves_no_signal_and_the_mask_as_it_was) {
  EXPECT_NE(::signal(SIGPIPE, SIG_DFL), SIG_ERR);
  for (const auto way :
       {&aside::detail::write_quietly, &aside::detail::write_with_signal_blocked}) {
    const auto write = [way](int fd, std::string_view text) {
      iovec piece{};
      piece.iov_base = const_cast<char*>(text.data());
      piece.iov_len = text.size();
      return way(fd, {&piece, 1});
    };
    std::array<int, 2> ends{};
    ASSERT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
    EXPECT_EQ(write(ends[1], "abc"), 3);
    ::close(ends[0]);
    sigset_t before;
    sigset_t after;
    ::pthread_sigmask(SIG_BLOCK, nullptr, &before);
    EXPECT_EQ(write(ends[1], "x"), -1);
    EXPECT_EQ(errno, EPIPE);
    ::pthread_sigmask(SIG_BLOCK, nullptr, &after);
    EXPECT_EQ(::sigismember(&after, SIGPIPE), ::sigismember(&before, SIGPIPE));

    // A signal that waits already is somebody else's.
    sigset_t pipe;
    ::sigemptyset(&pipe);
    ::sigaddset(&pipe, SIGPIPE);
    ::pthread_sigmask(SIG_BLOCK, &pipe, nullptr);
    EXPECT_EQ(write(ends[1], "x"), -1);
    EXPECT_FALSE(pipe_signal_waits());
    ::raise(SIGPIPE);
    EXPECT_EQ(write(ends[1], "x"), -1);
    EXPECT_TRUE(pipe_signal_waits());
    const timespec now{};
    EXPECT_EQ(::sigtimedwait(&pipe, nullptr, &now), SIGPIPE);
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    ::close(ends[1]);
  }
}

// ---- descriptors of others

bool blocks(int fd) { return (::fcntl(fd, F_GETFL) & O_NONBLOCK) == 0; }

TEST(pipe_from, reads_and_writes_without_changing_what_others_share) {
  const no_descriptor_left check;
  run_in([]() -> task<> {
    std::array<int, 2> ends{};
    EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
    {
      pipe_reader reader = co_await pipe_reader::from(ends[0]);
      pipe_writer writer = co_await pipe_writer::from(ends[1]);
      EXPECT_TRUE(blocks(ends[0]));
      EXPECT_TRUE(blocks(ends[1]));
      EXPECT_FALSE(blocks(reader.native_handle()));
      EXPECT_EQ(::write(ends[1], "from outside", 12), 12);
      const chunk c = co_await reader.receive();
      EXPECT_EQ(c.text(), "from outside");
      co_await writer.write("from here");
      std::array<char, 32> room{};
      EXPECT_EQ(::read(ends[0], room.data(), room.size()), 9);
      writer.close();
      ::close(ends[1]);
      const chunk end = co_await reader.receive();
      EXPECT_FALSE(end);
    }
    ::close(ends[0]);
  });
}

TEST(pipe_from, takes_a_socket_and_leaves_it_blocking) {
  const no_descriptor_left check;
  run_in([]() -> task<> {
    std::array<int, 2> ends{};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), 0);
    {
      const raw_socket peer(ends[0]);
      pipe_reader reader = co_await pipe_reader::from(ends[1]);
      pipe_writer writer = co_await pipe_writer::from(ends[1]);
      co_await writer.write("out");
      EXPECT_EQ(::recv(peer.fd(), std::array<char, 8>().data(), 8, 0), 3);
      const auto none = co_await aside::timeout(
          1ms, [&]() -> task<> { static_cast<void>(co_await reader.receive()); }());
      EXPECT_FALSE(none.has_value());
      peer.send("in");
      const chunk c = co_await reader.receive();
      EXPECT_EQ(c.text(), "in");
      EXPECT_TRUE(blocks(ends[1]));
    }
    ::close(ends[1]);
  });
}

/// Each of these is given by a read of its own, although all have come before the first.
task<> expect_parts(pipe_reader& from, std::span<const std::string_view> parts) {
  for (const std::string_view part : parts) {
    const auto in_time = co_await aside::timeout(5s, [&]() -> task<> {
      const chunk c = co_await from.receive();
      EXPECT_EQ(c.text(), part);
    }());
    EXPECT_TRUE(in_time.has_value()) << "it waits for what is there: " << part;
  }
}

TEST(pipe_from, reads_the_messages_of_a_socket_one_by_one) {
  const no_descriptor_left check;
  run_in([]() -> task<> {
    const std::array<std::string_view, 3> parts{"one", "two", "three"};
    for (const int type : {SOCK_SEQPACKET, SOCK_DGRAM}) {
      std::array<int, 2> ends{};
      EXPECT_EQ(::socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, ends.data()), 0);
      const raw_socket peer(ends[0]);
      const raw_socket mine(ends[1]);
      for (const std::string_view part : parts)
        peer.send(part);
      pipe_reader reader = co_await pipe_reader::from(mine.fd());
      co_await expect_parts(reader, parts);
    }
  });
}

// recv(2) stops behind a descriptor, and nothing but the next call tells that more has come.
TEST(pipe_from, reads_on_behind_descriptors_that_come_along) {
  const no_descriptor_left check;
  run_in([]() -> task<> {
    auto [peer, mine] = co_await aside::unix_stream::pair();
    for (const std::string_view with : {"one", "two"})
      co_await peer.send_fd(peer.native_handle(), with);
    co_await peer.write("three");
    pipe_reader reader = co_await pipe_reader::from(mine.native_handle());
    const std::array<std::string_view, 3> parts{"one", "two", "three"};
    co_await expect_parts(reader, parts);
  });
}

/// A pseudo-terminal: what is written to the master is typed at the terminal.
class terminal {
 public:
  terminal() : master_(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)) {
    EXPECT_EQ(::grantpt(master_), 0);
    EXPECT_EQ(::unlockpt(master_), 0);
    std::array<char, 64> name{};
    EXPECT_EQ(::ptsname_r(master_, name.data(), name.size()), 0);
    fd_ = ::open(name.data(), O_RDWR | O_NOCTTY | O_CLOEXEC);
  }
  terminal(const terminal&) = delete;
  ~terminal() {
    ::close(fd_);
    ::close(master_);
  }
  [[nodiscard]] int fd() const { return fd_; }
  void type(std::string_view text) const {
    EXPECT_EQ(::write(master_, text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }

 private:
  int master_;
  int fd_ = -1;
};

// A read gives one line, however many there are.
TEST(pipe_from, reads_a_terminal_line_by_line) {
  const no_descriptor_left check;
  run_in([]() -> task<> {
    const terminal t;
    pipe_reader keys = co_await pipe_reader::from(t.fd());
    EXPECT_TRUE(blocks(t.fd()));
    t.type("one\ntwo\nthree\n");
    std::string all;
    const auto over = co_await aside::timeout(5s, [&]() -> task<> {
      while (all.size() < 14) {
        const chunk c = co_await keys.receive();
        all += c.text();
      }
    }());
    EXPECT_TRUE(over.has_value());
    EXPECT_EQ(all, "one\ntwo\nthree\n");
  });
}

TEST(pipe_from, says_what_it_cannot_take) {
  const no_descriptor_left check;
  run_in([]() -> task<> {
    const int file = ::open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
    for (const int fd : {file, null}) {
      const std::string e =
          co_await said([&]() -> task<> { pipe_reader r = co_await pipe_reader::from(fd); });
      EXPECT_EQ(e,
                "pipe_reader::from descriptor " + std::to_string(fd) +
                    ": Operation not permitted; a regular file never makes anybody wait: use it in "
                    "aside::blocking");
    }
    ::close(file);
    ::close(null);
    const auto closed = co_await pipe_writer::from(-1).as_result();
    EXPECT_EQ(closed.error(), std::errc::bad_file_descriptor);
    auto [reader, writer] = co_await aside::pipe();
    const auto wrong_way = co_await pipe_writer::from(reader.native_handle()).as_result();
    EXPECT_EQ(wrong_way.error(), std::errc::bad_file_descriptor);
    // No reader: there is nothing to open again, and writing says why.
    const int alone = ::fcntl(writer.native_handle(), F_DUPFD_CLOEXEC, 0);
    reader.close();
    writer.close();
    {
      pipe_writer last = co_await pipe_writer::from(alone);
      const auto w = co_await last.write("x").as_result();
      EXPECT_EQ(w.error(), std::errc::broken_pipe);
    }
    ::close(alone);
    pipe_reader none;
    const auto r = co_await none.receive().as_result();
    EXPECT_EQ(r.error(), std::errc::bad_file_descriptor);
  });
}

TEST(pipe_from, of_a_standard_file_that_is_closed_is_an_error) {
  const int code = outcome_in_child([] {
    for (int number = 0; number < 3; ++number)
      ::close(number);
    return aside::run(quiet(1), []() -> task<int> {
      const auto in = co_await pipe_reader::from(0).as_result();
      if (in || in.error() != std::errc::bad_file_descriptor) co_return 1;
      const auto out = co_await pipe_writer::from(1).as_result();
      co_return out || out.error() != std::errc::bad_file_descriptor ? 2 : 0;
    });
  });
  EXPECT_EQ(code, 0);
}

}  // namespace
