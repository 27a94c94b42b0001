#pragma once

#include <sys/types.h>
#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "ask/goroutine.hpp"
#include "ask/proc_text.hpp"

namespace aside_app::ask {

/// The innermost return addresses of a waiting thread that lie in the program's own file, as
/// offsets in it; 0 where there are fewer. Of a thread, four at most; of a goroutine, whose runtime
/// lies in the same file, more.
struct call_chain {
  std::string file;
  std::array<std::uint64_t, 12> offsets{};
  bool by_frames = false;  ///< a goroutine's, each the caller of the one before it

  auto operator<=>(const call_chain&) const = default;
};

struct waiting_call {
  call_chain chain;
  std::uint64_t goroutine = 0;  ///< whose call it is, by its stack; 0: a thread's
};

/// What looks like a return address on the stack of a waiting thread: it points behind a call
/// instruction. Nothing is stopped for it, so an old one may still lie there: hence "near". A
/// thread of a Go program waits because the goroutine that it ran last does: that one's frames are
/// looked at instead, which tell exactly who has called.
class callers {
 public:
  explicit callers(pid_t pid) noexcept : pid_{pid} {}

  /// Nothing when there is none, or the memory may not be read.
  std::optional<waiting_call> of(const system_call& call);

  /// It has a scheduler of its own: its threads are none that the program has begun.
  bool is_go();

 private:
  void load();
  bool follows_a_call(std::uint64_t address);
  /// Appends the address, unless it is none in the program's file behind a call.
  bool take(std::uint64_t address, call_chain& into, std::size_t& count);
  std::optional<goroutine_stack> goroutine_above(std::uint64_t stack_pointer) const;

  pid_t pid_;
  std::string file_;
  bool is_go_ = false;
  std::vector<code_range> ranges_;
  std::unordered_map<std::uint64_t, bool> known_;
  unsigned misses_ = 0;
  unsigned patience_ = 0;  ///< misses until the map is read again: there may have been an exec
};

/// The code ends with a call instruction.
bool ends_with_call(const std::array<std::uint8_t, 8>& code) noexcept;

}  // namespace aside_app::ask
