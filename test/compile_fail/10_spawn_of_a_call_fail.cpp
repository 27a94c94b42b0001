// expect: spawn takes the function and its arguments, not a task: write spawn(f, x)

#include <aside/aside.hpp>

#include <string>

aside::task<> greet(std::string name);

void start() {
  std::string name = "Ada";
#ifdef ASIDE_FIXED
  aside::spawn(greet, name);
#else
  aside::spawn(greet(name));
#endif
}
