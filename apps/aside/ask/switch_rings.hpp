#pragma once

#include <poll.h>
#include <sys/types.h>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "ask/switch_event.hpp"

namespace aside_app::ask {

/// The kernel's own record of every switch of the program's threads: perf events, one ring a
/// processor. Needs no root where kernel.perf_event_paranoid is 2 or less.
class switch_rings {
 public:
  switch_rings() = default;
  ~switch_rings();
  switch_rings(const switch_rings&) = delete;
  switch_rings& operator=(const switch_rings&) = delete;

  /// Follows a process that is about to call exec, from that call on, with all that it begins.
  /// False when the system refuses; `reason` says why.
  bool follow_from_exec(pid_t pid) { return follow(pid, true); }

  /// Follows a thread that runs already, with all that it begins.
  bool follow_now(pid_t tid) { return follow(tid, false); }

  bool is_open() const noexcept { return !rings_.empty(); }
  /// How many it has open: with `follow_now` one for each thread and processor.
  std::size_t descriptors() const noexcept { return rings_.size() + further_events_.size(); }
  const std::string& reason() const noexcept { return reason_; }

  /// Appends what has happened since the last call, in order of time within each processor.
  /// Returns how many records were lost.
  std::uint64_t drain(std::vector<switch_event>& into);

  /// Adds what becomes readable when a ring is half full.
  void add_to(std::vector<pollfd>& polled) const;
  /// To be called with what poll has answered for the entries that `add_to` has added.
  void polled(const pollfd& answer);

  void close();

 private:
  struct ring {
    int processor = 0;
    int event = -1;
    void* memory = nullptr;
    std::size_t data_bytes = 0;
    bool hung_up = false;
  };

  bool follow(pid_t tid, bool from_exec);
  bool map(ring& to);

  std::vector<ring> rings_;
  std::vector<int> further_events_;
  std::vector<std::byte> copy_;
  std::string reason_;
};

}  // namespace aside_app::ask
