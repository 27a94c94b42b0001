#pragma once

#include <sys/types.h>
#include <chrono>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>

#include "ask/fd_kind.hpp"
#include "ask/socket_inquiry.hpp"

namespace aside_app::ask {

/// Which side began a connection, and who is at its other end, by the inode of the socket. Reads
/// the
/// kernel's tables when it meets an inode that it does not know, and not so often that it costs.
class sockets {
 public:
  fd_kind kind_of(pid_t pid, std::uint64_t inode);

  /// A Unix socket without a name, such as each end of a pair: `kind_of` has met it before.
  bool is_nameless(std::uint64_t inode) const;

  /// Of those without a name it is known which are one of a pair.
  bool knows_pairs() const noexcept { return inquiry_.has_told_of_unix(); }

  /// The inode of the socket at the other end, where that is on this machine, too; 0 otherwise.
  std::uint64_t other_end_of(pid_t pid, std::uint64_t inode);

  /// "10.0.0.5:5432"; empty for sockets of other kinds than TCP and UDP, and where there is nobody.
  std::string peer_of(std::uint64_t inode) const;

  /// Nothing for sockets that are no TCP or of another network than ours.
  std::optional<tcp_talk> talk_on(pid_t pid, std::uint64_t inode);

 private:
  void read_tables(pid_t pid);

  struct socket {
    fd_kind kind = fd_kind::outbound;
    std::string peer;
    bool nameless = false;
    socket_id id;
    bool was_looked_into = false;  ///< whether it is one of a pair
  };
  std::unordered_map<std::uint64_t, socket> known_;
  socket_inquiry inquiry_;
  std::set<std::uint16_t> listening_;
  std::chrono::steady_clock::time_point next_read_{};
};

}  // namespace aside_app::ask
