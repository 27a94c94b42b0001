// expect: name it, const std::array<std::string_view, 2> all{a, b}, and write connect(all)
// compilers: gcc-12
// errors: 2

#include <aside/aside.hpp>

#include <array>

aside::task<> call(std::string_view a, std::string_view b) {
#ifdef ASIDE_FIXED
  const std::array<std::string_view, 2> all{a, b};
  const auto peer = co_await aside::tcp_stream::connect(all);
#else
  const auto peer = co_await aside::tcp_stream::connect({a, b});
#endif
}
