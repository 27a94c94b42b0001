// expect: a oneshot's value may not move to another core

#include <aside/aside.hpp>

#include <string>

void start(std::string& name) {
#ifdef ASIDE_FIXED
  auto both = aside::oneshot<std::string>();
  both.sender.set(name);
#else
  auto both = aside::oneshot<std::string*>();
  both.sender.set(&name);
#endif
}
