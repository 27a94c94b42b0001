// expect: an argument of blocking or compute is a view, pointer or reference, whose target the call

#include <aside/aside.hpp>

#include <string>
#include <string_view>

int length(std::string text);
int length_of(std::string_view text);

aside::task<int> work(std::string text) {
#ifdef ASIDE_FIXED
  co_return co_await aside::blocking(length, text);
#else
  co_return co_await aside::blocking(length_of, std::string_view(text));
#endif
}
