// SIGINT and SIGTERM stop a run, whichever thread of the process they meet.
#include "unit/child_process.hpp"
#include "unit/run_test.hpp"

#include <unistd.h>
#include <array>
#include <csignal>
#include <latch>
#include <thread>

namespace {

using namespace aside_test;
using aside::options;
using aside::task;

sigset_t set_of(std::initializer_list<int> signals) {
  sigset_t s;
  ::sigemptyset(&s);
  for (const int each : signals)
    ::sigaddset(&s, each);
  return s;
}

/// A thread that was there before run, and waits in a system call.
class early_thread {
 public:
  early_thread() {
    EXPECT_EQ(::pipe(ends_.data()), 0);
    thread_ = std::thread([this] {
      there_.count_down();
      char over = 0;
      EXPECT_EQ(::read(ends_[0], &over, 1), 1);
    });
    there_.wait();
  }
  early_thread(const early_thread&) = delete;
  ~early_thread() {
    EXPECT_EQ(::write(ends_[1], "x", 1), 1);
    thread_.join();
    for (const int end : ends_)
      ::close(end);
  }
  pthread_t handle() { return thread_.native_handle(); }

 private:
  std::array<int, 2> ends_{};
  std::latch there_{1};
  std::thread thread_;
};

task<> ask_process(int signal) {
  ::kill(::getpid(), signal);
  co_await wait_for_ever();
}

TEST(signals, stop_a_runtime_that_has_an_earlier_thread_beside_it) {
  for (const int signal : {SIGTERM, SIGINT}) {
    for (const unsigned workers : {1u, 2u}) {
      const int code = outcome_in_child([&] {
        const early_thread beside;
        // So that none of the runtime's cores is asked first.
        const sigset_t both = set_of({SIGINT, SIGTERM});
        ::pthread_sigmask(SIG_BLOCK, &both, nullptr);
        return aside::run(options().workers(workers), &ask_process, signal);
      });
      EXPECT_EQ(code, 128 + signal);
    }
  }
}

TEST(signals, are_heard_on_whichever_thread_they_meet) {
  const int code = outcome_in_child([] {
    early_thread beside;
    return aside::run(
        options().workers(1),
        [](pthread_t to) -> task<> {
          ::pthread_kill(to, SIGTERM);
          co_await wait_for_ever();
        },
        beside.handle());
  });
  EXPECT_EQ(code, 128 + SIGTERM);
}

TEST(signals, are_heard_when_every_thread_blocks_them) {
  const int code = outcome_in_child([] {
    const sigset_t both = set_of({SIGINT, SIGTERM});
    ::pthread_sigmask(SIG_BLOCK, &both, nullptr);
    const int by = aside::run(options().workers(2), &ask_process, SIGTERM);
    sigset_t after;
    ::pthread_sigmask(SIG_BLOCK, nullptr, &after);
    return ::sigismember(&after, SIGINT) == 1 && ::sigismember(&after, SIGTERM) == 1 ? by : 3;
  });
  EXPECT_EQ(code, 128 + SIGTERM);
}

TEST(signals, are_heard_by_every_run_of_the_process) {
  const int code = outcome_in_child([] {
    std::latch both_run(2);
    std::array<int, 2> codes{};
    const auto one = [&](int& result) {
      result = aside::run(options().workers(1), [&]() -> task<> {
        both_run.count_down();
        co_await wait_for_ever();
      });
    };
    std::thread first([&] { one(codes[0]); });
    std::thread second([&] { one(codes[1]); });
    both_run.wait();
    ::kill(::getpid(), SIGTERM);
    first.join();
    second.join();
    return codes[0] == codes[1] ? codes[0] : 3;
  });
  EXPECT_EQ(code, 128 + SIGTERM);
}

TEST(signals, are_still_heard_when_another_run_has_ended) {
  const int code = outcome_in_child([] {
    std::latch runs(1);
    int result = 0;
    std::thread first([&] {
      result = aside::run(options().workers(1), [&]() -> task<> {
        runs.count_down();
        co_await wait_for_ever();
      });
    });
    runs.wait();
    for (int i = 0; i < 10; ++i) {
      if (aside::run(options().workers(1), []() -> task<int> { co_return 7; }) != 7) return 3;
    }
    ::kill(::getpid(), SIGTERM);
    first.join();
    return result;
  });
  EXPECT_EQ(code, 128 + SIGTERM);
}

}  // namespace
