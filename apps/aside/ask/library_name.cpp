#include "ask/library_name.hpp"

#include <algorithm>
#include <array>

namespace aside_app::ask {

bool is_of_a_library(std::string_view function) noexcept {
  // Of C++, Rust, C and Go.
  constexpr std::array<std::string_view, 9> beginnings{
      "std::", "void std::", "core::", "alloc::", "__", "runtime.", "runtime/", "sync.",
      "internal/"};
  return function == "_start" ||
         std::any_of(beginnings.begin(), beginnings.end(),
                     [&](auto beginning) { return function.starts_with(beginning); });
}

bool is_of_gos_runtime(std::string_view function) noexcept {
  return function.starts_with("runtime.") || function.starts_with("runtime/");
}

bool is_channel_of_go(std::string_view function) noexcept {
  return function == "runtime.chansend" || function == "runtime.chanrecv";
}

bool parks_goroutines(std::string_view function) noexcept { return function == "runtime.gopark"; }

bool waits_for_no_goroutine(std::string_view function) noexcept {
  return function == "runtime.mallocgc" || function == "runtime.GC" || function == "time.Sleep" ||
         function == "internal/poll.runtime_pollWait";
}

bool is_lock_of_a_library(std::string_view function) noexcept {
  const auto has = [&](std::string_view word) {
    return function.find(word) != std::string_view::npos;
  };
  // Go's descriptors have mutexes of their own, which are no locks of the program.
  if (function.starts_with("sync.") || function.starts_with("internal/"))
    return has("(*Mutex).") || has("(*RWMutex).") || has("SemacquireMutex") ||
           has("SemacquireRWMutex");
  // Mutexes of C and Rust are known by the value that they wait for, and of them a name says
  // nothing: who waits for a word has locked one before, and where that call returned to may lie on
  // its stack still.
  return is_of_a_library(function) && (has("rwlock") || has("RwLock") || has("shared_mutex"));
}

bool is_wait_at_a_word(std::string_view function) noexcept {
  // JavaScript's Atomics.wait.
  return function.find("v8::internal::FutexEmulation::Wait") != std::string_view::npos;
}

}  // namespace aside_app::ask
