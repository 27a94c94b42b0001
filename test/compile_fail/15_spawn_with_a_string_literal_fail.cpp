// expect: an argument of spawn is a view, pointer or reference that can outlive its target

#include <aside/aside.hpp>

#include <string>

aside::task<> greet(std::string name);

void start() {
#ifdef ASIDE_FIXED
  aside::spawn(greet, std::string("Ada"));
#else
  aside::spawn(greet, "Ada");
#endif
}
