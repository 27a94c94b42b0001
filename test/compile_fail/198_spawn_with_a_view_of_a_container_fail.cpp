// expect: an argument of spawn is a view, pointer or reference that can outlive its target

#include <aside/aside.hpp>

#include <ranges>
#include <vector>

struct sum {
  aside::task<> operator()(auto numbers) const;
};

void start(std::vector<int> numbers) {
#ifdef ASIDE_FIXED
  aside::spawn(sum(), std::views::all(std::move(numbers)));
#else
  aside::spawn(sum(), std::views::all(numbers));
#endif
}
