#include "ask/cause.hpp"

#include <gtest/gtest.h>
#include <sys/syscall.h>

#include "unit/apps/ask_runs.hpp"

#include <map>

namespace aside_test {
namespace {

using namespace aside_app::ask;

/// A process that is described by hand.
class described final : public fd_teller {
 public:
  std::map<int, fd_kind> kinds;
  fd_counts set{};
  std::uint64_t thread = 0;
  bool has_timer = false;

  fd_kind kind_of(int descriptor) override {
    const auto found = kinds.find(descriptor);
    return found == kinds.end() ? fd_kind::unknown : found->second;
  }
  fd_counts watched_by(int) override { return set; }
  fd_counts polled(std::uint64_t, std::uint64_t) override { return set; }
  fd_counts selected(const std::array<std::uint64_t, 3>&, std::uint64_t) override { return set; }
  bool is_thread(std::uint64_t word) override { return word == thread; }
  bool is_woken_by_the_clock(std::uint64_t signals) override { return has_timer && signals != 1; }

  void watch(fd_kind kind, std::size_t count) { set[static_cast<std::size_t>(kind)] = count; }
};

TEST(ask_cause, a_running_thread_waits_for_nothing) {
  described fds;
  system_call running;
  running.running = true;
  EXPECT_EQ(cause_of('S', running, "", fds), std::nullopt);
}

TEST(ask_cause, reads_are_judged_by_their_descriptor) {
  described fds;
  fds.kinds = {{3, fd_kind::outbound}, {4, fd_kind::inbound}, {5, fd_kind::pipe},
               {6, fd_kind::terminal}, {7, fd_kind::file},    {8, fd_kind::inotify}};
  EXPECT_EQ(cause_of('S', call(SYS_read, {3}), "", fds), cause::network);
  EXPECT_EQ(cause_of('S', call(SYS_read, {4}), "", fds), cause::clients);
  EXPECT_EQ(cause_of('S', call(SYS_read, {5}), "", fds), cause::pipe);
  EXPECT_EQ(cause_of('S', call(SYS_read, {6}), "", fds), cause::terminal);
  EXPECT_EQ(cause_of('D', call(SYS_read, {7}), "folio_wait_bit", fds), cause::disk);
  EXPECT_EQ(cause_of('S', call(SYS_read, {8}), "", fds), cause::handoff) << "until a file changes";
  EXPECT_EQ(cause_of('S', call(SYS_accept4, {9}), "", fds), cause::clients);
}

TEST(ask_cause, who_fills_a_pipe_waits_for_its_reader) {
  described fds;
  fds.kinds = {{5, fd_kind::pipe}, {6, fd_kind::pair}, {7, fd_kind::file}};
  EXPECT_EQ(cause_of('S', call(SYS_write, {5}), "", fds), cause::full_pipe);
  EXPECT_EQ(cause_of('S', call(SYS_sendfile, {5, 7}), "", fds), cause::full_pipe);
  EXPECT_EQ(cause_of('S', call(SYS_recvfrom, {6}), "", fds), cause::pipe)
      << "both ends of a pair belong to one family of processes";
  EXPECT_EQ(cause_of('S', call(SYS_sendto, {6}), "", fds), cause::full_pipe);
  EXPECT_FALSE(is_external(cause::full_pipe));
}

TEST(ask_cause, one_of_a_set_of_semaphores_is_anothers_word) {
  described fds;
  EXPECT_EQ(cause_of('S', call(SYS_semop, {17, 0x1000, 1}), "", fds), cause::handoff);
}

TEST(ask_cause, futexes_of_glibc_rust_and_others) {
  described fds;
  fds.thread = 4711;
  const auto futex = [&](std::uint64_t operation, std::uint64_t value) {
    return cause_of('S', call(SYS_futex, {0x1000, operation, value}), "", fds);
  };
  EXPECT_EQ(futex(128, 2), cause::lock) << "glibc mutex";
  EXPECT_EQ(futex(137, 2), cause::lock) << "Rust mutex";
  EXPECT_EQ(futex(128, 0x80000002), cause::lock) << "musl mutex";
  EXPECT_EQ(futex(128, 0x80000010), cause::lock) << "the same";
  EXPECT_EQ(futex(128, 0x80000000), cause::handoff) << "libstdc++'s future";
  EXPECT_EQ(futex(134, 0), cause::lock) << "priority inheritance";
  EXPECT_EQ(futex(393, 2), cause::handoff) << "a condition variable whose word happens to be 2";
  EXPECT_EQ(futex(393, 3), cause::lock) << "glibc's rwlock";
  EXPECT_EQ(futex(137, 0), cause::handoff) << "Python's global lock, Java's monitors";
  EXPECT_EQ(futex(128, 0), cause::handoff) << "Go's parked threads";
  EXPECT_EQ(cause_of('S', call(SYS_futex, {0x1000, 137, 0, 0x2000}), "", fds), cause::timed_handoff)
      << "Java's Thread.sleep, wait_for of a condition variable";
  EXPECT_EQ(cause_of('S', call(SYS_futex, {0x1000, 128, 2, 0x2000}), "", fds), cause::lock)
      << "a mutex with a time limit";
  EXPECT_EQ(futex(265, 4711), cause::join);
  EXPECT_EQ(futex(265, 4712), cause::handoff) << "not a thread of this process";
}

TEST(ask_cause, threads_that_a_virtual_machine_keeps_for_itself) {
  EXPECT_TRUE(is_housekeeper("VM Periodic Tas"));
  EXPECT_TRUE(is_housekeeper("GC Thread#1"));
  EXPECT_TRUE(is_housekeeper("G1 Conc#0"));
  EXPECT_FALSE(is_housekeeper("java"));
  EXPECT_FALSE(is_housekeeper("Thread-0"));
  EXPECT_FALSE(is_housekeeper("pool-1-thread-1"));
}

TEST(ask_cause, a_scheduler_sleeps_in_calls_that_no_goroutine_sleeps_in) {
  EXPECT_TRUE(is_schedulers_sleep(call(SYS_nanosleep, {0x1000, 0}), cause::timer));
  EXPECT_TRUE(is_schedulers_sleep(call(SYS_futex, {0x1000, 128, 0, 0x2000}), cause::timed_handoff));
  EXPECT_FALSE(is_schedulers_sleep(call(SYS_futex, {0x1000, 128, 0, 0}), cause::handoff));
  EXPECT_FALSE(is_schedulers_sleep(call(SYS_clock_nanosleep, {}), cause::timer)) << "C code's sleep";
  EXPECT_FALSE(is_schedulers_sleep(call(SYS_epoll_pwait, {3, 0, 8, 500}), cause::timer))
      << "a goroutine's sleep";
}

TEST(ask_cause, uninterruptible_is_not_always_the_disk) {
  described fds;
  const auto fault = call(-1, {});
  EXPECT_EQ(cause_of('D', fault, "folio_wait_bit_common", fds), cause::disk);
  EXPECT_EQ(cause_of('D', fault, "rwsem_down_read_slowpath", fds), cause::lock);
  EXPECT_EQ(cause_of('D', call(SYS_clone, {}), "", fds), cause::child);
  EXPECT_EQ(cause_of('D', call(SYS_fsync, {3}), "rwsem_down_write_slowpath", fds), cause::disk)
      << "the file system's";
  EXPECT_EQ(cause_of('D', call(SYS_ftruncate, {3}), "rwsem_down_write_slowpath", fds), cause::lock);
}

TEST(ask_cause, waiting_for_several_at_once) {
  described none;
  EXPECT_EQ(cause_of('S', call(SYS_ppoll, {0, 0}), "", none), cause::timer);
  described one;
  one.watch(fd_kind::outbound, 1);
  EXPECT_EQ(cause_of('S', call(SYS_ppoll, {1, 1}), "", one), cause::network);
  described many;
  many.watch(fd_kind::outbound, 9);
  EXPECT_EQ(cause_of('S', call(SYS_ppoll, {1, 9}), "", many), cause::loop);
  EXPECT_EQ(cause_of('S', call(SYS_epoll_pwait, {3, 0, 9, ~0u}), "", many), cause::loop);
  described server;
  server.watch(fd_kind::listener, 1);
  server.watch(fd_kind::inbound, 30);
  EXPECT_EQ(cause_of('S', call(SYS_epoll_pwait, {3, 0, 9, ~0u}), "", server), cause::clients);
  described one_connection;
  one_connection.watch(fd_kind::outbound, 1);
  one_connection.watch(fd_kind::event, 1);
  EXPECT_EQ(cause_of('S', call(SYS_epoll_pwait, {3, 0, 9, ~0u}), "", one_connection),
            cause::network);
  one_connection.watch(fd_kind::inotify, 1);
  EXPECT_EQ(cause_of('S', call(SYS_epoll_pwait, {3, 0, 9, ~0u}), "", one_connection), cause::loop);
  described sleeper;
  sleeper.watch(fd_kind::event, 2);
  EXPECT_EQ(cause_of('S', call(SYS_epoll_pwait, {3, 0, 9, 250}), "", sleeper), cause::timer);
  EXPECT_EQ(cause_of('S', call(SYS_epoll_pwait, {3, 0, 9, ~0u}), "", sleeper), cause::handoff)
      << "only another thread can end it";
  described pair;
  pair.watch(fd_kind::pair, 1);
  EXPECT_EQ(cause_of('S', call(SYS_ppoll, {1, 1}), "", pair), cause::pipe);
  sleeper.watch(fd_kind::pipe, 1);
  EXPECT_EQ(cause_of('S', call(SYS_epoll_pwait, {3, 0, 9, ~0u}), "", sleeper), cause::pipe)
      << "what a child says, as a blocking read of it would";
}

TEST(ask_cause, another_threads_word_comes_by_an_event_descriptor_too) {
  described fds;
  fds.kinds = {{3, fd_kind::event}};
  EXPECT_EQ(cause_of('S', call(SYS_read, {3}), "", fds), cause::handoff);
  fds.watch(fd_kind::event, 1);
  EXPECT_EQ(cause_of('S', call(SYS_ppoll, {1, 1, 0}), "", fds), cause::handoff);
  EXPECT_EQ(cause_of('S', call(SYS_ppoll, {1, 1, 0x1000}), "", fds), cause::timed_handoff);
  EXPECT_EQ(cause_of('S', call(SYS_mq_timedreceive, {4, 1, 8, 0, 0}), "", fds), cause::handoff);
  EXPECT_EQ(cause_of('S', call(SYS_mq_timedsend, {4, 1, 8, 0, 1}), "", fds), cause::timed_handoff);
}

TEST(ask_cause, a_signal_may_be_the_clocks) {
  described fds;
  EXPECT_EQ(cause_of('S', call(SYS_rt_sigsuspend, {1, 8}), "", fds), cause::handoff);
  EXPECT_EQ(cause_of('S', call(SYS_rt_sigtimedwait, {2, 0, 0, 8}), "", fds), cause::handoff);
  EXPECT_EQ(cause_of('S', call(SYS_rt_sigtimedwait, {2, 0, 3, 8}), "", fds), cause::timed_handoff);
  fds.has_timer = true;
  EXPECT_EQ(cause_of('S', call(SYS_rt_sigsuspend, {1, 8}), "", fds), cause::timer);
  EXPECT_EQ(cause_of('S', call(SYS_rt_sigtimedwait, {2, 0, 0, 8}), "", fds), cause::timer);
  EXPECT_EQ(cause_of('S', call(SYS_rt_sigtimedwait, {1, 0, 0, 8}), "", fds), cause::handoff)
      << "another signal";
}

TEST(ask_cause, what_goes_on_after_a_stop_is_what_it_was) {
  described fds;
  fds.watch(fd_kind::outbound, 1);
  const auto again = [&](std::array<std::uint64_t, 6> arguments, std::string_view function) {
    return cause_of('S', call(SYS_restart_syscall, arguments), function, fds);
  };
  EXPECT_EQ(again({0, 0, 1, 2}, "hrtimer_nanosleep"), cause::timer);
  EXPECT_EQ(again({1, 1, 100}, "poll_schedule_timeout.constprop.0"), cause::network);
  EXPECT_EQ(again({1, 393, 4, 1}, "futex_wait_queue"), cause::timed_handoff);
  EXPECT_EQ(again({1, 128, 2, 1}, "futex_wait_queue"), cause::lock);
  EXPECT_EQ(again({}, ""), cause::unknown);
}

TEST(ask_cause, without_the_right_to_see_the_call) {
  described fds;
  EXPECT_EQ(cause_of('S', std::nullopt, "hrtimer_nanosleep", fds), cause::timer);
  EXPECT_EQ(cause_of('S', std::nullopt, "sk_wait_data", fds), cause::network);
  EXPECT_EQ(cause_of('S', std::nullopt, "", fds), cause::unknown);
  EXPECT_EQ(cause_of('T', std::nullopt, "", fds), cause::stopped);
}

}  // namespace
}  // namespace aside_test
