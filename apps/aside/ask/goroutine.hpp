#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace aside_app::ask {

/// The first words of the record that Go keeps of a goroutine: the bounds of its stack, and behind
/// what its compiler needs, where it goes on. They have been the same for ten years, because its
/// compiler and debuggers rely on them; but the frame, which has moved up by one word.
using goroutine_record = std::array<std::uint64_t, 14>;

/// A file that begins like this was made by Go's linker: it has Go's note.
bool is_made_by_go(std::string_view beginning) noexcept;

/// It may be the address of such a record, which lies on Go's heap.
bool may_be_record(std::uint64_t address) noexcept;

struct goroutine_stack {
  std::uint64_t low = 0;
  std::uint64_t high = 0;
  std::uint64_t pointer = 0;
  std::uint64_t code = 0;   ///< at which it goes on
  std::uint64_t frame = 0;  ///< of the function that does; 0: not known

  bool holds(std::uint64_t address) const noexcept { return address >= low && address < high; }
};

/// The address to which a function returns, and the frame of the function that called it.
struct goroutine_frame {
  std::uint64_t caller = 0;
  std::uint64_t code = 0;
};

/// Nothing when `words`, which is the stack from its pointer on, ends before this frame; or where it is none.
std::optional<goroutine_frame> frame_in(const goroutine_stack& stack,
                                        std::span<const std::uint64_t> words,
                                        std::uint64_t frame) noexcept;

/// Nothing when this can't be such a record.
std::optional<goroutine_stack> stack_in(const goroutine_record& record) noexcept;

}  // namespace aside_app::ask
