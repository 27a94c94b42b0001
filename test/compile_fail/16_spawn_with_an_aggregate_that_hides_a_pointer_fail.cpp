// expect: an argument of spawn is a view, pointer or reference that can outlive its target

#include <aside/aside.hpp>

#include <string>

struct owned_order {
  int number;
  std::string name;
};
struct borrowed_order {
  int number;
  std::string* name;
};
aside::task<> save(owned_order order);
aside::task<> save_borrowed(borrowed_order order);

void start() {
  std::string name = "Ada";
  owned_order owned{1, name};
  borrowed_order borrowed{1, &name};
  (void)borrowed;
#ifdef ASIDE_FIXED
  aside::spawn(save, owned);
#else
  aside::spawn(save_borrowed, borrowed);
#endif
}
