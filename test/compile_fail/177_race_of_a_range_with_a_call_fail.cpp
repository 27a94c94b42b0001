// expect: aside: behind a range comes the function itself, not a task: write all(range, f)

#include <aside/aside.hpp>

#include <vector>

aside::task<int> load(int key);
void use(int value);

aside::task<> work(const std::vector<int>& keys) {
#ifdef ASIDE_FIXED
  auto values = co_await aside::race(keys, load);
#else
  auto values = co_await aside::race(keys, load(3));
#endif
  if (values.front()) use(*values.front());
}
