#include "sched/runtime.hpp"
#include "scope/start_on.hpp"
#include "unit/run_test.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <thread>
#include <vector>

namespace {

using aside::nursery;
using aside::options;
using aside::task;
using namespace aside_test;
using namespace std::chrono_literals;

task<int> answer(int n) {
  co_await aside::yield();
  co_return n;
}

TEST(run, returns_what_the_main_task_gave) {
  EXPECT_EQ(aside::run(&answer, 42), 42);
  EXPECT_EQ(aside::run([]() -> task<> { co_return; }), 0);
  EXPECT_EQ(aside::run(options().workers(2), &answer, 7), 7);
}

TEST(run, returns_one_and_prints_what_the_main_task_threw) {
  testing::internal::CaptureStderr();
  const int code = aside::run(quiet(2), []() -> task<int> {
    co_await aside::yield();
    throw std::runtime_error("the main reason");
  });
  const std::string said = testing::internal::GetCapturedStderr();
  EXPECT_EQ(code, 1);
  EXPECT_NE(said.find("the main reason"), std::string::npos) << said;
}

TEST(run, passes_references_on) {
  int n = 1;
  const int code = aside::run(
      quiet(1),
      [](int& by) -> task<> {
        by = 5;
        co_return;
      },
      n);
  EXPECT_EQ(code, 0);
  EXPECT_EQ(n, 5);
}

template <std::size_t Size>
struct ballast {
  std::array<std::byte, Size> bytes{};
};
template <std::size_t... Sizes>
void spawn_waiting(std::index_sequence<Sizes...>) {
  (aside::spawn([](ballast<16 * Sizes + 1>) -> task<> { co_await wait_for_ever(); },
                ballast<16 * Sizes + 1>()),
   ...);
}

TEST(run, takes_no_later_task_in_the_main_task_s_memory_for_it) {
  const int code = aside::run(quiet(1), []() -> task<int> {
    aside::spawn([]() -> task<> {  // begins when the main task is gone; what it spawns is stopped
      spawn_waiting(std::make_index_sequence<40>());
      co_return;
    });
    co_return 3;
  });
  EXPECT_EQ(code, 3);
}

TEST(run, stops_and_awaits_what_is_left_when_the_main_task_has_ended) {
  auto book = std::make_shared<tally>();
  for (unsigned workers = 1; workers <= 8; ++workers) {
    const int code = aside::run(
        quiet(workers),
        [](std::shared_ptr<tally> b) -> task<int> {
          for (int i = 0; i < 100; ++i)
            aside::spawn(
                [](counted, int ms) -> task<> {
                  co_await aside::yield();
                  if (ms % 2 == 0) co_await aside::sleep_for(std::chrono::hours(ms + 1));
                  co_await wait_for_ever();
                },
                counted(b), i);
          for (int i = 0; i < 20; ++i)
            co_await aside::yield();
          co_return static_cast<int>(aside::info().workers);
        },
        book);
    EXPECT_EQ(code, static_cast<int>(workers));
    EXPECT_EQ(book->live, 0);
  }
}

TEST(run, works_many_times_one_after_the_other) {
  for (int i = 0; i < 200; ++i) {
    const int code = aside::run(quiet(1 + static_cast<unsigned>(i % 3)), &answer, i);
    EXPECT_EQ(code, i);
  }
}

/// For runtimes beside each other. liburing maps and unmaps rings by system calls that
/// ThreadSanitizer does not see, so an address that another thread's ring gets again is a race to it.
options beside(unsigned workers) {
  options o = quiet(workers);
#if defined(ASIDE_TSAN)
  o.engine(aside::engine_kind::epoll);
#endif
  return o;
}

TEST(run, works_in_several_threads_at_the_same_time) {
  std::vector<std::jthread> threads;
  std::atomic<int> sum = 0;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&sum, t] {
      for (int i = 0; i < 20; ++i) {
        sum += aside::run(beside(1 + static_cast<unsigned>(t % 2)), []() -> task<int> {
          auto done = std::make_shared<std::atomic<int>>(0);
          co_await aside::scope([&](nursery& n) -> task<> {
            for (int k = 0; k < 50; ++k)
              n.spawn(
                  [](std::shared_ptr<std::atomic<int>> d) -> task<> {
                    co_await aside::sleep_for(100us);
                    ++*d;
                  },
                  done);
            co_return;
          });
          co_return done->load();
        });
      }
    });
  }
  threads.clear();
  EXPECT_EQ(sum, 4 * 20 * 50);
}

