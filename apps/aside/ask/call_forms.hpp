#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "ask/proc_text.hpp"

namespace aside_app::ask {

/// Its arguments alone say what a call waits for, not memory that they point to.
bool is_told_by_arguments(const system_call& call) noexcept;

/// The thread sleeps for a time, and waits for nothing else.
bool is_sleep(const system_call& call) noexcept;

/// The thread waits until a word of memory, or one of a set of semaphores, changes.
bool waits_at_a_word(const system_call& call) noexcept;

/// A wait of an event loop: for whatever of many things comes first.
bool is_loop_call(const system_call& call) noexcept;

/// For how long an event loop, or who polls, waits at most; 0 for other calls, and where there is no limit.
std::chrono::milliseconds limit_of(const system_call& call) noexcept;

/// The word of memory, or the set of semaphores, at which a call waits and which other processes
/// may see, too: who waits at the same one wants the same. Nothing for other calls.
struct common_word {
  std::uint64_t value = 0;
  bool is_address = false;  ///< of the waiting process
};
std::optional<common_word> common_word_of(const system_call& call) noexcept;

}  // namespace aside_app::ask
