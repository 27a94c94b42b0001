// expect: aside: of a oneshot's two ends the receiver is awaited

#include <aside/aside.hpp>

void use(int value);

aside::task<> work() {
  auto ends = aside::oneshot<int>();
#ifdef ASIDE_FIXED
  ends.sender.set(3);
  const int value = co_await ends.receiver;
#else
  ends.sender.set(3);
  const int value = co_await ends;
#endif
  use(value);
}
