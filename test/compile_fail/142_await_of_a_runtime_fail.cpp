// expect: aside: a runtime is not awaited

#include <aside/aside.hpp>

aside::task<int> load(int key);

#ifdef ASIDE_FIXED
int work(aside::runtime& rt) { return rt.block_on(load, 3); }
#else
aside::task<> work(aside::runtime& rt) { co_await rt; }
#endif
