// expect: a task that may run on any core cannot capture

#include <aside/aside.hpp>

#include <vector>

aside::task<> add(int n);

aside::task<> work(std::vector<int> numbers) {
  int sum = 0;
#ifdef ASIDE_FIXED
  co_await aside::each(numbers, 4, add);
#else
  co_await aside::each(numbers, 4, [&](int n) -> aside::task<> {
    sum += n;
    co_return;
  });
#endif
  static_cast<void>(sum);
}
