#include "ask/launch.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cerrno>
#include <cstring>

#include "exit_code.hpp"

namespace aside_app::ask {
namespace {

void close_one(int& descriptor) noexcept {
  if (descriptor >= 0) close(descriptor);
  descriptor = -1;
}

[[noreturn]] void become(char* const* argv, const signals& before, std::size_t most_files, int gate,
                         int errors) noexcept {
  char word = 0;
  if (read(gate, &word, 1) != 1) _exit(127);  // the parent has gone before it let us go
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
    limit.rlim_cur = most_files;
    setrlimit(RLIMIT_NOFILE, &limit);
  }
  if (before.ignored_children()) signal(SIGCHLD, SIG_IGN);
  sigprocmask(SIG_SETMASK, &before.before(), nullptr);
  execvp(argv[0], argv);
  const int error = errno;
  if (write(errors, &error, sizeof error) < 0) _exit(126);
  _exit(127);
}

}  // namespace

launch::launch(const std::vector<std::string>& program, const signals& before,
               std::size_t most_files)
    : name_{program.front()} {
  std::vector<char*> argv;
  for (const auto& each : program)
    argv.push_back(const_cast<char*>(each.c_str()));
  argv.push_back(nullptr);
  int gate[2] = {-1, -1};
  int errors[2] = {-1, -1};
  const bool open = pipe2(gate, O_CLOEXEC) == 0 && pipe2(errors, O_CLOEXEC) == 0;
  if (open) pid_ = fork();
  if (pid_ == 0) {
    close(gate[1]);
    become(argv.data(), before, most_files, gate[0], errors[1]);
  }
  const int error = errno;
  close_one(gate[0]);
  close_one(errors[1]);
  gate_ = gate[1];
  errors_ = errors[0];
  if (pid_ < 0) {
    close_one(gate_);
    close_one(errors_);
    throw failure{exit_code::environment, "aside ask: can't start " + name_ + ": " +
                                              std::strerror(error) +
                                              "; allow another process (ulimit -u, pids.max)"};
  }
}

launch::~launch() {
  close_one(gate_);
  close_one(errors_);
}

void launch::go() {
  if (write(gate_, "", 1) < 0) close_one(gate_);
  close_one(gate_);
  int error = 0;
  ssize_t got = 0;
  while ((got = read(errors_, &error, sizeof error)) < 0 && errno == EINTR) {
  }
  close_one(errors_);
  if (got != sizeof error) return;
  while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
  if (error == ENOENT && name_.find('/') != std::string::npos && access(name_.c_str(), F_OK) == 0)
    throw failure{exit_code::not_a_program,
                  "aside ask: can't run " + name_ +
                      ": what its first line names (or its loader) is not there"};
  if (error == ENOENT)
    throw failure{exit_code::no_such_program,
                  "aside ask: there is no program " + name_ + " (as a shell would look for it)"};
  throw failure{exit_code::not_a_program,
                "aside ask: can't run " + name_ + ": " + std::strerror(error)};
}

}  // namespace aside_app::ask
