// expect: the function cannot be called with these arguments

#include <aside/aside.hpp>

#include <string>

aside::task<> greet(std::string name);
aside::task<> revise(std::string& name);

void start() {
  std::string name = "Ada";
#ifdef ASIDE_FIXED
  aside::spawn(greet, name);
#else
  aside::spawn(revise, name);
#endif
}
