// expect: an argument of spawn is a view, pointer or reference that can outlive its target

#include <aside/aside.hpp>

#include <string>
#include <string_view>
#include <vector>

struct page {
#ifdef ASIDE_FIXED
  std::string title;
#else
  std::string_view title;
#endif
  std::vector<page> below;
};
aside::task<> print(page top);

void start() { aside::spawn(print, page{"root", {}}); }
