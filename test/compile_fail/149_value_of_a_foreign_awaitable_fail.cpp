// expect: aside: a task can only await aside's tasks and operations

#include <aside/aside.hpp>

#include <coroutine>

struct response {
  bool await_ready();
  void await_suspend(std::coroutine_handle<>);
  int await_resume();
};
aside::task<int> ask();
response ask_elsewhere();
void use(int value);

aside::task<> work() {
#ifdef ASIDE_FIXED
  const int answer = co_await ask();
#else
  const int answer = co_await ask_elsewhere();
#endif
  use(answer);
}
