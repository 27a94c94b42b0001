#include "ask/goroutine.hpp"

#include <bit>

namespace aside_app::ask {
namespace {

constexpr std::uint64_t smallest_stack = 2'048;
constexpr std::uint64_t largest_stack = std::uint64_t{1} << 30;

bool may_be_frame(const goroutine_stack& stack, std::uint64_t address) noexcept {
  return address >= stack.pointer && stack.holds(address) && address % 8 == 0;
}

}  // namespace

bool is_made_by_go(std::string_view beginning) noexcept {
  // The kind of note, which is 4, and its owner.
  constexpr std::string_view note{"\4\0\0\0Go\0\0", 8};
  return beginning.find(note) != std::string_view::npos;
}

bool may_be_record(std::uint64_t address) noexcept {
  // The program itself lies in the first 4 GiB; its heap begins anywhere behind.
  return address % 8 == 0 && address >> 32 != 0 && address >> 47 == 0;
}

std::optional<goroutine_stack> stack_in(const goroutine_record& record) noexcept {
  goroutine_stack stack{record[0], record[1], record[7], record[8]};
  const auto size = stack.high - stack.low;
  if (stack.high <= stack.low || !std::has_single_bit(size) || size < smallest_stack ||
      size > largest_stack || !stack.holds(stack.pointer) || stack.pointer % 8 != 0)
    return std::nullopt;
  for (const std::size_t at : {std::size_t{12}, std::size_t{13}})
    if (stack.frame == 0 && may_be_frame(stack, record[at])) stack.frame = record[at];
  return stack;
}

std::optional<goroutine_frame> frame_in(const goroutine_stack& stack,
                                        std::span<const std::uint64_t> words,
                                        std::uint64_t frame) noexcept {
  if (frame == 0 || !may_be_frame(stack, frame)) return std::nullopt;
  const auto at = (frame - stack.pointer) / sizeof frame;
  if (at + 1 >= words.size()) return std::nullopt;
  // Who is called lies below whoever calls.
  if (words[at] != 0 && words[at] <= frame) return std::nullopt;
  return goroutine_frame{words[at], words[at + 1]};
}

}  // namespace aside_app::ask
