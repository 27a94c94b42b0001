// expect: an argument of spawn is a view, pointer or reference that can outlive its target

#include <aside/aside.hpp>

#include <functional>
#include <string>

aside::task<> greet(std::string name);
aside::task<> revise(std::string& name);

void start() {
  std::string name = "Ada";
#ifdef ASIDE_FIXED
  aside::spawn(greet, name);
#else
  aside::spawn(revise, std::ref(name));
#endif
}
