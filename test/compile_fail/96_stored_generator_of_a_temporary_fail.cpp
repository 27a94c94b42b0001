// expect: temporary whose address is used as value of local variable 'all'
// compilers: clang
// flags: -Werror=dangling

#include <aside/aside.hpp>

#include <string>

aside::async_generator<char> letters(const std::string& text);

aside::task<> read() {
#ifdef ASIDE_FIXED
  const std::string text = "text";
  auto all = letters(text);
#else
  auto all = letters(std::string("text"));
#endif
  static_cast<void>(co_await all.next());
}
