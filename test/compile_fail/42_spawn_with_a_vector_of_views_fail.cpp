// expect: an argument of spawn is a view, pointer or reference that can outlive its target

#include <aside/aside.hpp>

#include <string>
#include <string_view>
#include <vector>

aside::task<> greet(std::vector<std::string> names);
aside::task<> greet_briefly(std::vector<std::string_view> names);

void start() {
  std::string name = "Ada";
#ifdef ASIDE_FIXED
  aside::spawn(greet, std::vector<std::string>{name});
#else
  aside::spawn(greet_briefly, std::vector<std::string_view>{name});
#endif
}
