// expect: no member named 'return_void' in

#include <aside/aside.hpp>

#ifdef ASIDE_FIXED
aside::task<> work(bool urgent) {
  if (urgent) co_return;
}
#else
aside::task<int> work(bool urgent) {
  if (urgent) co_return;
  co_return 5;
}
#endif
