// What SIGINT, SIGTERM and SIGPIPE do while run handles them, to whom else, and what is left of it afterwards.
#include "unit/child_process.hpp"
#include "unit/run_test.hpp"

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>
#include <array>
#include <cerrno>
#include <csignal>
#include <thread>

namespace {

using namespace aside_test;
using aside::options;
using aside::task;
using namespace std::chrono_literals;

auto disposition_of(int signal) {
  struct sigaction now{};
  ::sigaction(signal, nullptr, &now);
  return now.sa_handler;
}

volatile std::sig_atomic_t own_handler_ran = 0;
void own_handler(int) { own_handler_ran = 1; }

TEST(signal_handlers, go_to_the_handler_from_before_when_one_has_been_heard) {
  const int code = outcome_in_child([] {
    ::signal(SIGTERM, &own_handler);
    struct sends {
      sends() = default;
      sends(const sends&) = delete;
      ~sends() {
        while (own_handler_ran == 0)  // what comes at once is taken for the first
          ::kill(::getpid(), SIGTERM);
      }
    };
    const int by = aside::run(options().workers(1), []() -> task<> {
      const sends at_the_end;
      ::kill(::getpid(), SIGTERM);
      if (own_handler_ran != 0) std::exit(3);  // the first is ours
      co_await wait_for_ever();
    });
    return own_handler_ran != 0 && disposition_of(SIGTERM) == &own_handler ? by : 4;
  });
  EXPECT_EQ(code, 128 + SIGTERM);
}

TEST(signal_handlers, that_come_twice_at_once_are_one) {
  int code = 0;
  for (int attempt = 0; attempt < 5 && code != 128 + SIGTERM; ++attempt) {  // 100 ms may go by in between
    code = outcome_in_child([] {
      return aside::run(options().workers(1), []() -> task<> {
        ::kill(::getpid(), SIGTERM);
        ::kill(::getpid(), SIGTERM);
        ::kill(::getpid(), SIGINT);
        co_await wait_for_ever();
      });
    });
  }
  EXPECT_EQ(code, 128 + SIGTERM);
}

/// A run that SIGTERM stops, and that has returned before the second signal.
int run_that_is_stopped() {
  return aside::run(options().workers(1), []() -> task<> {
    ::kill(::getpid(), SIGTERM);
    co_await wait_for_ever();
  });
}

TEST(signal_handlers, that_come_twice_at_once_are_one_after_run_too) {
  int code = 0;
  for (int attempt = 0; attempt < 5 && code != 128 + SIGTERM; ++attempt) {  // 100 ms may go by in between
    code = outcome_in_child([] {
      ::signal(SIGINT, SIG_DFL);
      ::signal(SIGTERM, SIG_DFL);
      const int by = run_that_is_stopped();
      ::kill(::getpid(), SIGTERM);
      ::kill(::getpid(), SIGINT);
      return by;
    });
  }
  EXPECT_EQ(code, 128 + SIGTERM);
}

TEST(signal_handlers, that_come_later_end_the_process_after_run_too) {
  for (const int later : {SIGTERM, SIGINT}) {
    const int code = outcome_in_child([&] {
      ::signal(SIGINT, SIG_DFL);
      ::signal(SIGTERM, SIG_DFL);
      run_that_is_stopped();
      for (;;)
        ::kill(::getpid(), later);
      return 3;
    });
    EXPECT_EQ(code, -later);
  }
}

TEST(signal_handlers, are_heard_by_a_run_that_begins_at_once_after_another) {
  const int code = outcome_in_child([] {
    ::signal(SIGTERM, SIG_DFL);
    for (int i = 0; i < 20; ++i) {
      if (run_that_is_stopped() != 128 + SIGTERM) return 3;
    }
    if (aside::run(options().workers(1), []() -> task<int> { co_return 7; }) != 7) return 4;
    return disposition_of(SIGTERM) == SIG_DFL ? 0 : 5;
  });
  EXPECT_EQ(code, 0);
}

TEST(signal_handlers, go_back_at_once_to_a_handler_from_before) {
  const int code = outcome_in_child([] {
    ::signal(SIGTERM, &own_handler);
    run_that_is_stopped();
    ::raise(SIGTERM);
    return own_handler_ran != 0 ? 0 : 3;
  });
  EXPECT_EQ(code, 0);
}

TEST(signal_handlers, have_their_old_dispositions_after_a_run) {
  const int code = outcome_in_child([] {
    ::signal(SIGINT, &own_handler);
    ::signal(SIGTERM, SIG_DFL);
    ::signal(SIGPIPE, SIG_DFL);
    for (int i = 0; i < 3; ++i) {
      if (aside::run(options().workers(2), []() -> task<int> { co_return 7; }) != 7) return 3;
      if (disposition_of(SIGINT) != &own_handler || disposition_of(SIGTERM) != SIG_DFL ||
          disposition_of(SIGPIPE) != SIG_DFL)
        return 4;
    }
    return 0;
  });
  EXPECT_EQ(code, 0);
}

TEST(signal_handlers, keep_a_handler_that_was_set_meanwhile) {
  const int code = outcome_in_child([] {
    const int got = aside::run(options().workers(1), []() -> task<int> {
      ::signal(SIGTERM, &own_handler);
      ::signal(SIGPIPE, &own_handler);
      ::raise(SIGTERM);  // of the process it might be another thread's, and heard later
      co_return own_handler_ran != 0 ? 7 : 3;
    });
    return disposition_of(SIGTERM) == &own_handler && disposition_of(SIGPIPE) == &own_handler ? got
                                                                                               : 4;
  });
  EXPECT_EQ(code, 7);
}

TEST(signal_handlers, are_not_touched_when_told_not_to) {
  const int code = outcome_in_child([] {
    ::signal(SIGPIPE, SIG_DFL);
    return aside::run(quiet(2), []() -> task<int> {
      co_return disposition_of(SIGPIPE) == SIG_DFL && disposition_of(SIGINT) == SIG_DFL &&
              disposition_of(SIGTERM) == SIG_DFL
          ? 0
          : 3;
    });
  });
  EXPECT_EQ(code, 0);
}

// ---- children

/// The signal that ends a shell that sends it to itself, as its parent has left it; 0 when none does.
int ends_by(int signal) {
  const std::string line = "kill -" + std::to_string(signal) + " $$; exit 0";
  std::array<char*, 4> words{const_cast<char*>("sh"), const_cast<char*>("-c"),
                             const_cast<char*>(line.c_str()), nullptr};
  pid_t child = 0;
  if (::posix_spawn(&child, "/bin/sh", nullptr, nullptr, words.data(), environ) != 0) return -1;
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

TEST(signal_handlers, do_to_children_of_tasks_what_they_do_by_default) {
  const int code = outcome_in_child([] {
    for (const int each : {SIGINT, SIGTERM, SIGPIPE})
      ::signal(each, SIG_DFL);
    return aside::run(options().workers(2), []() -> task<int> {
      for (const int each : {SIGINT, SIGTERM, SIGPIPE}) {
        if (ends_by(each) != each) co_return each;
        const int from_the_pool = co_await aside::blocking(&ends_by, each);
        if (from_the_pool != each) co_return 100 + each;
      }
      co_return 0;
    });
  });
  EXPECT_EQ(code, 0);
}

#if !defined(ASIDE_TSAN)  // it keeps signals back in a child of a process with threads
TEST(signal_handlers, of_a_forked_child_do_not_stop_its_parent) {
  const int code = outcome_in_child([] {
    return aside::run(options().workers(1), []() -> task<int> {
      for (const int each : {SIGINT, SIGTERM}) {
        const int end = outcome_in_child([&] {
          ::raise(each);
          return 3;
        });
        if (end != -each) co_return 1;
      }
      co_await aside::sleep_for(1ms);
      co_return 7;
    });
  });
  EXPECT_EQ(code, 7);
}
#endif

// ---- SIGPIPE of writes that are not ours

/// write(2) as a library does it, to a pipe that nobody reads; the error.
int write_to_nobody() {
  std::array<int, 2> ends{};
  if (::pipe(ends.data()) != 0) return -1;
  ::close(ends[0]);
  const ssize_t n = ::write(ends[1], "x", 1);
  const int error = n < 0 ? errno : 0;
  ::close(ends[1]);
  return error;
}

TEST(signal_handlers, sigpipe_ends_nothing_while_run_handles_signals) {
  const int code = outcome_in_child([] {
    ::signal(SIGPIPE, SIG_DFL);
    return aside::run(options().workers(2), []() -> task<int> {
      const int here = write_to_nobody();
      const int in_the_pool = co_await aside::blocking(&write_to_nobody);
      co_return here == EPIPE && in_the_pool == EPIPE ? 7 : 3;
    });
  });
  EXPECT_EQ(code, 7);
}

TEST(signal_handlers, sigpipe_ends_a_program_whose_output_nobody_reads) {
  for (const int output : {STDOUT_FILENO, STDERR_FILENO}) {
    const int code = outcome_in_child([&] {
      ::signal(SIGPIPE, SIG_DFL);
      std::array<int, 2> ends{};
      if (::pipe(ends.data()) != 0) return 3;
      ::dup2(ends[1], output);
      ::close(ends[0]);
      return aside::run(
          options().workers(1),
          [](int to) -> task<int> { co_return ::write(to, "x", 1) < 0 ? 4 : 5; }, output);
    });
    EXPECT_EQ(code, -SIGPIPE);
  }
}

TEST(signal_handlers, sigpipe_stays_ignored) {
  const int code = outcome_in_child([] {
    ::signal(SIGPIPE, SIG_IGN);
    const int got = aside::run(options().workers(1), []() -> task<int> {
      co_return disposition_of(SIGPIPE) == SIG_IGN && write_to_nobody() == EPIPE ? 7 : 3;
    });
    return disposition_of(SIGPIPE) == SIG_IGN ? got : 4;
  });
  EXPECT_EQ(code, 7);
}

}  // namespace
