#pragma once

#include <string_view>

namespace aside_app::ask {

/// A function that belongs to a language's library or runtime, and not to the program.
bool is_of_a_library(std::string_view function) noexcept;

/// Go's: it sends to a channel, or receives from one, and waits for whoever does the other.
bool is_channel_of_go(std::string_view function) noexcept;

/// Go's: a goroutine waits in it until another one, or a timer or the poller, lets it go on.
bool parks_goroutines(std::string_view function) noexcept;

/// Go's: whoever has called it waits for memory, a descriptor or the clock.
bool waits_for_no_goroutine(std::string_view function) noexcept;

/// What Go's own goroutines wait in, and its threads when they have none to run.
bool is_of_gos_runtime(std::string_view function) noexcept;

/// Of a library: where it waits until a lock is free.
bool is_lock_of_a_library(std::string_view function) noexcept;

/// A virtual machine's wait until a word of the program's own memory has changed.
bool is_wait_at_a_word(std::string_view function) noexcept;

}  // namespace aside_app::ask
