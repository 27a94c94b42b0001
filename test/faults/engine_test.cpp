// The engine's own calls: waiting, waking, and opening at the start.
#include "driver/uring/uring_engine.hpp"
#include "faults/fault_test.hpp"
#include "integration/forbidden.hpp"

#include <cstdio>
#include <optional>
#include <vector>

namespace {

using namespace aside_test;

call waiting() { return on_uring() ? call::ring_enter : call::epoll_wait; }

task<> everyday_life() {
  neighbour talks(co_await connected());
  for (int i = 0; i < 20; ++i) {
    co_await talks.exchange();
    co_await aside::sleep_for(1ms);
  }
}

TEST(faults_of_waiting, that_pass_are_not_noticed) {
  for (const unsigned workers : {1u, 2u}) {
    run_on(workers, []() -> task<> {
      const std::vector<int> errors = on_uring() ? std::vector<int>{EINTR, EAGAIN, EBUSY, ENOMEM}
                                                 : std::vector<int>{EINTR};
      for (const int error : errors) {
        const nothing_stays check;
        for (unsigned skip = 0; skip < 6; ++skip) {
          const fault injected(waiting(), error, 5, skip);
          co_await everyday_life();
          EXPECT_EQ(injected.failed(), 5u) << named(error);
        }
      }
    });
  }
}

TEST(faults_of_waiting, of_an_old_kernels_epoll_pwait2_are_not_noticed) {
  for (const int error : {ENOSYS, EPERM}) {
    run_on(1, [error]() -> task<> {
      if (on_uring()) co_return;
      const fault injected(call::epoll_wait, error);
      co_await everyday_life();
      EXPECT_EQ(injected.failed(), 1u);
    });
  }
}

// A core that cannot wait would turn for ever, silently.
TEST(faults_of_waiting, that_do_not_pass_end_the_process_with_their_name) {
  for (const int error : {EBADF, EFAULT, EINVAL}) {
    const child_result r = in_child([error] {
      return aside::run(quiet(1), [error]() -> task<> {
        const fault injected(waiting(), error, fault::always);
        co_await aside::sleep_for(1h);
      });
    });
    EXPECT_TRUE(r.in_time) << "it turns for ever: " << named(error);
    EXPECT_EQ(r.exit_code, 128 + SIGABRT) << r.said;
    EXPECT_NE(r.said.find(" fails, so no event can be waited for: " + named(error)),
              std::string::npos)
        << r.said;
    EXPECT_EQ(r.said.find(".cpp:"), std::string::npos) << "a line that is not the user's: " << r.said;
  }
}

// To take back what the kernel accepts ahead is to wait for it, too.
TEST(faults_of_waiting, for_what_is_recalled_end_the_process_with_their_name) {
  if (!asks_for_uring()) GTEST_SKIP() << "of io_uring alone";
  for (const int error : {EBADF, EPERM}) {
    const child_result r = in_child([error] {
      return aside::run(quiet(1), [error]() -> task<> {
        std::optional<fault> injected;  // for longer than the scope
        const auto few = aside::listen_options().backlog(4);  // all of which finds room
        tcp_listener listener = co_await tcp_listener::bind("127.0.0.1:0", few);
        const std::string where = local(listener.port());
        co_await aside::scope([&](nursery& n) -> task<> {
          n.spawn_local([&]() -> task<> { co_await listener.serve(&echo); });
          tcp_stream s = co_await tcp_stream::connect(where);
          co_await s.write("x");
          const chunk c = co_await s.receive();
          EXPECT_EQ(c.text(), "x");
          injected.emplace(waiting(), error, fault::always);
          n.request_stop();
        });
      });
    });
    EXPECT_TRUE(r.in_time) << "it turns for ever: " << named(error);
    EXPECT_EQ(r.exit_code, 128 + SIGABRT) << r.said;
    EXPECT_NE(r.said.find("io_uring_enter fails, so no event can be waited for: " + named(error)),
              std::string::npos)
        << r.said;
  }
}

// A ring that is short of memory for a poll makes it again: who waits is woken all the same.
TEST(faults_of_polling, that_pass_lose_no_wake_up) {
  for (const int error : {ENOMEM, EAGAIN}) {
    run_on(1, [error]() -> task<> {
      if (!on_uring() || !ring_results_can_be_set()) co_return;
      const nothing_stays check;
      const fault injected(call::ring_poll, error, 6);
      stream_pair p = co_await connected();
      while (injected.failed() < 3)  // of the listener, and of both ends
        co_await aside::yield();
      const auto in_time = co_await aside::timeout(20s, [&]() -> task<> {
        for (int i = 0; i < 10; ++i) {
          co_await aside::scope([&](nursery& n) -> task<> {
            n.spawn_local([&]() -> task<> {
              const chunk c = co_await p.far.receive();
              EXPECT_EQ(c.text(), "x");
            });
            for (int k = 0; k < 5; ++k)
              co_await aside::yield();
            co_await p.near.write("x");
          });
        }
      }());
      EXPECT_TRUE(in_time.has_value()) << named(error);
      EXPECT_EQ(injected.failed(), 6u);
    });
  }
}

void expect_no_start(call which, int error) {
  const std::size_t before = open_descriptors();
  for (const unsigned workers : {1u, 2u}) {
    const fault injected(which, error, fault::always);
    bool ran = false;
    int code = 0;
    try {
      aside::run(quiet(workers), [&]() -> task<> {
        ran = true;
        co_return;
      });
    } catch (const std::system_error& e) {
      code = e.code().value();
    }
    EXPECT_FALSE(ran);
    EXPECT_EQ(code, error) << named(error);
    EXPECT_GT(injected.failed(), 0u);
  }
  EXPECT_EQ(open_descriptors(), before);
}

TEST(faults_of_the_start, are_thrown_by_run_and_leave_nothing) {
  if (!asks_for_uring()) {
    for (const int error : {EINVAL, EMFILE, ENFILE, ENOMEM})
      expect_no_start(call::epoll_create1, error);
    for (const int error : {EEXIST, ENOMEM, ENOSPC})
      expect_no_start(call::epoll_ctl, error);
  }
  for (const int error : {EINVAL, EMFILE, ENFILE, ENODEV, ENOMEM})
    expect_no_start(call::eventfd, error);
}

// As an old kernel answers, or one that was built without some of it.
TEST(faults_of_the_start, of_a_kernel_without_an_operation_are_found) {
  constexpr std::array used{IORING_OP_POLL_ADD, IORING_OP_ASYNC_CANCEL, IORING_OP_ACCEPT,
                            IORING_OP_CONNECT};
  constexpr std::size_t all = 64;
  std::vector<std::byte> memory(sizeof(io_uring_probe) + all * sizeof(io_uring_probe_op));
  auto& probe = *reinterpret_cast<io_uring_probe*>(memory.data());
  probe.last_op = all - 1;
  for (const auto op : used)
    probe.ops[op].flags = IO_URING_OP_SUPPORTED;
  EXPECT_EQ(aside::detail::missing_opcode(probe), -1);
  for (const auto op : used) {
    probe.ops[op].flags = 0;
    EXPECT_EQ(aside::detail::missing_opcode(probe), static_cast<int>(op));
    probe.ops[op].flags = IO_URING_OP_SUPPORTED;
  }
  probe.last_op = IORING_OP_CONNECT - 1;  // it has not heard of it
  EXPECT_EQ(aside::detail::missing_opcode(probe), static_cast<int>(IORING_OP_CONNECT));
}

// The ring that chooses the engine is refused: a reason. A later one is refused: no start.
TEST(faults_of_the_start, of_the_ring_fall_back_or_are_thrown) {
  if (!asks_for_uring()) GTEST_SKIP() << "of io_uring alone";
  for (const int error : {EFAULT, EINVAL, EMFILE, ENFILE, ENOMEM, EPERM, ENOSYS}) {
    const std::size_t before = open_descriptors();
    {
      const fault injected(call::ring_setup, error);
      const int code = aside::run(quiet(2), [error]() -> task<> {
        const aside::runtime_info i = aside::info();
        EXPECT_EQ(i.engine, "epoll");
        EXPECT_NE(i.engine_reason.find(std::strerror(error)), std::string_view::npos)
            << i.engine_reason;
        co_await everyday_life();
      });
      EXPECT_EQ(code, 0);
    }
    {
      const fault injected(call::ring_setup, error, fault::always, 1);
      int code = 0;
      try {
        aside::run(quiet(2), []() -> task<> { co_return; });
      } catch (const std::system_error& e) {
        code = e.code().value();
      }
      EXPECT_EQ(code, error);
    }
    {
      const fault injected(call::ring_enter, error);  // as a sandbox does that allows the set-up
      const int code = aside::run(quiet(1), []() -> task<> {
        EXPECT_EQ(aside::info().engine, "epoll");
        co_return;
      });
      EXPECT_EQ(code, 0);
    }
    EXPECT_EQ(open_descriptors(), before);
  }
}

}  // namespace
