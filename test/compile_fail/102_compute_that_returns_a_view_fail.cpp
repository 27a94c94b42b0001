// expect: the result of blocking or compute is a view or pointer, or may not move to another core

#include <aside/aside.hpp>
#include <aside/compute.hpp>

#include <string>
#include <string_view>

std::string name(int n);
std::string_view name_of(int n);

aside::task<> work() {
#ifdef ASIDE_FIXED
  static_cast<void>(co_await aside::compute(name, 1));
#else
  static_cast<void>(co_await aside::compute(name_of, 1));
#endif
}
