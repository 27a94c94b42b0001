#include "system/child_process.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <system_error>
#include <utility>

#include "exit_code.hpp"
#include "system/run_tasks.hpp"

namespace aside_app {
namespace {

struct pipe_ends {
  int read_end = -1;
  int write_end = -1;
};

pipe_ends open_pipe(const std::string& name) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0)
    throw failure{exit_code::environment, "can't start " + name + ": " + std::strerror(errno) +
                                              remedy_for({errno, std::generic_category()})};
  return {ends[0], ends[1]};
}

class spawn_settings {
 public:
  spawn_settings(int child_input, int child_output) {
    posix_spawn_file_actions_init(&actions_);
    posix_spawn_file_actions_adddup2(&actions_, child_input, STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions_, child_output, STDOUT_FILENO);
    posix_spawnattr_init(&attributes_);
    sigset_t none;
    sigemptyset(&none);
    posix_spawnattr_setsigmask(&attributes_, &none);
    sigset_t ours;
    sigemptyset(&ours);
    for (const int number : {SIGINT, SIGTERM, SIGPIPE, SIGHUP})
      sigaddset(&ours, number);
    posix_spawnattr_setsigdefault(&attributes_, &ours);
    posix_spawnattr_setpgroup(&attributes_, 0);
    posix_spawnattr_setflags(
        &attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  }
  ~spawn_settings() {
    posix_spawn_file_actions_destroy(&actions_);
    posix_spawnattr_destroy(&attributes_);
  }
  spawn_settings(const spawn_settings&) = delete;
  spawn_settings& operator=(const spawn_settings&) = delete;

  const posix_spawn_file_actions_t* actions() const noexcept { return &actions_; }
  const posix_spawnattr_t* attributes() const noexcept { return &attributes_; }

 private:
  posix_spawn_file_actions_t actions_;
  posix_spawnattr_t attributes_;
};

}  // namespace

child_process::child_process(std::string name, const std::vector<std::string>& arguments)
    : name_{std::move(name)} {
  const auto to_child = open_pipe(name_);
  const auto from_child = open_pipe(name_);
  const spawn_settings settings{to_child.read_end, from_child.write_end};

  auto owned = arguments;
  owned.insert(owned.begin(), "aside");
  std::vector<char*> argv;
  for (auto& each : owned)
    argv.push_back(each.data());
  argv.push_back(nullptr);

  const int error = posix_spawn(&pid_, "/proc/self/exe", settings.actions(), settings.attributes(),
                                argv.data(), environ);
  close(to_child.read_end);
  close(from_child.write_end);
  input_ = to_child.write_end;
  output_ = from_child.read_end;
  if (error != 0) {
    pid_ = -1;
    close(input_);
    close(output_);
    throw failure{exit_code::environment, "can't start " + name_ + ": " + std::strerror(error) +
                                              remedy_for({error, std::generic_category()})};
  }
  fcntl(output_, F_SETFL, O_NONBLOCK);
}

child_process::~child_process() {
  if (pid_ > 0 && result_ < 0) {
    signal(SIGKILL);
    wait();
  }
  if (input_ >= 0) close(input_);
  if (output_ >= 0) close(output_);
}

void child_process::pump() {
  std::array<char, 4096> piece;
  while (!over_) {
    const auto got = read(output_, piece.data(), piece.size());
    if (got > 0) {
      taken_.append(piece.data(), static_cast<std::size_t>(got));
    } else if (got < 0 && errno == EAGAIN) {
      return;
    } else if (got == 0 || errno != EINTR) {
      over_ = true;
    }
  }
}

std::optional<std::string> child_process::line() {
  const auto end = taken_.find('\n');
  if (end == std::string::npos) return std::nullopt;
  auto first = taken_.substr(0, end);
  taken_.erase(0, end + 1);
  return first;
}

void child_process::tell(std::string_view line) noexcept {
  std::array<char, 64> text;
  const auto size = std::min(line.size(), text.size() - 1);
  std::memcpy(text.data(), line.data(), size);
  text[size] = '\n';
  // SIGPIPE is blocked for the one write: a child that has just died must not end us.
  sigset_t pipe_signal;
  sigset_t before;
  sigemptyset(&pipe_signal);
  sigaddset(&pipe_signal, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &pipe_signal, &before);
  if (write(input_, text.data(), size + 1) < 0 && errno == EPIPE) {
    const timespec at_once{};
    sigtimedwait(&pipe_signal, nullptr, &at_once);
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

void child_process::signal(int number) noexcept {
  if (pid_ > 0 && result_ < 0) kill(pid_, number);
}

int child_process::wait() noexcept {
  if (result_ >= 0) return result_;
  int status = 0;
  while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  result_ = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  return result_;
}

void end_with_parent(pid_t parent) noexcept {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(1);
}

}  // namespace aside_app
