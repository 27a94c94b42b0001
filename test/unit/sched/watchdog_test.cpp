#include "unit/run_test.hpp"
#include "unit/sched/held_turns.hpp"

#include "sched/runtime.hpp"
#include "scope/start_on.hpp"

#include <sys/syscall.h>
#include <unistd.h>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <source_location>
#include <thread>
#include <vector>

namespace {

using aside::held_turn;
using aside::nursery;
using aside::task;
using namespace aside_test;
using namespace std::chrono_literals;

/// Runs fn with the hook set; what it was told.
template <class F>
std::vector<held_turn> watched(unsigned workers, F fn) {
  held_turns::clear();
  EXPECT_EQ(aside::run(quiet(workers).on_held(&held_turns::keep), fn), 0);
  return held_turns::all();
}

constexpr int spawn_line = __LINE__ + 2;
void spawn_blocking(nursery& n) {
  n.spawn([]() -> task<> {
    int ends[2];
    EXPECT_EQ(::pipe(ends), 0);
    std::thread writer([&] {
      held_turns::await(1);
      EXPECT_EQ(::write(ends[1], "x", 1), 1);
    });
    char c = 0;
    EXPECT_EQ(::read(ends[0], &c, 1), 1);  // blocks its core until it has been reported
    writer.join();
    ::close(ends[0]);
    ::close(ends[1]);
    co_return;
  });
}

TEST(watchdog, names_the_task_and_the_system_call_that_blocks_its_core) {
  for (const unsigned workers : {1u, 2u}) {
    const auto told = watched(workers, []() -> task<> {
      co_await aside::scope([](nursery& n) -> task<> {
        spawn_blocking(n);
        co_return;
      });
      EXPECT_GE(aside::info().held_turns, 1u);
    });
    EXPECT_FALSE(told.empty());
    if (told.empty()) continue;
    EXPECT_EQ(told[0].task.line(), static_cast<unsigned>(spawn_line));
    EXPECT_EQ(told[0].system_call, SYS_read);
    EXPECT_GE(told[0].time, 10ms);
    EXPECT_LT(told[0].core, workers);
  }
}

TEST(watchdog, notices_a_task_that_computes) {
  const auto told = watched(1, []() -> task<> {
    while (held_turns::count() == 0) {
    }
    co_return;
  });
  EXPECT_FALSE(told.empty());
  if (told.empty()) return;
  EXPECT_TRUE(told[0].main_task);
  EXPECT_LT(told[0].system_call, 0);
}

/// Computes for so long that the watchdog should have had a closer look.
void hold_the_core() {
  const auto until = std::chrono::steady_clock::now() +
                     2 * std::chrono::nanoseconds(aside::detail::look_pace::close);
  while (std::chrono::steady_clock::now() < until) {
  }
}

bool suspicious() { return aside::detail::this_core()->rt.dog.pace.suspicious(); }

// A core that sleeps most of the time may be held between two looks.
TEST(watchdog, looks_closely_after_a_core_was_held) {
  run_on(1, []() -> task<> {
    hold_the_core();
    co_await aside::sleep_for(1ms);
    EXPECT_TRUE(suspicious());
  });
}

TEST(watchdog, looks_closely_after_a_thread_from_outside_was_held) {
  for (const bool runs_tasks : {true, false}) {
    aside::runtime rt(quiet(1).block_on_runs_tasks(runs_tasks));
    rt.block_on([]() -> task<> {
      hold_the_core();
      co_return;
    });
    EXPECT_TRUE(rt.block_on([]() -> task<bool> { co_return suspicious(); }));
  }
}

TEST(watchdog, gives_the_name_of_the_task) {
  const auto told = watched(1, []() -> task<> {
    aside::set_name("the culprit");
    while (held_turns::count() == 0) {
    }
    co_return;
  });
  EXPECT_FALSE(told.empty());
  if (told.empty()) return;
  EXPECT_EQ(told[0].name.view(), "the culprit");
}

TEST(watchdog, says_so_on_stderr_without_a_hook) {
  testing::internal::CaptureStderr();
  EXPECT_EQ(aside::run(quiet(1),
                       []() -> task<> {
                         while (aside::info().held_turns == 0) {
                         }
                         std::this_thread::sleep_for(20ms);
                         co_return;
                       }),
            0);
  const std::string said = testing::internal::GetCapturedStderr();
  EXPECT_NE(said.find("the main task has held core 0 for "), std::string::npos) << said;
}

TEST(watchdog, is_silent_while_tasks_wait_and_about_short_turns) {
  const auto told = watched(2, []() -> task<> {
    co_await aside::scope([](nursery& n) -> task<> {
      for (int i = 0; i < 10; ++i)
        n.spawn([]() -> task<> {
          for (int k = 0; k < 30; ++k) {
            co_await aside::sleep_for(1ms);
            co_await aside::yield();
          }
        });
      co_await aside::sleep_for(60ms);
    });
    EXPECT_EQ(aside::info().held_turns, 0u);
  });
  EXPECT_TRUE(told.empty());
}

/// How often the watchdog's thread was given a processor.
long runs_of_the_watchdog() {
  for (const auto& each : std::filesystem::directory_iterator("/proc/self/task")) {
    std::string name;
    std::ifstream(each.path() / "comm") >> name;
    if (name != "aside-watch") continue;
    long on_cpu = 0;
    long waited = 0;
    long runs = 0;
    std::ifstream(each.path() / "schedstat") >> on_cpu >> waited >> runs;
    return runs;
  }
  return -1;
}

TEST(watchdog, rests_while_every_core_sleeps_and_looks_again_when_one_wakes) {
  long while_idle = -1;
  auto until_told = 0ms;
  const auto told = watched(2, [&]() -> task<> {
    aside::event seen;
    std::thread beside([&] {
      // On a loaded machine the cores may not sleep yet the first time.
      for (int i = 0; i < 10 && while_idle != 0; ++i) {
        const long before = runs_of_the_watchdog();
        std::this_thread::sleep_for(1200ms);
        while_idle = runs_of_the_watchdog() - before;
      }
      seen.set();
    });
    // With a timer: without one it would look for what may be amiss.
    const auto in_time =
        co_await aside::timeout(60s, [&]() -> task<> { co_await seen.wait(); }());
    EXPECT_TRUE(in_time);
    beside.join();
    const auto began = std::chrono::steady_clock::now();
    while (held_turns::count() == 0) {
    }
    until_told = std::chrono::duration_cast<std::chrono::milliseconds>(
        std::chrono::steady_clock::now() - began);
  });
  EXPECT_FALSE(told.empty());
  EXPECT_EQ(while_idle, 0);
  EXPECT_LT(until_told, 500ms) << "the rest was not ended";
}

TEST(watchdog, that_is_switched_off_says_nothing) {
  held_turns::clear();
  EXPECT_EQ(aside::run(quiet(1).watchdog(false).on_held(&held_turns::keep),
                       []() -> task<> {
                         const auto until = std::chrono::steady_clock::now() + 60ms;
                         while (std::chrono::steady_clock::now() < until) {
                         }
                         EXPECT_EQ(aside::info().held_turns, 0u);
                         co_return;
                       }),
            0);
  EXPECT_EQ(held_turns::count(), 0u);
}

/// Two tasks that wait for one another, until an alarm ends the process.
[[noreturn]] void wait_in_a_circle() {
  ::alarm(sanitized ? 4 : 2);
  aside::run(quiet(2), []() -> task<> {
    aside::event a;
    aside::event b;
    co_await aside::scope([&](nursery& n) -> task<> {
      n.spawn_local([&]() -> task<> {
        co_await a.wait();
        b.set();
      });
      co_await b.wait();
    });
  });
  std::abort();
}

TEST(watchdog_death, dumps_the_tasks_when_nothing_can_wake_them) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
#if defined(ASIDE_TSAN)
  // The sanitizer has a thread of its own, which for all that we know could set an event.
  const char* const says = "";
#else
  const char* const says = "nothing is left that could wake these tasks(.|\n)*wait for an event";
#endif
  EXPECT_EXIT(wait_in_a_circle(), testing::KilledBySignal(SIGALRM), says);
}

