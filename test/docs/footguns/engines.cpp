#include <aside/aside.hpp>

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdio>

using aside::task;

task<> app() {
  // [ask]
  const aside::runtime_info i = aside::info();
  std::printf("engine %.*s: %.*s\n", static_cast<int>(i.engine.size()), i.engine.data(),
              static_cast<int>(i.engine_reason.size()), i.engine_reason.data());
  // [/ask]
  co_return;
}

/// As the default profile of a container runtime does.
bool forbid_io_uring() {
  std::array<sock_filter, 4> filter{{
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_io_uring_setup, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  }};
  const sock_fprog program{static_cast<unsigned short>(filter.size()), filter.data()};
  return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

int main() {
  if (!forbid_io_uring()) return 1;
  return aside::run(aside::options().engine(aside::engine_kind::uring), app);
}
