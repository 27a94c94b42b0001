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

bool is_lock_of_a_library(std::string_view function) noexcept {
  constexpr std::array<std::string_view, 4> words{"mutex", "Mutex", "rwlock", "RwLock"};
  return is_of_a_library(function) && std::any_of(words.begin(), words.end(), [&](auto word) {
           return function.find(word) != std::string_view::npos;
         });
}

}  // namespace aside_app::ask
