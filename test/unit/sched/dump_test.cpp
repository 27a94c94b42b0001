#include <aside/dump.hpp>
#include <aside/operation.hpp>

#include "unit/run_test.hpp"

#include <fcntl.h>
#include <unistd.h>
#include <chrono>
#include <thread>

namespace {

using aside::nursery;
using aside::task;
using namespace aside_test;
using namespace std::chrono_literals;

class pipe_text {
 public:
  pipe_text() { EXPECT_EQ(::pipe2(ends_, O_CLOEXEC), 0); }
  pipe_text(const pipe_text&) = delete;
  ~pipe_text() {
    ::close(ends_[0]);
    ::close(ends_[1]);
  }
  [[nodiscard]] int in() const { return ends_[1]; }
  /// Waits for a text that ends as a dump does.
  std::string read() {
    std::string all;
    char room[4096];
    do {
      const ssize_t n = ::read(ends_[0], room, sizeof room);
      if (n <= 0) break;
      all.append(room, static_cast<std::size_t>(n));
    } while (!all.ends_with("\n"));
    return all;
  }

 private:
  int ends_[2];
};

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}
std::string at(int line, const char* then) {
  return "dump_test.cpp:" + std::to_string(line) + " > " + then;
}

constexpr int inner_line = __LINE__ + 1;
task<> inner(aside::event& e) { co_await e.wait(); }
constexpr int outer_line = __LINE__ + 1;
task<> outer(aside::event& e) { co_await inner(e); }

TEST(dump_tasks, shows_the_lines_of_every_await_and_the_operation) {
  for (const unsigned workers : {1u, 2u}) {
    pipe_text out;
    run_on(workers, [&]() -> task<> {
      aside::event e;
      co_await aside::scope([&](nursery& n) -> task<> {
        n.spawn_local(&outer, std::ref(e));
        n.spawn([]() -> task<> { co_await aside::sleep_for(1h); });
        co_await aside::yield();
        co_await aside::sleep_for(2ms);
        aside::dump_tasks(out.in());
        co_await aside::sleep_for(2ms);
        n.request_stop();
      });
    });
    const std::string text = out.read();
    EXPECT_TRUE(has(text, "the main task: ")) << text;
    EXPECT_TRUE(has(text, "a task spawned at test/unit/sched/dump_test.cpp:")) << text;
    const std::string chain =
        at(outer_line, "") + "test/unit/sched/" + at(inner_line, "wait for an event");
    EXPECT_TRUE(has(text, chain)) << text << "\nwithout " << chain;
    EXPECT_TRUE(has(text, "> sleep")) << text;
    EXPECT_FALSE(has(text, "scope.hpp")) << text;
  }
}

/// Never done; a stop finds it where it was.
class ASIDE_AWAIT_IT own_wait : public aside::operation<own_wait> {
 public:
  static constexpr const char* name = "wait for the moon";
  bool attempt() noexcept { return false; }
  bool publish(aside::waiter) noexcept { return true; }
  bool withdraw() noexcept { return true; }
  void await_resume() const noexcept {}
};

TEST(dump_tasks, names_an_operation_of_ones_own) {
  pipe_text out;
  run_on(1, [&]() -> task<> {
    co_await aside::scope([&](nursery& n) -> task<> {
      n.spawn_local([]() -> task<> { co_await own_wait(); });
      co_await aside::yield();
      co_await aside::yield();
      aside::dump_tasks(out.in());
      co_await aside::sleep_for(2ms);
      n.request_stop();
    });
  });
  const std::string text = out.read();
  EXPECT_TRUE(has(text, "> wait for the moon")) << text;
}

TEST(dump_tasks, shows_branches_below_their_task) {
  pipe_text out;
  run_on(1, [&]() -> task<> {
    aside::event e;
    co_await aside::scope([&](nursery& n) -> task<> {
      n.spawn_local([&]() -> task<> {
        auto parts = co_await aside::race(outer(e), aside::sleep_for(1h), [&]() -> task<> {
          co_await aside::all(wait_for_ever(), wait_for_ever());
        }());
        static_cast<void>(parts);
      });
      co_await aside::sleep_for(2ms);
      aside::dump_tasks(out.in());
      co_await aside::yield();
      n.request_stop();
    });
  });
  const std::string text = out.read();
  std::size_t branches = 0;
  for (std::size_t i = text.find("branch:"); i != std::string::npos;
       i = text.find("branch:", i + 1))
    ++branches;
  EXPECT_EQ(branches, 5u) << text;
  EXPECT_TRUE(has(text, at(inner_line, "wait for an event"))) << text;
  EXPECT_TRUE(has(text, "\n      branch:")) << text;
  EXPECT_TRUE(has(text, "\n        branch:")) << text;
}

