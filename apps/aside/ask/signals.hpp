#pragma once

#include <sys/signalfd.h>
#include <csignal>
#include <optional>

namespace aside_app::ask {

/// While it lives, the signals that end or stir a program come out of a descriptor instead.
class signals {
 public:
  signals();
  ~signals();
  signals(const signals&) = delete;
  signals& operator=(const signals&) = delete;

  int descriptor() const noexcept { return descriptor_; }
  /// The mask of before: what a program that we start shall have.
  const sigset_t& before() const noexcept { return before_; }

  /// Whoever started us had the ends of children ignored; we must not, and the program shall find
  /// it
  /// as it was.
  bool ignored_children() const noexcept { return child_before_.sa_handler == SIG_IGN; }

  std::optional<signalfd_siginfo> next() noexcept;

  /// It came from the terminal, which sends it to the whole process group and so to the program,
  /// too.
  static bool is_from_terminal(const signalfd_siginfo& signal) noexcept {
    return signal.ssi_code == SI_KERNEL;
  }

 private:
  sigset_t before_{};
  struct sigaction child_before_{};
  int descriptor_ = -1;
};

}  // namespace aside_app::ask
