#pragma once

#include <sys/types.h>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aside_app {

/// Another process of this same program, with a pipe in each direction.
///
/// It starts in its own process group with default signals (a Ctrl-C in the terminal reaches only
/// this process, which then ends its children in order). Its stderr is ours. It must call
/// `end_with_parent` first thing: then it dies with the thread that started it.
class child_process {
 public:
  /// Throws `failure` (environment) when the system refuses another process.
  child_process(std::string name, const std::vector<std::string>& arguments);
  ~child_process();  ///< kills and awaits it when it still runs
  child_process(const child_process&) = delete;
  child_process& operator=(const child_process&) = delete;

  const std::string& name() const noexcept { return name_; }
  pid_t pid() const noexcept { return pid_; }
  int output() const noexcept { return output_; }

  /// Takes what the child has written; call it when `output` is readable.
  void pump();
  /// The child has closed its stdout: it has ended or is about to.
  bool over() const noexcept { return over_; }

  /// The next whole line that `pump` has taken.
  std::optional<std::string> line();

  /// Writes a line to the child's stdin. A child that has gone shows up in `pump`, not here.
  void tell(std::string_view line) noexcept;

  void signal(int number) noexcept;

  /// Awaits its end: its exit code, or 128 + the signal that killed it.
  int wait() noexcept;

 private:
  std::string name_;
  pid_t pid_ = -1;
  int input_ = -1;
  int output_ = -1;
  int result_ = -1;
  bool over_ = false;
  std::string taken_;
};

/// For the child's side: asks the kernel to kill this process when the one that started it ends.
/// `parent` is the starter's pid; when it has gone already, this does not return.
void end_with_parent(pid_t parent) noexcept;

}  // namespace aside_app
