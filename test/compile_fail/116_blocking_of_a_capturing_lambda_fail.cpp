// expect: the function of blocking and compute cannot capture, since its call may outlive the task

#include <aside/aside.hpp>

int factorise(int number);

aside::task<int> work(int number) {
#ifdef ASIDE_FIXED
  co_return co_await aside::blocking(factorise, number);
#else
  co_return co_await aside::blocking([&] { return factorise(number); });
#endif
}
