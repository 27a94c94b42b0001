#include "ask/sockets.hpp"

#include <unistd.h>
#include <array>
#include <utility>
#include <vector>

#include "ask/socket_dump.hpp"
#include "system/text_file.hpp"

namespace aside_app::ask {
namespace {

std::string network_of(const std::string& process) {
  std::array<char, 64> text;
  const auto size = readlink(("/proc/" + process + "/ns/net").c_str(), text.data(), text.size());
  return size > 0 ? std::string{text.data(), static_cast<std::size_t>(size)} : std::string{};
}

/// Of programs that run for days most sockets are long closed: then what is known is learnt again.
constexpr std::size_t most_known = 65'536;

/// From here on the kernel gives out the numbers of ports that nobody has asked for.
std::uint16_t first_given_port() {
  static const auto first =
      number_at(read_text("/proc/sys/net/ipv4/ip_local_port_range"), 0).value_or(32'768);
  return static_cast<std::uint16_t>(first);
}

/// UDP knows no listening. Who has a port of its own choice and speaks to nobody in particular is
/// spoken to.
bool is_spoken_to(const tcp_row& udp) {
  return udp.peer.ends_with(":0") && udp.local_port != 0 && udp.local_port < first_given_port();
}

bool is_our_network(pid_t pid) { return network_of(std::to_string(pid)) == network_of("self"); }

}  // namespace

fd_kind sockets::kind_of(pid_t pid, std::uint64_t inode) {
  auto found = known_.find(inode);
  if (found == known_.end()) {
    read_tables(pid);
    found = known_.find(inode);
  }
  if (found == known_.end()) {
    // It is newer than the tables.
    if (!inquiry_.is_one_of_a_pair(inode)) return fd_kind::outbound;
    known_.insert_or_assign(inode, socket{fd_kind::pair, {}, true, {}, true});
    return fd_kind::pair;
  }
  auto& known = found->second;
  if (known.nameless && !known.was_looked_into) {
    known.was_looked_into = true;
    if (inquiry_.is_one_of_a_pair(inode)) known.kind = fd_kind::pair;
  }
  return known.kind;
}

std::optional<tcp_talk> sockets::talk_on(pid_t pid, std::uint64_t inode) {
  kind_of(pid, inode);
  const auto found = known_.find(inode);
  return found == known_.end() ? std::nullopt : inquiry_.talk_on(found->second.id);
}

std::uint64_t sockets::other_end_of(pid_t pid, std::uint64_t inode) {
  const auto kind = kind_of(pid, inode);
  const auto found = known_.find(inode);
  if (kind == fd_kind::listener) return 0;
  const bool is_tcp = found != known_.end() && found->second.id.family != 0;
  return is_tcp ? inquiry_.other_end_of(found->second.id) : inquiry_.other_end_of_unix(inode);
}

bool sockets::is_nameless(std::uint64_t inode) const {
  const auto found = known_.find(inode);
  return found != known_.end() && found->second.nameless;
}

std::string sockets::peer_of(std::uint64_t inode) const {
  const auto found = known_.find(inode);
  return found == known_.end() ? std::string{} : found->second.peer;
}

void sockets::read_tables(pid_t pid) {
  using clock = std::chrono::steady_clock;
  const auto began = clock::now();
  if (began < next_read_) return;
  std::vector<tcp_row> rows;
  if (!is_our_network(pid) || !dump_tcp_sockets(rows)) {
    rows.clear();
    for (const auto* table : {"/net/tcp", "/net/tcp6"})
      for (auto& row : parse_tcp_table(read_text("/proc/" + std::to_string(pid) + table)))
        rows.push_back(std::move(row));
  }
  if (known_.size() > most_known) known_.clear();
  for (const auto& row : rows)
    if (row.listening) listening_.insert(row.local_port);
  for (const auto& row : rows) {
    const auto kind = row.listening                         ? fd_kind::listener
                      : listening_.contains(row.local_port) ? fd_kind::inbound
                                                            : fd_kind::outbound;
    known_.insert_or_assign(
        row.inode,
        socket{kind, row.listening ? std::string{} : row.peer, false, row.id, false});
  }
  for (const auto* table : {"/net/udp", "/net/udp6"})
    for (auto& row : parse_tcp_table(read_text("/proc/" + std::to_string(pid) + table))) {
      const auto kind = is_spoken_to(row) ? fd_kind::inbound : fd_kind::outbound;
      if (row.peer.ends_with(":0")) row.peer.clear();
      known_.insert_or_assign(row.inode, socket{kind, std::move(row.peer), false, {}, false});
    }
  for (const auto& row :
       parse_unix_table(read_text("/proc/" + std::to_string(pid) + "/net/unix"))) {
    const auto kind = row.listening ? fd_kind::listener
                      : row.named   ? fd_kind::inbound
                                    : fd_kind::outbound;
    known_.insert_or_assign(row.inode,
                            socket{kind, {}, !row.listening && !row.named, {}, false});
  }
  // At most two hundredths of the time: the tables are long where there are many connections.
  const auto ended = clock::now();
  next_read_ = ended + 50 * (ended - began);
}

}  // namespace aside_app::ask