/// What the dump says of how long the task whose line has `part` has been so, in ms; -1: nothing.
std::int64_t age_in(const std::string& text, const std::string& part) {
  const std::size_t line = text.find(part);
  if (line == std::string::npos) return -1;
  const std::string rest = text.substr(line, text.find('\n', line) - line);
  const std::size_t age = rest.rfind(", for ");
  if (age == std::string::npos || !rest.ends_with(" ms")) return -1;
  return std::stoll(rest.substr(age + 6));
}

TEST(dump_tasks, says_how_long_each_task_has_been_waiting) {
  pipe_text out;
  run_on(1, [&]() -> task<> {
    co_await aside::scope([&](nursery& n) -> task<> {
      n.spawn_local(aside::task_name("early"), []() -> task<> { co_await wait_for_ever(); });
      n.spawn_local(aside::task_name("branches"), []() -> task<> {
        auto parts = co_await aside::race(wait_for_ever(), []() -> task<> {
          co_await aside::sleep_for(100ms);
          co_await wait_for_ever();
        }());
        static_cast<void>(parts);
      });
      co_await aside::sleep_for(100ms);
      n.spawn_local(aside::task_name("late"), []() -> task<> { co_await wait_for_ever(); });
      n.spawn_local(aside::task_name("yields"), []() -> task<> {
        for (;;)
          co_await aside::yield();
      });
      co_await aside::sleep_for(2ms);
      n.spawn_local(aside::task_name("fresh"), []() -> task<> { co_return; });
      aside::dump_tasks(out.in());
      co_await aside::sleep_for(2ms);
      n.request_stop();
    });
  });
  const std::string text = out.read();
  const std::int64_t early = age_in(text, "\"early\"");
  const std::int64_t late = age_in(text, "\"late\"");
  const std::int64_t both = age_in(text, "\"branches\"");
  EXPECT_GE(early, 96) << text;  // the clock's steps are 4 ms
  EXPECT_GE(late, 0) << text;
  EXPECT_GE(early - late, 90) << text;
  EXPECT_GE(both, 96) << text;
  EXPECT_EQ(age_in(text, "\"yields\""), -1) << text;
}

TEST(dump_tasks, says_how_long_a_task_has_not_begun_and_how_long_one_may_have_run) {
  pipe_text out;
  static std::atomic<int> step;
  step = 0;
  std::string text;
  EXPECT_EQ(aside::run(quiet(2).watchdog(false),
                       [&]() -> task<> {
                         aside::spawn(aside::task_name("busy"), []() -> task<> {
                           step = 1;
                           while (step == 1) {
                           }
                           co_return;
                         });
                         // Makes room for itself: the first can be taken by the other core.
                         aside::spawn([]() -> task<> { co_return; });
                         while (step == 0) {  // until the other core has taken it
                         }
                         aside::spawn(aside::task_name("fresh"), []() -> task<> { co_return; });
                         aside::dump_tasks(out.in());
                         co_await aside::yield();
                         text = out.read();
                         step = 2;
                       }),
            0);
  EXPECT_TRUE(has(text, "the task \"busy\" spawned at ")) << text;
  EXPECT_TRUE(has(text, ": runs, for at most ")) << text;
  EXPECT_GE(age_in(text, "\"fresh\""), 0) << text;
  EXPECT_TRUE(has(text, " has not begun, for ")) << text;
  EXPECT_TRUE(has(text, "core 1 does not answer") || has(text, "core 0 does not answer")) << text;
}

TEST(dump_tasks, shows_names_given_at_spawn_and_from_inside) {
  for (const unsigned workers : {1u, 2u}) {
    pipe_text out;
    run_on(workers, [&]() -> task<> {
      aside::set_name("the first of all");
      co_await aside::scope([&](nursery& n) -> task<> {
        n.spawn(aside::task_name("by nursery"), []() -> task<> { co_await wait_for_ever(); });
        n.spawn(aside::task_name(""), []() -> task<> { co_await wait_for_ever(); });
        n.spawn(
            aside::task_name(std::string(100, 'x')),
            [](int, int, int, int) -> task<> { co_await wait_for_ever(); }, 1, 2, 3, 4);
        auto handle = n.spawn_joinable(
            aside::task_name("joinable"),
            [](int i) -> task<int> {
              co_await wait_for_ever();
              co_return i;
            },
            3);
        aside::spawn(aside::task_name("detached"), []() -> task<> { co_await wait_for_ever(); });
        n.spawn(aside::task_name("before"), []() -> task<> {
          aside::set_name("between");
          aside::set_name("after");
          co_await wait_for_ever();
        });
        n.spawn([]() -> task<> {
          const auto named = []() -> task<> {
            aside::set_name("by its branch");
            co_await wait_for_ever();
          };
          co_await aside::all(named(), wait_for_ever());
        });
        co_await aside::sleep_for(5ms);
        aside::dump_tasks(out.in());
        co_await aside::sleep_for(5ms);
        n.request_stop();
      });
    });
    const std::string text = out.read();
    const std::string file = "test/unit/sched/dump_test.cpp:";
    EXPECT_TRUE(has(text, "the main task \"the first of all\": ")) << text;
    for (const std::string name : {"by nursery", "joinable", "detached", "after", "by its branch"})
      EXPECT_TRUE(has(text, "the task \"" + name + "\" spawned at " + file)) << name << text;
    EXPECT_TRUE(has(text, "\"" + std::string(31, 'x') + "\" spawned")) << text;
    EXPECT_TRUE(has(text, "\n  a task spawned at " + file)) << text;
    EXPECT_FALSE(has(text,
                     "be"
                     "fore"))
        << text;
    EXPECT_FALSE(has(text, "between")) << text;
  }
}

