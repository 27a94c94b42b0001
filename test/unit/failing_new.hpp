#pragma once
// operator new as the objects of this executable call it, the library's included: counted, and failing when told.
// For one file of an executable that test/CMakeLists.txt links with --wrap.

#include <cstddef>
#include <limits>
#include <new>

namespace aside_test {

inline constexpr std::size_t none_fails = std::numeric_limits<std::size_t>::max();
inline thread_local constinit std::size_t allocations = 0;
inline thread_local constinit std::size_t until_one_fails = none_fails;

}  // namespace aside_test

extern "C" void* __real__Znwm(std::size_t size);
extern "C" void* __wrap__Znwm(std::size_t size);
void* __wrap__Znwm(std::size_t size) {
  using namespace aside_test;
  ++allocations;
  if (until_one_fails != none_fails && until_one_fails-- == 0) {
    until_one_fails = none_fails;
    throw std::bad_alloc();
  }
  return __real__Znwm(size);
}