task<> ends_at_once() { co_return; }

/// A scope with a child on each core ends while the other core sleeps; that is told of it lazily.
[[noreturn]] void wait_beside_a_core_with_mail() {
  ::alarm(sanitized ? 6 : 4);
  aside::run(quiet(2), []() -> task<> {
    co_await aside::scope([](nursery& n) -> task<> {
      const unsigned other = 1 - aside::detail::this_core_index();
      n.spawn_local([other]() -> task<> {  // the scope's own task stays here too
        const aside::detail::core& c = *aside::detail::this_core()->rt.cores[other];
        while (c.has_mail() || !c.rt.idle.sleeps(other))
          co_await aside::yield();
      });
      aside::detail::start_on(
          n, aside::detail::make_task(std::source_location::current(), &ends_at_once), other);
      co_return;
    });
    const unsigned other = 1 - aside::detail::this_core_index();
    if (!aside::detail::this_core()->rt.cores[other]->has_mail()) std::abort();
    co_await wait_for_ever();
  });
  std::abort();
}

TEST(watchdog_death, dumps_the_tasks_when_a_core_sleeps_on_mail) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
#if defined(ASIDE_TSAN)
  const char* const says = "";
#else
  const char* const says = "nothing is left that could wake these tasks(.|\n)*wait for an event";
#endif
  EXPECT_EXIT(wait_beside_a_core_with_mail(), testing::KilledBySignal(SIGALRM), says);
}

TEST(watchdog, is_silent_about_tasks_that_a_timer_or_a_thread_will_wake) {
  testing::internal::CaptureStderr();
  run_in([]() -> task<> {
    aside::event e;
    std::thread later([&] {
      std::this_thread::sleep_for(500ms);
      e.set();
    });
    co_await e.wait();
    later.join();
    co_await aside::sleep_for(500ms);
  });
  const std::string said = testing::internal::GetCapturedStderr();
  EXPECT_EQ(said.find("nothing is left"), std::string::npos) << said;
}

}  // namespace
