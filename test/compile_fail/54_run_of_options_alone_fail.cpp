// expect: run needs a function

#include <aside/aside.hpp>

aside::task<> app();

int main() {
#ifdef ASIDE_FIXED
  return aside::run(aside::options().workers(1), app);
#else
  return aside::run(aside::options().workers(1));
#endif
}
