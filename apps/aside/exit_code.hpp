#pragma once

#include <stdexcept>
#include <string>

namespace aside_app {

/// What the command's exit code tells a script. `aside --help` lists the same words.
enum class exit_code : int {
  ok = 0,
  failed = 1,             ///< it ran, but a connection or an event was lost
  bad_usage = 2,          ///< unknown flag, value out of range
  port_taken = 3,         ///< another program listens there
  environment = 4,        ///< too few descriptors, threads, ports or too little memory
  child_ended = 5,        ///< the server or the swarm ended before its time
  unreachable = 6,        ///< nothing answers at --target
  output_lost = 7,        ///< the work was done, but stdout could not be written
  not_a_program = 126,    ///< `ask` was given something that can't be run
  no_such_program = 127,  ///< `ask` was given something that is not there
  interrupted = 130,      ///< Ctrl-C before the work was complete
};

constexpr int to_int(exit_code code) noexcept { return static_cast<int>(code); }

/// A failure the user can act on: one line (what, why, what to do) and the exit code it means.
class failure : public std::runtime_error {
 public:
  failure(exit_code code, const std::string& line) : std::runtime_error{line}, code_{code} {}
  exit_code code() const noexcept { return code_; }

 private:
  exit_code code_;
};

}  // namespace aside_app
