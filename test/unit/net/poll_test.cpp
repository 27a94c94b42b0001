// Waiting for descriptors that belong to somebody else.
#include "driver/engine.hpp"
#include "task/host.hpp"
#include "unit/net/endpoints.hpp"

#include <sys/eventfd.h>
#include <array>

namespace {

using namespace aside_test;
using aside::poll_events;

std::size_t attached() { return aside::detail::this_host()->io->attached(); }

class raw_pair {
 public:
  raw_pair() {
    std::array<int, 2> ends{};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), 0);
    near = raw_socket(ends[0]);
    far = raw_socket(ends[1]);
  }
  raw_socket near{-1};
  raw_socket far{-1};
};

std::string take(const raw_socket& from) {
  std::array<char, 64> room{};
  const ssize_t n = ::recv(from.fd(), room.data(), room.size(), MSG_DONTWAIT);
  return {room.data(), n > 0 ? static_cast<std::size_t>(n) : 0};
}

TEST(poll, completes_as_long_as_there_is_something_to_read) {
  const no_descriptor_left check;
  run_in([]() -> task<> {
    const raw_pair p;
    const std::size_t before = attached();
    p.near.send("x");
    for (int i = 0; i < 5; ++i) {
      const poll_events e = co_await aside::poll(p.far.fd(), poll_events::readable);
      EXPECT_EQ(e, poll_events::readable);
    }
    EXPECT_EQ(take(p.far), "x");
    const auto none = co_await aside::timeout(1ms, [&]() -> task<> {
      static_cast<void>(co_await aside::poll(p.far.fd(), poll_events::readable));
    }());
    EXPECT_FALSE(none.has_value());
    EXPECT_EQ(attached(), before);
  });
}

TEST(poll, waits_for_the_same_descriptor_again_and_again) {
  const no_descriptor_left check;
  run_in([]() -> task<> {
    const raw_pair p;
    co_await aside::scope([&](nursery& n) -> task<> {
      n.spawn_local([&]() -> task<> {
        for (int i = 0; i < scaled(2000); ++i) {
          static_cast<void>(co_await aside::poll(p.far.fd(), poll_events::readable));
          const std::string got = take(p.far);
          EXPECT_EQ(got, std::to_string(i));
          p.far.send(got);
        }
      });
      for (int i = 0; i < scaled(2000); ++i) {
        p.near.send(std::to_string(i));
        static_cast<void>(co_await aside::poll(p.near.fd(), poll_events::readable));
        EXPECT_EQ(take(p.near), std::to_string(i));
      }
    });
  });
}

TEST(poll, tells_reading_from_writing) {
  const no_descriptor_left check;
  run_in([]() -> task<> {
    const raw_pair p;
    poll_events e = co_await aside::poll(p.far.fd(), poll_events::both);
    EXPECT_EQ(e, poll_events::writable);
    p.near.send("x");
    e = co_await aside::poll(p.far.fd(), poll_events::readable | poll_events::writable);
    EXPECT_EQ(e, poll_events::both);
    e = co_await aside::poll(p.far.fd(), poll_events::writable);
    EXPECT_EQ(e, poll_events::writable);
    fix_buffer(p.far.fd());
    fill(p.far.fd());
    static_cast<void>(take(p.far));
    bool waits = false;
    co_await aside::scope([&](nursery& n) -> task<> {
      n.spawn_local([&]() -> task<> {
        waits = true;
        const poll_events room = co_await aside::poll(p.far.fd(), poll_events::both);
        EXPECT_EQ(room, poll_events::writable);
        waits = false;
      });
      co_await aside::yield();
      co_await aside::yield();
      EXPECT_TRUE(waits);
      while (!take(p.near).empty()) {
      }
    });
    EXPECT_FALSE(waits);
  });
}

TEST(poll, lets_two_tasks_wait_for_one_descriptor) {
  const no_descriptor_left check;
  run_in([]() -> task<> {
    const raw_pair p;
    fill(p.far.fd());
    int ready = 0;
    co_await aside::scope([&](nursery& n) -> task<> {
      for (const poll_events wanted :
           {poll_events::readable, poll_events::readable, poll_events::writable}) {
        n.spawn_local([&ready, &p, wanted]() -> task<> {
          static_cast<void>(co_await aside::poll(p.far.fd(), wanted));
          ++ready;
        });
      }
      co_await aside::yield();
      co_await aside::yield();
      EXPECT_EQ(ready, 0);
      p.near.send("x");
      while (!take(p.near).empty()) {
      }
    });
    EXPECT_EQ(ready, 3);
  });
}

TEST(poll, counts_a_peer_that_has_closed_as_ready) {
  const no_descriptor_left check;
  run_in([]() -> task<> {
    for (const bool waits : {false, true}) {
      raw_pair p;
      if (!waits) p.near.close();
      co_await aside::scope([&](nursery& n) -> task<> {
        n.spawn_local([&]() -> task<> {
          const poll_events e = co_await aside::poll(p.far.fd(), poll_events::readable);
          EXPECT_EQ(e, poll_events::readable);
        });
        co_await aside::yield();
        co_await aside::yield();
        p.near.close();
      });
      EXPECT_EQ(take(p.far), "");
    }
  });
}

