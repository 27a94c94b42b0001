#pragma once
// The timer behind a timeout.

#include <aside/detail/chrono.hpp>
#include <aside/detail/header.hpp>

namespace aside::inline ASIDE_ABI::detail {

struct timer_node;

/// The timer of a timeout: sets a stop_state of one task when it is due.
class deadline_timer {
 public:
  deadline_timer() = default;
  deadline_timer(const deadline_timer&) = delete;
  deadline_timer& operator=(const deadline_timer&) = delete;
  ASIDE_API void arm(clock::time_point at, task_header& t, stop_state& s);
  /// Afterwards neither task nor stop_state is touched any more.
  ASIDE_API void disarm() noexcept;

 private:
  task_header* task_ = nullptr;  // with limit_: what the wheel sees of it
  stop_state* limit_ = nullptr;
  timer_node* node_ = nullptr;
};

}  // namespace aside::inline ASIDE_ABI::detail
