// expect: an argument of spawn may not move to another core

#include <aside/aside.hpp>

#include <mutex>
#include <utility>

aside::task<> save(int value);
aside::task<> save_locked(std::unique_lock<std::mutex> lock);

void start() {
  std::mutex mutex;
  std::unique_lock lock(mutex);
#ifdef ASIDE_FIXED
  lock.unlock();
  aside::spawn(save, 3);
#else
  aside::spawn(save_locked, std::move(lock));
#endif
}
