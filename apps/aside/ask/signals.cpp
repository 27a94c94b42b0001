#include "ask/signals.hpp"

#include <unistd.h>
#include <cerrno>
#include <cstring>
#include <string>

#include "exit_code.hpp"

namespace aside_app::ask {

signals::signals() {
  struct sigaction usual{};
  usual.sa_handler = SIG_DFL;
  sigaction(SIGCHLD, &usual, &child_before_);
  sigset_t ours;
  sigemptyset(&ours);
  for (const int each :
       {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGWINCH, SIGCONT, SIGALRM, SIGCHLD})
    sigaddset(&ours, each);
  sigprocmask(SIG_BLOCK, &ours, &before_);
  descriptor_ = signalfd(-1, &ours, SFD_CLOEXEC | SFD_NONBLOCK);
  if (descriptor_ < 0) {
    const int error = errno;
    sigprocmask(SIG_SETMASK, &before_, nullptr);
    throw failure{exit_code::environment,
                  std::string{"aside ask: can't wait for signals: "} + std::strerror(error)};
  }
}

signals::~signals() {
  // What has come meanwhile has been dealt with, or no longer concerns anybody.
  while (next()) {
  }
  close(descriptor_);
  sigaction(SIGCHLD, &child_before_, nullptr);
  sigprocmask(SIG_SETMASK, &before_, nullptr);
}

std::optional<signalfd_siginfo> signals::next() noexcept {
  signalfd_siginfo signal{};
  if (read(descriptor_, &signal, sizeof signal) == static_cast<ssize_t>(sizeof signal))
    return signal;
  return std::nullopt;
}

}  // namespace aside_app::ask