// The waiting side does not see it, but nothing of it stays, and the number is free for others.
TEST(poll, of_a_descriptor_that_is_closed_meanwhile_ends_by_a_stop) {
  const no_descriptor_left check;
  run_in([]() -> task<> {
    const std::size_t before = attached();
    for (int i = 0; i < 20; ++i) {
      raw_pair p;
      const int number = p.far.fd();
      const auto never = co_await aside::timeout(2ms, [&]() -> task<> {
        co_await aside::scope([&](nursery& n) -> task<> {
          n.spawn_local([&]() -> task<> {
            static_cast<void>(co_await aside::poll(number, poll_events::readable));
            ADD_FAILURE() << "ready";
          });
          co_await aside::yield();
          co_await aside::yield();
          p.far.close();
          // The same number for something else, whose bytes are not those that were waited for.
          raw_pair next;
          next.near.send("x");
          co_await wait_for_ever();
        });
      }());
      EXPECT_FALSE(never.has_value());
    }
    EXPECT_EQ(attached(), before);
  });
}

TEST(poll, takes_what_can_be_waited_for_and_refuses_what_cannot) {
  const no_descriptor_left check;
  run_in([]() -> task<> {
    const int counter = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    co_await aside::scope([&](nursery& n) -> task<> {
      n.spawn_local([&]() -> task<> {
        const poll_events e = co_await aside::poll(counter, poll_events::readable);
        EXPECT_EQ(e, poll_events::readable);
      });
      co_await aside::yield();
      co_await aside::yield();
      const std::uint64_t one = 1;
      EXPECT_EQ(::write(counter, &one, sizeof one), 8);
    });
    ::close(counter);
    const int file = ::open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    const int dir = ::open("/tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    for (const int fd : {file, dir}) {
      const std::string e = co_await said(
          [&]() -> task<> { static_cast<void>(co_await aside::poll(fd, poll_events::readable)); });
      EXPECT_EQ(e, "poll descriptor " + std::to_string(fd) +
                       ": Operation not permitted; a file is always ready: read and write it in "
                       "aside::blocking");
    }
    ::close(file);
    ::close(dir);
    const auto closed = co_await aside::poll(dir, poll_events::readable).as_result();
    EXPECT_EQ(closed.error(), std::errc::bad_file_descriptor);
    const auto negative = co_await aside::poll(-1, poll_events::readable).as_result();
    EXPECT_EQ(negative.error(), std::errc::bad_file_descriptor);
    const auto nothing = co_await aside::poll(1, poll_events::none).as_result();
    EXPECT_EQ(nothing.error(), std::errc::invalid_argument);
  });
}

// The descriptor of a stream is registered already, on this core or another.
TEST(poll, waits_for_a_streams_descriptor_beside_the_stream) {
  run_in([]() -> task<> {
    stream_pair p = co_await connected();
    co_await aside::scope([&](nursery& n) -> task<> {
      n.spawn_local([&]() -> task<> {
        static_cast<void>(co_await aside::poll(p.far.native_handle(), poll_events::readable));
        const chunk c = co_await p.far.receive();
        EXPECT_EQ(c.text(), "x");
      });
      co_await aside::yield();
      co_await aside::yield();
      co_await p.near.write("x");
    });
  });
}

task<> wait_and_take(int fd, std::atomic<int>* taken) {
  for (;;) {
    static_cast<void>(co_await aside::poll(fd, poll_events::readable));
    char c = 0;
    if (::recv(fd, &c, 1, MSG_DONTWAIT) == 1) ++*taken;
    if (c == '.') co_return;
  }
}

TEST(poll, on_several_cores_misses_nothing) {
  const no_descriptor_left check;
  for (const unsigned workers : {2u, 4u}) {
    run_on(workers, []() -> task<> {
      const raw_pair p;
      std::atomic<int> taken = 0;
      co_await aside::scope([&](nursery& n) -> task<> {
        for (int i = 0; i < 4; ++i)
          n.spawn(&wait_and_take, p.far.fd(), &taken);
        for (int i = 0; i < scaled(1000); ++i) {
          p.near.send("x");
          if (i % 3 == 0) co_await aside::yield();
        }
        p.near.send("....");
      });
      EXPECT_EQ(taken, scaled(1000) + 4);
    });
  }
}

task<> wait_only(int fd) { static_cast<void>(co_await aside::poll(fd, poll_events::readable)); }

TEST(poll, stopped_from_any_core_leaves_nothing_registered) {
  const no_descriptor_left check;
  run_on(2, []() -> task<> {
    const raw_pair p;
    for (int i = 0; i < scaled(1000); ++i) {
      co_await aside::scope([&](nursery& n) -> task<> {
        n.spawn(&wait_only, p.far.fd());
        n.spawn(&wait_only, p.far.fd());
        for (int k = 0; k < i % 7; ++k)
          co_await aside::yield();
        if (i % 2 == 0) p.near.send("x");
        n.request_stop();
      });
      static_cast<void>(take(p.far));
    }
  });
  run_on(1, []() -> task<> {
    const std::size_t before = attached();
    const raw_pair p;
    for (int i = 0; i < 100; ++i) {
      co_await aside::scope([&](nursery& n) -> task<> {
        n.spawn(&wait_only, p.far.fd());
        for (int k = 0; k < i % 4; ++k)
          co_await aside::yield();
        n.request_stop();
      });
    }
    EXPECT_EQ(attached(), before);
  });
}

}  // namespace
