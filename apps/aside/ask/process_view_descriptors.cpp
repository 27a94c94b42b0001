// What the descriptors of a process lead to, and whom a call waits for.

#include "ask/process_view.hpp"

#include <poll.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <string>

#include "ask/call_forms.hpp"
#include "system/text_file.hpp"

namespace aside_app::ask {
namespace {

constexpr std::uint64_t most_descriptors = 1024;

/// More connections than this are several that are waited for, whatever each of them owes.
constexpr std::size_t most_spare = 8;

constexpr std::chrono::milliseconds short_limit{100};

}  // namespace

std::string process_view::link_of(int descriptor) const {
  std::array<char, 256> text;
  const auto path = path_of(pid_, "fd/" + std::to_string(descriptor));
  const auto size = readlink(path.c_str(), text.data(), text.size());
  return size > 0 ? std::string{text.data(), static_cast<std::size_t>(size)} : std::string{};
}

fd_kind process_view::kind_of(int descriptor) {
  const auto link = link_of(descriptor);
  if (link.starts_with("socket:")) {
    const auto inode = inode_in(link);
    return inode ? sockets_.kind_of(pid_, *inode) : fd_kind::outbound;
  }
  if (link.starts_with("pipe:")) return fd_kind::pipe;
  // The other end of a terminal: what a program says there.
  if (link == "/dev/ptmx" || link == "/dev/pts/ptmx") return fd_kind::pipe;
  if (link.starts_with("/dev/pts/") || link.starts_with("/dev/tty") || link == "/dev/console")
    return fd_kind::terminal;
  if (link == "anon_inode:[eventpoll]") return fd_kind::epoll;
  if (link == "anon_inode:[timerfd]") return fd_kind::timer;
  if (link == "anon_inode:inotify" || link.starts_with("anon_inode:[fanotify"))
    return fd_kind::inotify;
  if (link.starts_with("anon_inode:")) return fd_kind::event;
  if (link.starts_with("/")) {
    struct stat what{};
    const auto path = path_of(pid_, "fd/" + std::to_string(descriptor));
    if (stat(path.c_str(), &what) != 0) return fd_kind::file;
    if (S_ISFIFO(what.st_mode)) return fd_kind::pipe;
    // A device's driver waits for whatever it likes, and not for a disk.
    return S_ISCHR(what.st_mode) ? fd_kind::unknown : fd_kind::file;
  }
  return fd_kind::unknown;
}

/// Its other end is the process's, too: by which threads and signals wake a loop. Both come from one
/// call, which gives neighbouring numbers mostly.
bool process_view::is_own_pipe(int descriptor) const {
  const auto link = link_of(descriptor);
  const auto writes = [&](int end) {
    return opens_for_writing(read_text(path_of(pid_, "fdinfo/" + std::to_string(end))));
  };
  for (const int other : {descriptor + 1, descriptor - 1})
    if (other >= 0 && link == link_of(other) && writes(descriptor) != writes(other)) return true;
  return false;
}

fd_counts process_view::watched_by(int epoll) {
  fd_counts found{};
  const auto text = read_text(path_of(pid_, "fdinfo/" + std::to_string(epoll)));
  const auto targets = parse_epoll_targets(text);
  // Beyond some tens the answer does not change any more, and each costs a look at a link.
  const auto looked_at = std::min<std::size_t>(targets.size(), 32);
  std::size_t nameless = 0;
  std::vector<std::uint64_t> outbound;
  for (std::size_t i = 0; i < looked_at; ++i) {
    auto kind = kind_of(targets[i]);
    if (kind == fd_kind::pipe && is_own_pipe(targets[i])) kind = fd_kind::event;
    // The other end is the program's own, or a child's.
    if (kind == fd_kind::pair) kind = fd_kind::event;
    ++found[static_cast<std::size_t>(kind)];
    if (kind != fd_kind::outbound) continue;
    const auto inode = inode_in(link_of(targets[i]));
    const bool is_nameless = inode && sockets_.is_nameless(*inode);
    nameless += is_nameless;
    if (inode && !is_nameless) outbound.push_back(*inode);
  }
  if (nameless == 1 && !sockets_.knows_pairs()) {
    // One end of a pair, mostly: nobody else's answer.
    --found[static_cast<std::size_t>(fd_kind::outbound)];
    ++found[static_cast<std::size_t>(fd_kind::event)];
  }
  look_for_spare(found, outbound);
  watches_pipe_ = found[static_cast<std::size_t>(fd_kind::pipe)] > 0;
  return found;
}

/// Where one of a few connections owes an answer, the others are only kept for later: they wake
/// nobody. A client that is alone waits for that answer, too; and who serves clients while none is owed
/// waits for these.
void process_view::look_for_spare(fd_counts& found, const std::vector<std::uint64_t>& outbound) {
  const auto of = [&](fd_kind kind) -> std::size_t& { return found[static_cast<std::size_t>(kind)]; };
  auto& count = of(fd_kind::outbound);
  owing_ = count;
  if (count == 0 || count > most_spare || outbound.size() != count) return;
  std::size_t owing = 0;
  for (const auto inode : outbound) {
    const auto talk = sockets_.talk_on(pid_, inode);
    if (!talk) return;
    owing += talk->owes_answer;
  }
  owing_ = owing;
  const auto serves = of(fd_kind::inbound) + of(fd_kind::listener);
  if (owing > 1 || (owing == 0 && serves == 0)) return;
  of(fd_kind::event) += count - owing;
  count = owing;
  if (owing == 0 || of(fd_kind::inbound) > 1) return;
  of(fd_kind::event) += serves;
  of(fd_kind::inbound) = of(fd_kind::listener) = 0;
}

std::vector<int> process_view::polled_descriptors(std::uint64_t address,
                                                  std::uint64_t count) const {
  std::vector<int> descriptors;
  std::vector<pollfd> given(std::min(count, most_descriptors));
  if (given.empty() || !copy_from(address, given.data(), given.size() * sizeof(pollfd)))
    return descriptors;
  for (const auto& each : given)
    if (each.fd >= 0) descriptors.push_back(each.fd);
  return descriptors;
}

fd_counts process_view::polled(std::uint64_t address, std::uint64_t count) {
  fd_counts found{};
  const auto given = polled_descriptors(address, count);
  if (given.empty() && count > 0) ++found[static_cast<std::size_t>(fd_kind::unknown)];
  for (const int each : given)
    ++found[static_cast<std::size_t>(kind_of(each))];
  return found;
}

fd_counts process_view::selected(const std::array<std::uint64_t, 3>& sets, std::uint64_t count) {
  fd_counts found{};
  const auto bits = std::min(count, most_descriptors);
  std::array<std::uint64_t, most_descriptors / 64> any{};
  for (const auto address : sets) {
    std::array<std::uint64_t, most_descriptors / 64> set{};
    if (address == 0 || bits == 0 || !copy_from(address, set.data(), (bits + 63) / 64 * 8))
      continue;
    for (std::size_t word = 0; word < any.size(); ++word)
      any[word] |= set[word];
  }
  for (std::uint64_t bit = 0; bit < bits; ++bit)
    if ((any[bit / 64] >> (bit % 64) & 1) != 0)
      ++found[static_cast<std::size_t>(kind_of(static_cast<int>(bit)))];
  return found;
}

std::vector<int> process_view::descriptors_of(const system_call& call) const {
#ifdef SYS_poll
  if (call.number == SYS_poll) return polled_descriptors(call.arguments[0], call.arguments[1]);
#endif
  if (call.number == SYS_ppoll) return polled_descriptors(call.arguments[0], call.arguments[1]);
  return {static_cast<int>(call.arguments[0])};
}

std::vector<std::uint64_t> process_view::pipes_of(const system_call& call) const {
  std::vector<std::uint64_t> pipes;
  for (const int each : descriptors_of(call)) {
    const auto link = link_of(each);
    const auto inode = link.starts_with("pipe:") ? inode_in(link) : std::nullopt;
    if (!inode) return {};
    pipes.push_back(*inode);
  }
  return pipes;
}

std::vector<std::uint64_t> process_view::other_ends_of(const system_call& call) {
  const auto waited_for =
      is_loop_call(call)
          ? parse_epoll_targets(read_text(path_of(pid_, "fdinfo/" + std::to_string(call.arguments[0]))))
          : descriptors_of(call);
  std::vector<std::uint64_t> ends;
  if (waited_for.size() > most_spare) return ends;
  for (const int each : waited_for) {
    const auto link = link_of(each);
    const auto inode = link.starts_with("socket:") ? inode_in(link) : std::nullopt;
    if (inode && sockets_.kind_of(pid_, *inode) != fd_kind::listener)
      ends.push_back(sockets_.other_end_of(pid_, *inode));
  }
  return ends;
}

std::size_t process_view::unanswered_by(const system_call& call, std::chrono::milliseconds limit) {
  const auto watched =
      parse_epoll_targets(read_text(path_of(pid_, "fdinfo/" + std::to_string(call.arguments[0]))));
  std::size_t unanswered = 0;
  for (std::size_t i = 0; i < std::min(watched.size(), most_spare); ++i) {
    const auto link = link_of(watched[i]);
    const auto inode = link.starts_with("socket:") ? inode_in(link) : std::nullopt;
    if (!inode || sockets_.kind_of(pid_, *inode) != fd_kind::inbound) continue;
    const auto talk = sockets_.talk_on(pid_, *inode);
    // Whoever was answered long ago is not waited for by a clock that is set again and again.
    unanswered += talk && (talk->came_last ||
                           (talk->has_asked && limit <= short_limit &&
                            std::chrono::milliseconds{talk->heard_ms_ago} <= limit));
  }
  return unanswered;
}

std::string process_view::peer_of(const system_call& call) {
  for (const int each : descriptors_of(call)) {
    const auto link = link_of(each);
    if (!link.starts_with("socket:")) continue;
    if (const auto inode = inode_in(link))
      if (auto peer = sockets_.peer_of(*inode); !peer.empty()) return peer;
  }
  return {};
}

}  // namespace aside_app::ask
