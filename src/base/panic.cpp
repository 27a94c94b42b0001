#include <aside/detail/panic.hpp>

#include <cstdio>
#include <cstdlib>

namespace aside::inline ASIDE_ABI::detail {

void panic(const char* what, const std::source_location& where) noexcept {
  std::fprintf(stderr, "aside: %s\n  at %s:%u\n", what, where.file_name(), where.line());
  std::fflush(stderr);
  std::abort();
}

void panic(const char* what) noexcept {
  std::fprintf(stderr, "aside: %s\n", what);
  std::fflush(stderr);
  std::abort();
}

}  // namespace aside::inline ASIDE_ABI::detail
