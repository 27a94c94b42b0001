#include "ask/cause.hpp"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <algorithm>

#include "ask/descriptor_cause.hpp"

namespace aside_app::ask {
namespace {

constexpr bool has(std::string_view text, std::string_view part) noexcept {
  return text.find(part) != std::string_view::npos;
}

cause of_futex(const system_call& call, fd_teller& fds) {
  const auto operation = static_cast<std::uint32_t>(call.arguments[1]);
  const auto command = operation & static_cast<std::uint32_t>(FUTEX_CMD_MASK);
  const auto value = static_cast<std::uint32_t>(call.arguments[2]);
  const bool is_private = (operation & FUTEX_PRIVATE_FLAG) != 0;
  if (command == FUTEX_LOCK_PI || command == FUTEX_LOCK_PI2) return cause::lock;
  // glibc joins with a shared futex whose value is the number of the thread that is to end.
  if (!is_private && value > 1 && fds.is_thread(value)) return cause::join;
  // glibc's and Rust's mutexes have the value 2 when somebody waits. glibc waits for mutexes by
  // FUTEX_WAIT and Rust by FUTEX_WAIT_BITSET without CLOCK_REALTIME; a condition variable of glibc
  // uses FUTEX_WAIT_BITSET with it, and its value means something else. musl marks the high bit of one
  // that is taken; nothing but that bit is what libstdc++'s future has.
  const bool realtime = (operation & FUTEX_CLOCK_REALTIME) != 0;
  if (command == FUTEX_WAIT && (value == 2 || value > 0x80000000u)) return cause::lock;
  if (command == FUTEX_WAIT_BITSET && !realtime && value == 2) return cause::lock;
  // Writers of glibc's rwlock; the words of its condition variables are even.
  if (command == FUTEX_WAIT_BITSET && realtime && value == 3) return cause::lock;
  return call.arguments[3] == 0 ? cause::handoff : cause::timed_handoff;
}

cause of_kernel_function(std::string_view name) noexcept {
  if (has(name, "rwsem") || has(name, "mmap_lock") || has(name, "mutex") || has(name, "flock") ||
      has(name, "posix_lock"))
    return cause::lock;
  if (has(name, "vfork") || has(name, "do_wait")) return cause::child;
  if (has(name, "io_schedule") || has(name, "folio") || has(name, "wait_on_page") ||
      has(name, "blk") || has(name, "wait_on_buffer") || has(name, "jbd2") ||
      has(name, "log_force") || has(name, "bio_wait") || has(name, "dio"))
    return cause::disk;
  if (has(name, "nanosleep")) return cause::timer;
  if (has(name, "futex")) return cause::handoff;
  if (has(name, "pipe") || has(name, "wait_for_partner")) return cause::pipe;
  if (has(name, "n_tty") || has(name, "wait_woken")) return cause::terminal;
  if (has(name, "ep_poll") || has(name, "io_cqring")) return cause::loop;
  if (has(name, "accept")) return cause::clients;
  if (has(name, "sk_wait") || has(name, "recv") || has(name, "unix_stream") || has(name, "tcp") ||
      has(name, "skb_wait"))
    return cause::network;
  if (has(name, "sigtimedwait") || has(name, "sigsuspend") || has(name, "pause"))
    return cause::handoff;
  return cause::unknown;
}

/// Calls that give something away: what they wait for is that it is taken.
constexpr bool gives(long number) noexcept {
  switch (number) {
    case SYS_write:
    case SYS_writev:
    case SYS_pwrite64:
    case SYS_pwritev:
    case SYS_sendfile:
    case SYS_sendto:
    case SYS_sendmsg:
    case SYS_sendmmsg:
      return true;
    default:
      return false;
  }
}

cause of_descriptor(const system_call& call, fd_teller& fds) {
  const auto why = cause_of_descriptor(fds.kind_of(static_cast<int>(call.arguments[0])));
  return why == cause::pipe && gives(call.number) ? cause::full_pipe : why;
}

cause of_call(const system_call& call, fd_teller& fds) {
  const auto& argument = call.arguments;
  const auto descriptor = static_cast<int>(argument[0]);
  switch (call.number) {
    case SYS_read:
    case SYS_write:
    case SYS_readv:
    case SYS_writev:
    case SYS_pread64:
    case SYS_pwrite64:
    case SYS_preadv:
    case SYS_pwritev:
    case SYS_ioctl:
    case SYS_sendfile:
    case SYS_splice:
    case SYS_copy_file_range:
      return of_descriptor(call, fds);
    case SYS_recvfrom:
    case SYS_recvmsg:
    case SYS_recvmmsg:
    case SYS_sendto:
    case SYS_sendmsg:
    case SYS_sendmmsg: {
      const auto why = of_descriptor(call, fds);
      return why == cause::unknown ? cause::network : why;
    }
    case SYS_connect:
      return cause::network;
    case SYS_accept:
    case SYS_accept4:
      return cause::clients;
#ifdef SYS_epoll_wait
    case SYS_epoll_wait:
#endif
    case SYS_epoll_pwait:
      return cause_of_waiting_loop(fds.watched_by(descriptor), static_cast<int>(argument[3]) >= 0);
#ifdef SYS_epoll_pwait2
    case SYS_epoll_pwait2:
      return cause_of_waiting_loop(fds.watched_by(descriptor), argument[3] != 0);
#endif
    case SYS_io_uring_enter:
      return cause::loop;
#ifdef SYS_poll
    case SYS_poll:
      return cause_of_poll(fds.polled(argument[0], argument[1]),
                           static_cast<int>(argument[2]) >= 0);
#endif
    case SYS_ppoll:
      return cause_of_poll(fds.polled(argument[0], argument[1]), argument[2] != 0);
#ifdef SYS_select
    case SYS_select:
#endif
    case SYS_pselect6:
      return cause_of_poll(fds.selected({argument[1], argument[2], argument[3]}, argument[0]),
                           argument[4] != 0);
    case SYS_nanosleep:
    case SYS_clock_nanosleep:
      return cause::timer;
#ifdef SYS_pause
    case SYS_pause:
#endif
    case SYS_rt_sigsuspend:
      return fds.is_woken_by_the_clock(0) ? cause::timer : cause::handoff;
    case SYS_rt_sigtimedwait:
      if (fds.is_woken_by_the_clock(argument[0])) return cause::timer;
      return argument[2] == 0 ? cause::handoff : cause::timed_handoff;
    case SYS_futex:
      return of_futex(call, fds);
    case SYS_semop:
    case SYS_msgrcv:
    case SYS_msgsnd:
      return cause::handoff;
    case SYS_mq_timedreceive:
    case SYS_mq_timedsend:
      return argument[4] == 0 ? cause::handoff : cause::timed_handoff;
    case SYS_semtimedop:
      return argument[3] == 0 ? cause::handoff : cause::timed_handoff;
    case SYS_flock:
    case SYS_fcntl:
      return cause::lock;
    case SYS_wait4:
    case SYS_waitid:
#ifdef SYS_vfork
    case SYS_vfork:
#endif
    case SYS_clone:
    case SYS_clone3:
      return cause::child;
    case SYS_fsync:
    case SYS_fdatasync:
    case SYS_msync:
    case SYS_sync_file_range:
    case SYS_syncfs:
    case SYS_sync:
      return cause::disk;
    default:
      return cause::unknown;
  }
}

/// A wait with a limit of time that a signal has interrupted goes on in a call of its own, whose
/// arguments are still those of the first.
system_call as_begun(system_call call, std::string_view kernel_function) noexcept {
  if (call.number != SYS_restart_syscall) return call;
  if (has(kernel_function, "nanosleep")) call.number = SYS_clock_nanosleep;
  if (has(kernel_function, "futex")) call.number = SYS_futex;
#ifdef SYS_poll
  if (has(kernel_function, "poll")) call.number = SYS_poll;
#endif
  return call;
}

}  // namespace

std::string_view name_of(cause why) noexcept {
  constexpr std::array<std::string_view, causes> names{
      "network", "clients", "loop", "disk",      "timer",    "lock",    "join",   "handoff",
      "timed",   "child",   "pipe", "full_pipe", "terminal", "stopped", "unknown"};
  return names[index_of(why)];
}

bool is_housekeeper(std::string_view thread_name) noexcept {
  // The kernel keeps fifteen letters.
  constexpr std::array<std::string_view, 15> names{
      "VM Thread",      "VM Periodic Tas", "Signal Dispatch", "Service Thread", "Monitor Deflati",
      "C1 CompilerThre", "C2 CompilerThre", "Reference Handl", "Finalizer",      "Common-Cleaner",
      "Notification Th", "Attach Listener", "G1 Service",      "StringDedupThre",
      "Sweeper thread"};
  return std::find(names.begin(), names.end(), thread_name) != names.end() ||
         thread_name.starts_with("GC Thread#") || thread_name.starts_with("G1 ");
}

bool is_schedulers_sleep(const system_call& call, cause why) noexcept {
  return call.number == SYS_nanosleep || (call.number == SYS_futex && why == cause::timed_handoff);
}

std::optional<cause> cause_of(char state, const std::optional<system_call>& seen,
                              std::string_view kernel_function, fd_teller& fds) {
  const auto call = seen ? std::optional{as_begun(*seen, kernel_function)} : std::nullopt;
  if (state == 'T' || state == 't') return cause::stopped;
  if (call && call->running) return std::nullopt;
  const auto by_function = of_kernel_function(kernel_function);
  if (state == 'D') {
    // Uninterruptible is not always the disk: a parent of vfork and a kernel lock look the same.
    // A file system's own lock, where the call asks for nothing but the disk, is the disk's.
    const bool syncs = call && call->number >= 0 && of_call(*call, fds) == cause::disk;
    if (by_function == cause::lock && syncs) return cause::disk;
    if (by_function == cause::lock || by_function == cause::child) return by_function;
    if (by_function == cause::disk || !call || call->number < 0)
      return kernel_function.empty() && (!call || call->number < 0) ? cause::unknown : cause::disk;
    const auto by_call = of_call(*call, fds);
    return by_call == cause::unknown ? cause::disk : by_call;
  }
  if (!call) return by_function;
  if (call->number < 0) return by_function == cause::unknown ? cause::disk : by_function;
  const auto why = of_call(*call, fds);
  return why == cause::unknown ? by_function : why;
}

}  // namespace aside_app::ask
