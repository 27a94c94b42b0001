// expect: an argument of blocking or compute is a view, pointer or reference, whose target the call

#include <aside/aside.hpp>

#include <cstdlib>
#include <string>

std::string variable(std::string name);

aside::task<bool> has_home() {
#ifdef ASIDE_FIXED
  const auto home = co_await aside::blocking(variable, std::string("HOME"));
  co_return !home.empty();
#else
  const auto home = co_await aside::blocking(std::getenv, "HOME");
  co_return home != nullptr;
#endif
}
