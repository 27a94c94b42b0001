#include <aside/dump.hpp>

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

}  // namespace
