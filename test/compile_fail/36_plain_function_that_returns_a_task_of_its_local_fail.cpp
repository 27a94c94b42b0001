// expect: address of stack memory associated with local variable 'name' returned
// compilers: clang
// flags: -Werror=return-stack-address

#include <aside/aside.hpp>

#include <string>

aside::task<int> measure(const std::string& text);

ASIDE_WRAPPER aside::task<int> wrapper(const std::string& text) {
#ifdef ASIDE_FIXED
  return measure(text);
#else
  std::string name = text;
  return measure(name);
#endif
}
