// expect: run takes the function and its arguments, not a task

#include <aside/aside.hpp>

aside::task<> app();

int main() {
#ifdef ASIDE_FIXED
  return aside::run(app);
#else
  return aside::run(app());
#endif
}
