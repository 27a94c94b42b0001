#include <aside/stop.hpp>

#include "unit/run_test.hpp"

#include <atomic>
#include <chrono>
#include <memory>
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

// One waits in a core that nobody drives any more, the other never lets its core sleep.
TEST(holdup, is_named_after_five_seconds) {
  testing::internal::CaptureStderr();
  const auto told = std::make_shared<aside::event>();
  const auto enough = std::make_shared<std::atomic<bool>>(false);
  int line = 0;
  {
    auto waiting = std::make_unique<aside::runtime>(quiet(1).watchdog(false));
    auto busy = std::make_unique<aside::runtime>(quiet(1).watchdog(false));
    line = __LINE__ + 1;
    waiting->spawn(&keeps_waiting, told);
    busy->spawn(&begins_anew, enough);
    waiting->block_on([]() -> task<> { co_await aside::sleep_for(5ms); });
    std::thread other([&] { busy.reset(); });
    std::thread later([&] {
      std::this_thread::sleep_for(sanitized ? 9s : 6s);
      told->set();
      *enough = true;
    });
    waiting.reset();
    other.join();
    later.join();
  }
  const std::string said = testing::internal::GetCapturedStderr();
  EXPECT_NE(said.find("asked to stop 5 s ago"), std::string::npos) << said;
  EXPECT_NE(said.find("wait for an event"), std::string::npos) << said;
  for (const int each : {line, line + 1})
    EXPECT_NE(said.find("holdup_test.cpp:" + std::to_string(each)), std::string::npos) << said;
}

}  // namespace
