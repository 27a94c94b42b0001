// expect: the result of a joinable task may not move to another core

#include <aside/aside.hpp>

#include <mutex>

aside::task<int> count();
aside::task<std::unique_lock<std::mutex>> lock_it();

void start() {
#ifdef ASIDE_FIXED
  auto counted = aside::spawn_joinable(count);
#else
  auto locked = aside::spawn_joinable(lock_it);
#endif
}
