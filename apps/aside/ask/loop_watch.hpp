#pragma once

#include <sys/types.h>
#include <cstdint>
#include <string>
#include <vector>

#include "ask/sockets.hpp"

namespace aside_app::ask {

/// An event loop that has always something to do does not wait in its poll any more, and looks like
/// any thread that computes. What is left of it to be seen are the descriptor by which it polls, the
/// connections that this watches, and that something comes in over them.
class loop_watch {
 public:
  loop_watch(pid_t pid, sockets& book) : pid_{pid}, sockets_{book} {}

  /// How many connections the process's poll descriptors watch over which something has come in
  /// within the last quarter of a second. Where it polls by io_uring, which does not tell what it
  /// watches, all of its connections. Looks at the first few dozen.
  std::size_t served();

 private:
  void find_polls();
  std::string link_of(int descriptor) const;

  pid_t pid_;
  sockets& sockets_;
  unsigned looks_ = 0;
  bool has_ring_ = false;
  std::vector<int> polls_;
  std::vector<std::uint64_t> inodes_;  ///< of its sockets, where it has a ring
};

}  // namespace aside_app::ask
