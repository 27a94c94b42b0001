#include <aside/thread_bound.hpp>

namespace aside::inline ASIDE_ABI::detail {

const void* thread_mark() noexcept {
  static thread_local constinit char mark = 0;
  return &mark;
}

void died_elsewhere(const std::source_location& made) noexcept {
  panic(
      "a thread_bound object was destroyed on another thread than the one that made it; it was "
      "made here",
      made);
}

}  // namespace aside::inline ASIDE_ABI::detail
