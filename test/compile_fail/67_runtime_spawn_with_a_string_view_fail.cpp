// expect: an argument of spawn is a view, pointer or reference that can outlive its target

#include <aside/aside.hpp>

#include <string>
#include <string_view>

aside::task<> greet(std::string name);
aside::task<> greet_briefly(std::string_view name);

void start(aside::runtime& tasks, const std::string& name) {
#ifdef ASIDE_FIXED
  tasks.spawn(greet, name);
#else
  tasks.spawn(greet_briefly, std::string_view(name));
#endif
}
