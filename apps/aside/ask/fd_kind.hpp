#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace aside_app::ask {

/// What a descriptor leads to.
enum class fd_kind : std::uint8_t {
  unknown,
  file,
  outbound,
  inbound,
  listener,
  pipe,
  terminal,
  event,
  epoll,
  timer,
  inotify,
  pair  ///< one of two Unix sockets that were made together
};

/// How many descriptors of each kind.
using fd_counts = std::array<std::size_t, 12>;

/// Answers what `cause_of` must know about the process; the real one looks into /proc.
class fd_teller {
 public:
  virtual ~fd_teller() = default;
  virtual fd_kind kind_of(int descriptor) = 0;
  /// What an epoll descriptor watches, by kind.
  virtual fd_counts watched_by(int epoll) = 0;
  /// What a poll call was given, by kind.
  virtual fd_counts polled(std::uint64_t address, std::uint64_t count) = 0;
  /// What a select call was given, by kind: three sets of `count` bits, addresses may be zero.
  virtual fd_counts selected(const std::array<std::uint64_t, 3>& sets, std::uint64_t count) = 0;
  /// `word` is the number of a thread of the same process.
  virtual bool is_thread(std::uint64_t word) = 0;
  /// A signal that the process waits for comes by a timer of its own: one of the set at that address,
  /// or at 0 any that it handles.
  virtual bool is_woken_by_the_clock(std::uint64_t signals) = 0;
};

}  // namespace aside_app::ask
