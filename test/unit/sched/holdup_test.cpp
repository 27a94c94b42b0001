#include <aside/stop.hpp>

#include "unit/run_test.hpp"

#include <unistd.h>
#include <array>
#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <thread>

namespace {

using aside::task;
using namespace aside_test;
using namespace std::chrono_literals;

task<> waits(std::shared_ptr<aside::event> e) { co_await e->wait(); }
task<> keeps_waiting(std::shared_ptr<aside::event> e) { co_await aside::shield(waits(e)); }

task<> begins_anew(std::shared_ptr<std::atomic<bool>> enough) {
  while (!enough->load()) {
    const auto out = co_await aside::try_stopped([]() -> task<> { co_await wait_for_ever(); }());
    EXPECT_FALSE(out.has_value());
  }
}

// One waits in a core that nobody drives any more, the other never lets its core sleep. Both are let go
// when both have been named.
TEST(holdup, is_named_after_five_seconds) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe(ends.data()), 0);
  const int real = ::dup(STDERR_FILENO);
  ::dup2(ends[1], STDERR_FILENO);
  ::close(ends[1]);
  const auto told = std::make_shared<aside::event>();
  const auto enough = std::make_shared<std::atomic<bool>>(false);
  const int line = __LINE__ + 4;
  std::string said;
  auto waiting = std::make_unique<aside::runtime>(quiet(1).watchdog(false));
  auto busy = std::make_unique<aside::runtime>(quiet(1).watchdog(false));
  waiting->spawn(&keeps_waiting, told);
  busy->spawn(&begins_anew, enough);
  waiting->block_on([]() -> task<> { co_await aside::sleep_for(5ms); });
  std::thread reader([&] {
    std::array<char, 512> some{};
    const auto names = [&](int at) {
      return said.find("holdup_test.cpp:" + std::to_string(at)) != std::string::npos;
    };
    for (ssize_t n = 1; n > 0 && !(names(line) && names(line + 1));) {
      n = ::read(ends[0], some.data(), some.size());
      said.append(some.data(), n > 0 ? static_cast<std::size_t>(n) : 0);
    }
    told->set();
    *enough = true;
  });
  const auto began = std::chrono::steady_clock::now();
  std::thread other([&] { busy.reset(); });
  waiting.reset();
  other.join();
  reader.join();
  ::dup2(real, STDERR_FILENO);
  ::close(real);
  ::close(ends[0]);
  EXPECT_GE(std::chrono::steady_clock::now() - began, 5s);
  EXPECT_NE(said.find("asked to stop 5 s ago"), std::string::npos) << said;
  EXPECT_NE(said.find("wait for an event"), std::string::npos) << said;
}

}  // namespace
