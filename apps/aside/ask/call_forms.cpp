#include "ask/call_forms.hpp"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <algorithm>

namespace aside_app::ask {
namespace {

std::chrono::milliseconds limit_in(std::uint64_t argument) noexcept {
  return std::chrono::milliseconds{std::max(0, static_cast<int>(argument))};
}

}  // namespace

bool is_told_by_arguments(const system_call& call) noexcept {
  switch (call.number) {
#ifdef SYS_poll
    case SYS_poll:
#endif
#ifdef SYS_select
    case SYS_select:
#endif
    case SYS_ppoll:
    case SYS_pselect6:
      return false;
    default:
      return call.number >= 0;
  }
}

bool is_loop_call(const system_call& call) noexcept {
  switch (call.number) {
#ifdef SYS_epoll_wait
    case SYS_epoll_wait:
#endif
#ifdef SYS_epoll_pwait2
    case SYS_epoll_pwait2:
#endif
    case SYS_epoll_pwait:
    case SYS_io_uring_enter:
      return true;
    default:
      return false;
  }
}

bool is_sleep(const system_call& call) noexcept {
  return call.number == SYS_nanosleep || call.number == SYS_clock_nanosleep;
}

bool waits_at_a_word(const system_call& call) noexcept {
  return call.number == SYS_futex || call.number == SYS_semop || call.number == SYS_semtimedop;
}

std::chrono::milliseconds limit_of(const system_call& call) noexcept {
  switch (call.number) {
#ifdef SYS_poll
    case SYS_poll:
      return limit_in(call.arguments[2]);
#endif
#ifdef SYS_epoll_wait
    case SYS_epoll_wait:
#endif
    case SYS_epoll_pwait:
      return limit_in(call.arguments[3]);
    default:
      return {};
  }
}

std::optional<common_word> common_word_of(const system_call& call) noexcept {
  switch (call.number) {
    case SYS_futex:
      if ((call.arguments[1] & FUTEX_PRIVATE_FLAG) != 0) return std::nullopt;
      return common_word{call.arguments[0], true};
    case SYS_semop:
    case SYS_semtimedop:
      return common_word{call.arguments[0], false};
    default:
      return std::nullopt;
  }
}

}  // namespace aside_app::ask
