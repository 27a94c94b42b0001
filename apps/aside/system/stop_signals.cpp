#include "system/stop_signals.hpp"

#include <sys/signalfd.h>
#include <unistd.h>
#include <cerrno>
#include <cstring>
#include <string>

#include "exit_code.hpp"

namespace aside_app {

stop_signals::stop_signals() {
  sigset_t ours;
  sigemptyset(&ours);
  sigaddset(&ours, SIGINT);
  sigaddset(&ours, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &ours, &before_);
  descriptor_ = signalfd(-1, &ours, SFD_CLOEXEC | SFD_NONBLOCK);
  if (descriptor_ >= 0) return;
  const int error = errno;
  pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  throw failure{exit_code::environment,
                std::string{"aside: can't wait for signals: "} + std::strerror(error)};
}

stop_signals::~stop_signals() {
  close(descriptor_);
  pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

int stop_signals::take() noexcept {
  signalfd_siginfo signal{};
  if (read(descriptor_, &signal, sizeof signal) != static_cast<ssize_t>(sizeof signal)) return 0;
  pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  return static_cast<int>(signal.ssi_signo);
}

}  // namespace aside_app
