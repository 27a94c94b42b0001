// expect: an argument of blocking or compute may not move to another thread

#include <aside/aside.hpp>

#include <mutex>

void store(int row);
void store_locked(std::unique_lock<std::mutex> held);

aside::task<> work(std::mutex& table) {
#ifdef ASIDE_FIXED
  static_cast<void>(table);
  co_await aside::blocking(store, 1);
#else
  std::unique_lock<std::mutex> lock(table);
  co_await aside::blocking(store_locked, std::move(lock));
#endif
}
