// expect: aside: a branch is a task or an operation

#include <aside/aside.hpp>
#include <aside/race.hpp>

#include <chrono>

aside::task<> save();

aside::task<> work() {
#ifdef ASIDE_FIXED
  auto parts = co_await aside::race(save(), aside::sleep_for(std::chrono::seconds(1)));
#else
  auto parts = co_await aside::race(save, aside::sleep_for(std::chrono::seconds(1)));
#endif
  static_cast<void>(parts);
}
