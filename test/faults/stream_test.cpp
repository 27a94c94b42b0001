// Reading and writing under the errors of recv(2) and send(2), and sends that take a little.
#include "faults/fault_test.hpp"

namespace {

using namespace aside_test;

constexpr std::array recv_errors{EBADF,    ECONNREFUSED, ECONNRESET, EFAULT,   EHOSTUNREACH, EINVAL,
                                 ENOMEM,   ENOTCONN,     ENOTSOCK,   ETIMEDOUT};
constexpr std::array send_errors{EACCES,  EALREADY,     EBADF,  ECONNRESET, EDESTADDRREQ, EFAULT,
                                 EINVAL,  EISCONN,      EMSGSIZE, ENOBUFS,  ENOMEM,       ENOTCONN,
                                 ENOTSOCK, EOPNOTSUPP,  EPIPE,  ETIMEDOUT};
constexpr std::array shutdown_errors{EBADF, EINVAL, ENOTSOCK};

TEST(faults_of_receive, are_named_and_lose_no_byte) {
  run_in([]() -> task<> {
    neighbour beside(co_await connected());
    for (const int error : recv_errors) {
      const nothing_stays check;
      stream_pair p = co_await connected();
      co_await p.near.write("kept");
      {
        const fault injected(call::recv, error);
        const failure f = co_await failure_of(p.far.receive());
        EXPECT_EQ(f.code, error);
        EXPECT_EQ(f.what, "receive: " + named(error));
        EXPECT_EQ(injected.calls(), 1u);
      }
      co_await beside.exchange();
      const chunk c = co_await p.far.receive();
      EXPECT_EQ(c.text(), "kept");
    }
  });
}

// The other reads have calls of their own.
TEST(faults_of_reading, are_named_and_lose_no_byte) {
  run_in([]() -> task<> {
    neighbour beside(co_await connected());
    for (const int error : recv_errors) {
      const nothing_stays check;
      stream_pair p = co_await connected();
      co_await p.near.write("kept");
      std::array<std::byte, 4> room{};
      {
        const fault injected(call::recv, error);
        const failure f = co_await failure_of(p.far.read_some(room));
        EXPECT_EQ(f.code, error);
        EXPECT_EQ(f.what, "read_some: " + named(error));
        EXPECT_EQ(injected.calls(), 1u);
      }
      {
        const fault injected(call::recv, error);
        const failure f = co_await failure_of(p.far.read_exact(room));
        EXPECT_EQ(f.code, error);
        EXPECT_EQ(f.what, "read_exact: " + named(error));
      }
      co_await beside.exchange();
      const fault interrupted(call::recv, EINTR, 3);
      co_await p.far.read_exact(room);
      EXPECT_EQ(std::memcmp(room.data(), "kept", room.size()), 0);
      EXPECT_EQ(interrupted.failed(), 3u);
    }
  });
}

// An error in the middle of an exact read: what had come is in its buffer, and counted.
TEST(faults_of_reading, tell_how_far_an_exact_read_came) {
  run_on(1, []() -> task<> {
    for (const int error : recv_errors) {
      const nothing_stays check;
      stream_pair p = co_await connected();
      co_await aside::scope([&](nursery& n) -> task<> {
        const fault injected(call::recv, error, 1, 1);
        n.spawn_local([&]() -> task<> {
          std::array<std::byte, 6> room{};
          std::size_t got = 99;
          const auto r = co_await p.far.read_exact(room, &got).as_result();
          EXPECT_FALSE(r.has_value());
          if (!r) {
            EXPECT_EQ(r.error().value(), error);
            EXPECT_EQ(r.error().transferred(), 3u);
          }
          EXPECT_EQ(got, 3u);
          EXPECT_EQ(std::memcmp(room.data(), "one", 3), 0);
        });
        co_await p.near.write("one");
        while (injected.calls() == 0)
          co_await aside::yield();
        co_await p.near.write("two");
        while (n.size() != 0)
          co_await aside::yield();
      });
      const chunk rest = co_await p.far.receive();
      EXPECT_EQ(rest.text(), "two");
    }
  });
}

TEST(faults_of_receive, that_interrupt_it_are_not_noticed) {
  run_in([]() -> task<> {
    const nothing_stays check;
    stream_pair p = co_await connected();
    co_await p.near.write("kept");
    const fault injected(call::recv, EINTR, 3);
    const chunk c = co_await p.far.receive();
    EXPECT_EQ(c.text(), "kept");
    EXPECT_EQ(injected.failed(), 3u);
  });
}

TEST(faults_of_receive, that_find_nothing_after_all_wait_for_more) {
  run_in([]() -> task<> {
    const nothing_stays check;
    stream_pair p = co_await connected();
    co_await aside::scope([&](nursery& n) -> task<> {
      const fault injected(call::recv, EAGAIN);
      const auto both = [&]() -> task<> {
        std::string got;
        while (got.size() < 8) {
          const chunk c = co_await p.far.receive();
          if (!c) break;
          got += c.text();
        }
        EXPECT_EQ(got, "one, two");
      };
      n.spawn_local(both);
      co_await p.near.write("one, ");
      while (injected.failed() == 0)
        co_await aside::yield();
      co_await p.near.write("two");
      while (n.size() != 0)
        co_await aside::yield();
    });
  });
}

TEST(faults_of_write, are_named_and_leave_the_neighbour_alone) {
  run_in([]() -> task<> {
    neighbour beside(co_await connected());
    for (const int error : send_errors) {
      const nothing_stays check;
      stream_pair p = co_await connected();
      {
        const fault injected(call::send, error);
        const failure f = co_await failure_of(p.near.write("lost"));
        EXPECT_EQ(f.code, error);
        EXPECT_EQ(f.what, "write: " + named(error));
        EXPECT_EQ(injected.calls(), 1u);
      }
      co_await beside.exchange();
    }
  });
}

TEST(faults_of_write, that_interrupt_it_or_take_a_little_send_every_byte_once) {
  run_in([]() -> task<> {
    for (const std::size_t most : {std::size_t{1}, std::size_t{7}, std::size_t{1000}}) {
      const nothing_stays check;
      const std::size_t size = most * 500;
      stream_pair p = co_await connected();
      const short_sends injected(most);
      const fault interrupted(call::send, EINTR, 20, 3);
      co_await aside::scope([&](nursery& n) -> task<> {
        const auto send = [&]() -> task<> {
          co_await write_pattern(p.near, size);
          co_await p.near.shutdown();
        };
        n.spawn_local(send);
        const std::size_t got = co_await receive_pattern(p.far);
        EXPECT_EQ(got, size);
      });
      EXPECT_EQ(interrupted.failed(), 20u);
      EXPECT_GE(interrupted.calls(), 500u);
    }
  });
}

TEST(faults_of_shutdown, are_named) {
  run_in([]() -> task<> {
    for (const int error : shutdown_errors) {
      const nothing_stays check;
      stream_pair p = co_await connected();
      const fault injected(call::shutdown, error);
      const failure f = co_await failure_of(p.near.shutdown());
      EXPECT_EQ(f.code, error);
      EXPECT_EQ(f.what, "shutdown: " + named(error));
    }
  });
}

}  // namespace
