// expect: an operation does nothing until it is awaited
// flags: -Werror=unused-result -Werror=unused-value

#include <aside/aside.hpp>

aside::task<> work(aside::oneshot_receiver<int> answer) {
#ifdef ASIDE_FIXED
  co_await answer.as_result();
#else
  answer.as_result();
  co_return;
#endif
}
