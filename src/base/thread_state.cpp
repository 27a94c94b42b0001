#include "base/thread_state.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <cstdio>
#include <cstdlib>
#include <ctime>

namespace aside::inline ASIDE_ABI::detail {

namespace {

/// The kernel's name for the processor clock of a thread (clock_getcpuclockid(3) has it of processes).
clockid_t cpu_clock_of(int thread) noexcept {
  constexpr unsigned of_a_thread = 4;
  constexpr unsigned as_scheduled = 2;
  return static_cast<clockid_t>((~static_cast<unsigned>(thread) << 3) | of_a_thread | as_scheduled);
}

struct name_of {
  int number;
  const char* name;
};
constexpr name_of names[] = {
    {SYS_read, "read"},
    {SYS_write, "write"},
    {SYS_readv, "readv"},
    {SYS_writev, "writev"},
    {SYS_pread64, "pread"},
    {SYS_pwrite64, "pwrite"},
    {SYS_openat, "open"},
    {SYS_fsync, "fsync"},
    {SYS_fdatasync, "fdatasync"},
    {SYS_flock, "flock"},
    {SYS_fcntl, "fcntl"},
    {SYS_ioctl, "ioctl"},
    {SYS_getdents64, "getdents"},
    {SYS_recvfrom, "recv"},
    {SYS_recvmsg, "recvmsg"},
    {SYS_sendto, "send"},
    {SYS_sendmsg, "sendmsg"},
    {SYS_connect, "connect"},
    {SYS_accept4, "accept"},
    {SYS_ppoll, "poll"},
    {SYS_pselect6, "select"},
    {SYS_epoll_pwait, "epoll_wait"},
    {SYS_futex, "futex"},
    {SYS_nanosleep, "nanosleep"},
    {SYS_restart_syscall, "an interrupted sleep or poll"},  // restart_syscall(2): it does not say which
    {SYS_clock_nanosleep, "clock_nanosleep"},
    {SYS_wait4, "wait"},
    {SYS_waitid, "waitid"},
    {SYS_munmap, "munmap"},
#if defined(SYS_poll)
    {SYS_open, "open"},
    {SYS_poll, "poll"},
    {SYS_select, "select"},
    {SYS_epoll_wait, "epoll_wait"},
    {SYS_accept, "accept"},
#endif
};

}  // namespace

int this_thread_number() noexcept { return static_cast<int>(::gettid()); }

std::uint64_t thread_cpu_ns(int thread) noexcept {
  timespec t{};
  if (::clock_gettime(cpu_clock_of(thread), &t) != 0) return 0;
  return static_cast<std::uint64_t>(t.tv_sec) * 1'000'000'000u +
         static_cast<std::uint64_t>(t.tv_nsec);
}

int blocked_in(int thread) noexcept {
  char path[48];
  std::snprintf(path, sizeof path, "/proc/self/task/%d/syscall", thread);
  const int fd = ::open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return not_blocked;
  char text[32] = {};
  const ssize_t n = ::read(fd, text, sizeof text - 1);
  ::close(fd);
  if (n <= 0 || text[0] == 'r') return not_blocked;  // "running"
  return std::atoi(text);                            // "-1 …" when it sleeps outside of a call
}

unsigned thread_count() noexcept {
  DIR* const all = ::opendir("/proc/self/task");
  if (all == nullptr) return 0;
  unsigned n = 0;
  while (const dirent* const each = ::readdir(all))
    n += each->d_name[0] != '.' ? 1 : 0;
  ::closedir(all);
  return n;
}

const char* system_call_name(int number) noexcept {
  for (const name_of& each : names) {
    if (each.number == number) return each.name;
  }
  return nullptr;
}

}  // namespace aside::inline ASIDE_ABI::detail
