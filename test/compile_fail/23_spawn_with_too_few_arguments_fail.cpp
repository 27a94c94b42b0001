// expect: the function cannot be called with these arguments

#include <aside/aside.hpp>

#include <string>

aside::task<> greet(std::string name);

void start() {
#ifdef ASIDE_FIXED
  aside::spawn(greet, std::string("Ada"));
#else
  aside::spawn(greet);
#endif
}