task<> nested(int depth) {
  if (depth == 0) co_await wait_for_ever();
  if (depth != 0) co_await nested(depth - 1);
}
constexpr int nested_line = __LINE__ - 2;

int count_of(const std::string& text, const std::string& part) {
  int n = 0;
  for (std::size_t at = 0; (at = text.find(part, at)) != std::string::npos; ++at)
    ++n;
  return n;
}

TEST(dump_tasks, shows_the_innermost_64_awaits_of_a_task_and_of_each_branch) {
  pipe_text out;
  run_on(1, [&]() -> task<> {
    co_await aside::scope([&](nursery& n) -> task<> {
      n.spawn(&nested, 80);
      n.spawn([]() -> task<> { co_await aside::all(nested(80), nested(10)); });
      co_await aside::sleep_for(5ms);
      aside::dump_tasks(out.in());
      co_await aside::sleep_for(5ms);
      n.request_stop();
    });
  });
  const std::string text = out.read();
  // Two of the 64 are the wait in wait_for_ever and the await of that.
  EXPECT_EQ(count_of(text, at(nested_line, "")), 62 + 62 + 10) << text;
  EXPECT_EQ(count_of(text, " … >"), 2) << text;
}

TEST(dump_tasks, names_a_core_that_does_not_answer) {
  pipe_text out;
  std::string text;
  run_on(1, [&]() -> task<> {
    aside::dump_tasks(out.in());
    text = out.read();  // holds the core
    co_return;
  });
  EXPECT_TRUE(has(text, "core 0 does not answer")) << text;
}

TEST(dump_tasks, of_tasks_that_name_themselves_again_and_again) {
  pipe_text out;
  run_on(2, [&]() -> task<> {
    static std::atomic<bool> stop;
    stop = false;
    co_await aside::scope([&](nursery& n) -> task<> {
      for (const char* name :
           {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"})
        n.spawn_local(
            [](std::string mine) -> task<> {
              while (!stop) {
                for (int i = 0; i < 1000; ++i)
                  aside::set_name(std::string_view(mine).substr(0, i % 2 == 0 ? 31 : 16));
                co_await aside::yield();
              }
            },
            std::string(name));
      for (int i = 0; i < 20; ++i) {
        aside::dump_tasks(out.in());
        co_await aside::sleep_for(1ms);
        const std::string text = out.read();
        EXPECT_FALSE(has(text, "ab") || has(text, "ba")) << text;
      }
      stop = true;
    });
  });
}

TEST(dump_tasks, of_tasks_that_run_move_and_end_meanwhile) {
  run_on(2, []() -> task<> {
    static const int null = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
    bool over = false;
    co_await aside::scope([&](nursery& n) -> task<> {
      static std::atomic<bool> stop;
      stop = false;
      for (int i = 0; i < 20; ++i)
        n.spawn([]() -> task<> {
          while (!stop) {
            co_await aside::scope([](nursery& m) -> task<> {
              for (int k = 0; k < 10; ++k)
                m.spawn([]() -> task<> {
                  co_await aside::yield();
                  auto [a, b] = co_await aside::race(aside::sleep_for(1us), aside::sleep_for(1h));
                  static_cast<void>(a);
                  static_cast<void>(b);
                });
              co_return;
            });
          }
        });
      for (int i = 0; i < scaled(200); ++i) {
        aside::dump_tasks(null);
        co_await aside::sleep_for(1ms);
      }
      stop = true;
      over = true;
    });
    EXPECT_TRUE(over);
  });
}

TEST(dump_tasks_death, outside_a_runtime_names_the_caller) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(aside::dump_tasks(), "dump_tasks was called outside.*\n.*dump_test.cpp:");
}

TEST(set_name_death, outside_of_a_task_names_the_caller) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(aside::set_name("nobody"), "set_name was called outside.*\n.*dump_test.cpp:");
}

}  // namespace
