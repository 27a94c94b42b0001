// expect: aside: the function cannot be called with an element of the range

#include <aside/aside.hpp>

#include <vector>

struct order {
  int item;
};
aside::task<> save(order what);

#ifdef ASIDE_FIXED
aside::task<> work(const std::vector<order>& orders) { co_await aside::all(orders, save); }
#else
aside::task<> work(const std::vector<int>& orders) { co_await aside::all(orders, save); }
#endif
