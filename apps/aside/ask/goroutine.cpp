#include "ask/goroutine.hpp"

#include <bit>

namespace aside_app::ask {
namespace {

constexpr std::uint64_t smallest_stack = 2'048;
constexpr std::uint64_t largest_stack = std::uint64_t{1} << 30;

}  // namespace

bool is_in_go_heap(std::uint64_t address) noexcept {
#if defined(__x86_64__)
  constexpr std::uint64_t first = 0xc0;
#else
  constexpr std::uint64_t first = 0x40;
#endif
  // Of 4 GiB each; beyond 128 GiB it is no longer looked for.
  const auto at = address >> 32;
  return at >= first && at < first + 32 && address % 8 == 0;
}

std::optional<goroutine_stack> stack_in(const goroutine_record& record) noexcept {
  const goroutine_stack stack{record[0], record[1], record[7]};
  const auto size = stack.high - stack.low;
  if (stack.high <= stack.low || !std::has_single_bit(size) || size < smallest_stack ||
      size > largest_stack || !stack.holds(stack.pointer) || stack.pointer % 8 != 0)
    return std::nullopt;
  return stack;
}

}  // namespace aside_app::ask