TEST(run, lets_runtimes_signal_each_other) {
  aside::event to_first;
  aside::event to_second;
  std::jthread other([&] {
    EXPECT_EQ(0, aside::run(beside(1), [&]() -> task<> {
                for (int i = 0; i < 1000; ++i) {
                  co_await to_second.wait();
                  to_first.set();
                }
              }));
  });
  EXPECT_EQ(0, aside::run(beside(2), [&]() -> task<> {
              for (int i = 0; i < 1000; ++i) {
                to_second.set();
                co_await to_first.wait();
              }
            }));
}

TEST(info, names_engine_and_workers) {
  run_on(2, []() -> task<> {
    const aside::runtime_info i = aside::info();
    EXPECT_TRUE(i.engine == "epoll" || i.engine == "uring");
    EXPECT_FALSE(i.engine_reason.empty());
    EXPECT_EQ(i.workers, 2u);
    EXPECT_GE(i.live_tasks, 1u);
    co_return;
  });
}

TEST(info, counts_the_tasks_that_were_spawned_and_that_have_ended) {
  run_in([]() -> task<> {
    const aside::runtime_info before = aside::info();
    EXPECT_EQ(before.spawned_tasks, before.ended_tasks + 1);
    EXPECT_GE(before.turns, 1u);
    constexpr int count = 1000;
    co_await aside::scope([](nursery& n) -> task<> {
      for (int i = 0; i < count; ++i)
        n.spawn([]() -> task<> { co_await aside::yield(); });
      co_return;
    });
    const aside::runtime_info after = aside::info();
    EXPECT_EQ(after.spawned_tasks, before.spawned_tasks + count);
    EXPECT_EQ(after.ended_tasks, before.ended_tasks + count);
    EXPECT_GE(after.turns, before.turns + 2 * count);
  });
}

task<> stays_here() { co_return; }
task<> ends_when_told(aside::oneshot_receiver<> go) {
  static_cast<void>(co_await go.as_result());
}
task<> spawns_it(aside::oneshot_receiver<> go) {
  aside::spawn(&ends_when_told, std::move(go));
  co_return;
}

TEST(info, does_not_count_a_task_that_has_ended_away_from_its_core_while_that_sleeps) {
  run_on(2, []() -> task<> {
    auto ends = aside::oneshot<>();
    auto* const both = &ends;
    const unsigned other = 1 - aside::detail::this_core_index();
    co_await aside::scope([both, other](nursery& n) -> task<> {
      n.spawn_local(&stays_here);  // and so does this one
      aside::detail::start_on(n,
                              aside::detail::make_task(std::source_location::current(), &spawns_it,
                                                       std::move(both->receiver)),
                              other);
      co_return;
    });
    const auto& idle = aside::detail::this_core()->rt.idle;
    while (!idle.sleeps(other))
      co_await aside::yield();
    const std::uint64_t ended = aside::info().ended_tasks;
    ends.sender.set();
    while (aside::info().ended_tasks == ended)
      co_await aside::yield();
    EXPECT_EQ(aside::info().live_tasks, 1u) << "this one";
  });
}

/// What fn returns, or exits with, in a process of its own.
template <class F>
int exit_code_in_child(F fn) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(fn());
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

TEST(run, returns_128_and_the_signal_that_stopped_it) {
  for (const int signal : {SIGTERM, SIGINT}) {
    for (const unsigned workers : {1u, 2u}) {
      const int code = exit_code_in_child([&] {
        return aside::run(
            options().workers(workers),
            [](int s) -> task<> {
              ::kill(::getpid(), s);
              co_await wait_for_ever();
            },
            signal);
      });
      EXPECT_EQ(code, 128 + signal);
    }
  }
}

TEST(run, awaits_scopes_and_their_children_after_a_signal) {
  const int code = exit_code_in_child([] {
    auto book = std::make_shared<tally>();
    const int by = aside::run(
        options().workers(2),
        [](std::shared_ptr<tally> b) -> task<> {
          co_await aside::scope([&](nursery& n) -> task<> {
            for (int i = 0; i < 100; ++i)
              n.spawn([](counted) -> task<> { co_await wait_for_ever(); }, counted(b));
            ::kill(::getpid(), SIGTERM);
            co_return;
          });
        },
        book);
    return book->live == 0 ? by : 3;
  });
  EXPECT_EQ(code, 128 + SIGTERM);
}

