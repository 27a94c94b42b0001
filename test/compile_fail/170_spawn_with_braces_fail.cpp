// expect: aside: an argument in braces has no type of its own: write spawn(f, order(

#include <aside/aside.hpp>

#include <string>

struct order {
  int number;
  std::string name;
};
aside::task<> save(order what);

#ifdef ASIDE_FIXED
void start() { aside::spawn(save, order{1, "tea"}); }
#else
void start() { aside::spawn(save, {1, "tea"}); }
#endif
