// expect: an argument of spawn is a view, pointer or reference that can outlive its target

#include <aside/aside.hpp>

#include <expected>

template <class E>
aside::task<> report(std::expected<int, E> result);

void start(int& where) {
#ifdef ASIDE_FIXED
  aside::spawn(report<int>, std::expected<int, int>(where));
#else
  aside::spawn(report<int*>, std::expected<int, int*>(std::unexpect, &where));
#endif
}