TEST(run, ends_at_once_at_the_second_signal) {
  const int code = exit_code_in_child([] {
    return aside::run(options().workers(1), []() -> task<> {
      ::kill(::getpid(), SIGTERM);
      struct blocks {
        blocks() = default;
        blocks(const blocks&) = delete;
        ~blocks() {
          for (;;)
            ::kill(::getpid(), SIGTERM);  // those within 100 ms are taken for the first
        }
      } in_the_way;
      co_await wait_for_ever();
    });
  });
  EXPECT_EQ(code, -SIGTERM);
}

TEST(run, leaves_signals_alone_when_told_to) {
  const int code = exit_code_in_child([] {
    return aside::run(quiet(1), []() -> task<> {
      ::kill(::getpid(), SIGTERM);
      co_await wait_for_ever();
    });
  });
  EXPECT_EQ(code, -SIGTERM);
}

TEST(run, restores_the_signal_mask) {
  sigset_t before;
  sigset_t after;
  ::pthread_sigmask(SIG_BLOCK, nullptr, &before);
  EXPECT_EQ(aside::run(options().workers(2), &answer, 1), 1);
  ::pthread_sigmask(SIG_BLOCK, nullptr, &after);
  EXPECT_EQ(::sigismember(&before, SIGTERM), ::sigismember(&after, SIGTERM));
  EXPECT_EQ(::sigismember(&before, SIGINT), ::sigismember(&after, SIGINT));
}

TEST(run_death, inside_a_runtime_says_what_to_do) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(run_on(1,
                      []() -> task<> {
                        static_cast<void>(aside::run(quiet(1), &answer, 1));
                        co_return;
                      }),
               "co_await the function instead.*\n.*run_test.cpp:");
}

task<> fails(std::string reason) {
  co_await aside::yield();
  throw std::runtime_error(reason);
}

TEST(run, names_the_line_that_called_it_when_the_main_task_fails) {
  testing::internal::CaptureStderr();
  const unsigned line = __LINE__ + 1;
  const int code = aside::run(quiet(1), &fails, "the main reason");
  const std::string said = testing::internal::GetCapturedStderr();
  EXPECT_EQ(code, 1);
  EXPECT_NE(said.find("the main task, run at "), std::string::npos) << said;
  EXPECT_NE(said.find("run_test.cpp:" + std::to_string(line) + " failed: the main reason"),
            std::string::npos)
      << said;
}

TEST(run, says_that_its_main_task_was_stopped_from_inside) {
  const auto stops_itself = []() -> task<int> {
    const int never = co_await aside::scope([](nursery& n) -> task<int> {
      n.request_stop();
      co_await wait_for_ever();
      co_return 3;
    });
    co_return never;
  };
  testing::internal::CaptureStderr();
  const unsigned line = __LINE__ + 1;
  const int code = aside::run(quiet(1), stops_itself);
  const std::string said = testing::internal::GetCapturedStderr();
  EXPECT_EQ(code, 1);
  EXPECT_NE(said.find("the main task, run at "), std::string::npos) << said;
  EXPECT_NE(said.find("run_test.cpp:" + std::to_string(line) + " was stopped from inside"),
            std::string::npos)
      << said;
}

TEST(run, lets_an_exception_win_over_a_signal_and_a_signal_over_the_value) {
  for (const bool fails_too : {false, true}) {
    const int code = exit_code_in_child([&] {
      return aside::run(
          options().workers(1),
          [](bool also) -> task<int> {
            ::kill(::getpid(), SIGTERM);
            co_await aside::try_stopped(wait_for_ever());
            if (also) throw std::runtime_error("after the signal");
            co_return 7;
          },
          fails_too);
    });
    EXPECT_EQ(code, fails_too ? 1 : 128 + SIGTERM);
  }
}

TEST(run, prints_the_name_of_a_task_that_fails) {
  testing::internal::CaptureStderr();
  run_in([]() -> task<> {
    co_await aside::supervise([](nursery& n) -> task<> {
      n.spawn(aside::task_name("reader"), &fails, std::string("by supervise"));
      n.spawn(&fails, std::string("without a name"));
      aside::spawn(aside::task_name("writer"), &fails, std::string("detached"));
      co_return;
    });
  });
  const std::string said = testing::internal::GetCapturedStderr();
  for (const char* const part :
       {"aside: the task \"reader\" spawned at ", " failed: by supervise\n",
        "aside: the task \"writer\" spawned at ", " failed: detached\n", "aside: a task spawned at "})
    EXPECT_NE(said.find(part), std::string::npos) << part << said;
}

