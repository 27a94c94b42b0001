// expect: a std::function cannot return a task: use a pointer to a function

#include <aside/aside.hpp>

#include <functional>

aside::task<> save(int value);

void start() {
#ifdef ASIDE_FIXED
  aside::task<> (*chosen)(int) = save;
#else
  std::function<aside::task<>(int)> chosen = save;
#endif
  aside::spawn(chosen, 1);
}
