// expect: the body of a scope must take an aside::nursery&

#include <aside/aside.hpp>

aside::task<> work() {
#ifdef ASIDE_FIXED
  co_await aside::supervise([](aside::nursery&) -> aside::task<> { co_return; });
#else
  co_await aside::supervise([]() -> aside::task<> { co_return; });
#endif
}