constexpr const char* commands = "a\033[2Jb\nc\x7f\u009b31md \u00e9\u0080\u009f\u00a0";
constexpr const char* no_commands = "a?[2Jb?c??31md \u00e9??\u00a0";

TEST(run, prints_no_control_characters_of_what_has_failed) {
  testing::internal::CaptureStderr();
  const int code = aside::run(quiet(1), []() -> task<> {
    co_await aside::supervise([](nursery& n) -> task<> {
      n.spawn(&fails, std::string(commands));
      co_return;
    });
    const auto throws_when_stopped = []() -> task<> {
      co_await aside::try_stopped(wait_for_ever());
      throw std::runtime_error(commands);
    };
    const auto wins = []() -> task<> { co_return; };
    co_await aside::race(wins(), throws_when_stopped());
    throw std::runtime_error(commands);
  });
  EXPECT_EQ(code, 1);
  const std::string said = testing::internal::GetCapturedStderr();
  const std::string shown = std::string("failed: ") + no_commands + "\n";
  std::size_t times = 0;
  for (std::size_t at = 0; (at = said.find(shown, at)) != std::string::npos; ++at)
    ++times;
  EXPECT_EQ(times, 3u) << said;
}

TEST(task_name, has_no_control_characters) {
  EXPECT_EQ(aside::task_name(commands).view(), no_commands);
  EXPECT_EQ(aside::task_name("\u009b").view(), "?");
  EXPECT_EQ(aside::task_name("\xc2").view(), "\xc2");
  EXPECT_EQ(aside::task_name(std::string(30, 'x') + "\u009b").view(), std::string(30, 'x'));
}

TEST(task_name, is_cut_between_characters) {
  using aside::task_name;
  const std::string thirty(30, 'x');
  EXPECT_EQ(task_name(thirty + "y").view(), thirty + "y");
  EXPECT_EQ(task_name(thirty + "yz").view(), thirty + "y");
  EXPECT_EQ(task_name(thirty + "\u00e9").view(), thirty);                 // two bytes
  EXPECT_EQ(task_name(thirty + "\u20ac").view(), thirty);                 // three
  EXPECT_EQ(task_name(thirty.substr(2) + "\U0001f600").view(), thirty.substr(2));
  EXPECT_EQ(task_name(thirty.substr(3) + "\U0001f600z").view(), thirty.substr(3) + "\U0001f600");
  EXPECT_EQ(task_name(thirty.substr(1) + "\u00e9z").view(), thirty.substr(1) + "\u00e9");
  EXPECT_EQ(task_name(std::string(40, '\x80')).view(), std::string(28, '\x80')) << "no character at all";
}

TEST(run, refuses_more_workers_than_there_can_be) {
  try {
    static_cast<void>(aside::run(quiet(1000), &answer, 1));
    ADD_FAILURE() << "it ran";
  } catch (const std::invalid_argument& e) {
    EXPECT_STREQ(e.what(), "aside: options::workers(1000): a runtime has at most 64");
  }
  EXPECT_EQ(aside::run(quiet(64), &answer, 3), 3);
}

TEST(run, leaves_an_ignored_signal_ignored_and_hears_the_other) {
  const int code = exit_code_in_child([] {
    ::signal(SIGINT, SIG_IGN);
    return aside::run(options().workers(2), []() -> task<> {
      ::kill(::getpid(), SIGINT);
      ::kill(::getpid(), SIGINT);
      ::kill(::getpid(), SIGTERM);
      co_await wait_for_ever();
    });
  });
  EXPECT_EQ(code, 128 + SIGTERM);
}

TEST(run, needs_no_signal_that_is_heard) {
  const int code = exit_code_in_child([] {
    ::signal(SIGINT, SIG_IGN);
    ::signal(SIGTERM, SIG_IGN);
    return aside::run(options().workers(1), []() -> task<int> {
      ::kill(::getpid(), SIGTERM);
      co_await aside::sleep_for(1ms);
      co_return 7;
    });
  });
  EXPECT_EQ(code, 7);
}

TEST(info_death, outside_a_runtime_names_the_caller) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(static_cast<void>(aside::info()), "info was called outside.*\n.*run_test.cpp:");
}

}  // namespace
