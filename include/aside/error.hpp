#pragma once
// What can go wrong in aside itself; what the system reports keeps its own codes.

#include <aside/config.hpp>

#include <system_error>

namespace aside::inline ASIDE_ABI {

enum class errc {
  sender_gone = 1,  ///< a oneshot's sender went away without a value
  stopped,          ///< what was awaited was stopped before it had a result
  runtime_gone,     ///< the runtime behind a handle has ended
  overloaded,       ///< a queue is full
  end_of_stream,    ///< a stream ended in the middle of what was read from it
  too_long,         ///< a line or a frame is longer than its reader allows
};

/// Compares equal to a std::error_code of aside: `if (error == aside::errc::sender_gone)`.
[[nodiscard]] ASIDE_API std::error_code make_error_code(errc e) noexcept;

namespace detail {
[[noreturn]] ASIDE_API void throw_error(errc e, const char* operation);
}  // namespace detail

}  // namespace aside::inline ASIDE_ABI

namespace std {
template <>
struct is_error_code_enum<aside::errc> : true_type {};
}  // namespace std
