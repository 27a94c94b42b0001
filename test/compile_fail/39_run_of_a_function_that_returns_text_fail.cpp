// expect: run needs a function that returns aside::task<> or aside::task<int>

#include <aside/aside.hpp>

#include <string>

aside::task<std::string> name();
aside::task<int> app();

int main() {
#ifdef ASIDE_FIXED
  return aside::run(app);
#else
  return aside::run(name);
#endif
}
