// expect: the result of a joinable task may not move to another core: return a sendable value

#include <aside/aside.hpp>

#include <mutex>
#include <vector>

struct held {
#ifdef ASIDE_FIXED
  int lock;
#else
  std::unique_lock<std::mutex> lock;
#endif
  std::vector<held> below;
};
aside::task<held> take(int which);

aside::task<> work() {
  auto handle = aside::spawn_joinable(take, 3);
  const held got = co_await handle.join();
  (void)got;
}
