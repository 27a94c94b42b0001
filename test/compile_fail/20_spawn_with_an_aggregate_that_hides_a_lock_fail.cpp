// expect: an argument of spawn may not move to another core

#include <aside/aside.hpp>

#include <mutex>
#include <utility>

struct locked_order {
  int number;
  std::unique_lock<std::mutex> lock;
};
aside::task<> save(int number);
aside::task<> save_locked(locked_order order);

void start() {
  std::mutex mutex;
  std::unique_lock lock(mutex);
#ifdef ASIDE_FIXED
  lock.unlock();
  aside::spawn(save, 3);
#else
  aside::spawn(save_locked, locked_order{3, std::move(lock)});
#endif
}
