// expect: an argument of spawn is a view, pointer or reference that can outlive its target

#include <aside/aside.hpp>

#include <string>
#include <string_view>

template <class Text>
struct address {
  Text street;
  int number;
};
template <class Text>
struct person {
  address<Text> home;
  int age;
};
aside::task<> save(person<std::string> someone);
aside::task<> save_borrowed(person<std::string_view> someone);

void start() {
  person<std::string> owned{{"Rue Ada", 3}, 36};
  person<std::string_view> borrowed{{"Rue Ada", 3}, 36};
  (void)borrowed;
#ifdef ASIDE_FIXED
  aside::spawn(save, owned);
#else
  aside::spawn(save_borrowed, borrowed);
#endif
}
