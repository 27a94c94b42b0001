#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "ask/proc_text.hpp"

namespace aside_app::ask {

/// Who spoke last on a TCP connection, and when.
struct tcp_talk {
  bool owes_answer = false;  ///< the other end: the last word was ours
  bool has_asked = false;    ///< the other end: the last word was its, or both came within a tick of the clock
  bool came_last = false;    ///< the same where it was clearly later than ours
  std::uint32_t heard_ms_ago = 0;
};

/// Asks the kernel about single sockets of its own network: some microseconds each, however many
/// there are.
class socket_inquiry {
 public:
  socket_inquiry() = default;
  ~socket_inquiry();
  socket_inquiry(const socket_inquiry&) = delete;
  socket_inquiry& operator=(const socket_inquiry&) = delete;

  /// Nothing when the connection is gone or the kernel does not tell.
  std::optional<tcp_talk> talk_on(const socket_id& which);

  /// The inode of the socket at the other end of a connection within this machine, by what is known of this
  /// end, or of a Unix socket by its inode; 0 when it is elsewhere or unknown.
  std::uint64_t other_end_of(const socket_id& tcp);
  std::uint64_t other_end_of_unix(std::uint64_t inode);

  /// A Unix socket that was made together with its other end, as socketpair does: both were then a
  /// process's and its children's.
  bool is_one_of_a_pair(std::uint64_t inode);
  /// The kernel has answered a question about a Unix socket.
  bool has_told_of_unix() const noexcept { return has_told_of_unix_; }

 private:
  struct unix_end {
    bool named = false;
    std::uint32_t peer = 0;  ///< its inode
  };

  std::optional<unix_end> unix_end_of(std::uint32_t inode);
  /// The body of the answer: empty when there is none.
  std::span<const std::byte> ask(std::span<const std::byte> question);

  int channel_ = -1;
  bool refused_ = false;
  bool has_told_of_unix_ = false;
  std::vector<std::byte> answer_;
};

}  // namespace aside_app::ask
