// expect: a branch is a task or an operation: of a oneshot's receiver write race(receiver.as_result()

#include <aside/aside.hpp>

#include <chrono>

void use(int value);

aside::task<> work(aside::oneshot_receiver<int> receiver) {
#ifdef ASIDE_FIXED
  auto [value, late] =
      co_await aside::race(receiver.as_result(), aside::sleep_for(std::chrono::seconds(1)));
  if (value && *value) use(**value);
#else
  auto [value, late] = co_await aside::race(receiver, aside::sleep_for(std::chrono::seconds(1)));
  if (value) use(*value);
#endif
  static_cast<void>(late);
}
