#include "ask/process_view.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>
#include <algorithm>
#include <charconv>
#include <csignal>
#include <cstdlib>
#include <string_view>
#include <utility>

#include "ask/cause.hpp"
#include "system/text_file.hpp"

namespace aside_app::ask {
namespace {

constexpr std::uint64_t most_descriptors = 1024;

/// More connections than this are several that are waited for, whatever each of them owes.
constexpr std::size_t most_spare = 8;

constexpr std::size_t most_common_places = 256;

/// Tells numbers that the kernel gives out from those made of a file and a place in it.
constexpr std::uint64_t by_number = std::uint64_t{1} << 63;

pid_t number_of(std::string_view text) noexcept {
  pid_t value = -1;
  const auto end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, value);
  return error == std::errc{} && at == end ? value : -1;
}

std::string path_of(pid_t pid, std::string_view what) {
  return "/proc/" + std::to_string(pid) + "/" + std::string{what};
}

}  // namespace

process_view::~process_view() {
  if (tasks_ >= 0) close(tasks_);
}

bool process_view::is_stopped(std::uint64_t look) {
  if (std::exchange(stop_look_, look) == look) return stopped_;
  const auto stat = stat_of(pid_, pid_);
  stopped_ = stat && (stat->state == 'T' || stat->state == 't');
  return stopped_;
}

std::vector<pid_t> process_view::threads_if_changed(bool always) {
  std::vector<pid_t> threads;
  if (tasks_ < 0) tasks_ = open(path_of(pid_, "task").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  struct stat now{};
  if (tasks_ < 0 || fstat(tasks_, &now) != 0) return threads;
  if (!always && now.st_nlink == links_) return threads;
  links_ = now.st_nlink;
  const int copy = openat(tasks_, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR* folder = copy < 0 ? nullptr : fdopendir(copy);
  if (folder == nullptr) {
    if (copy >= 0) close(copy);
    return threads;
  }
  while (const auto* entry = readdir(folder))
    if (const auto tid = number_of(entry->d_name); tid > 0) threads.push_back(tid);
  closedir(folder);
  return threads;
}

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
  return link == link_of(descriptor + 1) || (descriptor > 0 && link == link_of(descriptor - 1));
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

bool process_view::copy_from(std::uint64_t address, void* into, std::size_t size) const noexcept {
  iovec here{into, size};
  iovec there{reinterpret_cast<void*>(address), size};  // NOLINT(performance-no-int-to-ptr)
  return process_vm_readv(pid_, &here, 1, &there, 1, 0) == static_cast<ssize_t>(size);
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

bool process_view::is_thread(std::uint64_t word) {
  if (word > 0x7fffffff) return false;
  return access(path_of(pid_, "task/" + std::to_string(word)).c_str(), F_OK) == 0;
}

/// Who has begun another process may be told of its end, and waits for that.
bool process_view::is_woken_by_the_clock(std::uint64_t signals) {
  constexpr std::uint64_t alarm = std::uint64_t{1} << (SIGALRM - 1);
  std::uint64_t set = 0;
  if (signals != 0 && !copy_from(signals, &set, sizeof set)) return false;
  if (signals == 0) {
    const auto status = read_text(path_of(pid_, "status"));
    const auto at = status.find("SigCgt:\t");
    if (at == std::string::npos) return false;
    set = std::strtoull(status.c_str() + at + 8, nullptr, 16);
  }
  const bool by_alarm = (set & alarm) != 0;
  return (by_alarm || !read_text(path_of(pid_, "timers")).empty()) &&
         children_of(pid_, pid_).empty();
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

std::string process_view::peer_of(const system_call& call) {
  for (const int each : descriptors_of(call)) {
    const auto link = link_of(each);
    if (!link.starts_with("socket:")) continue;
    if (const auto inode = inode_in(link))
      if (auto peer = sockets_.peer_of(*inode); !peer.empty()) return peer;
  }
  return {};
}

std::uint64_t process_view::common_place_of(const system_call& call) {
  const auto word = common_word_of(call);
  if (!word) return 0;
  if (!word->is_address) {
    // Of a set of semaphores the first that the call names.
    std::uint16_t number = 0;
    copy_from(call.arguments[1], &number, sizeof number);
    return (word->value << 16) | number | by_number;
  }
  if (const auto known = places_.find(word->value); known != places_.end()) return known->second;
  if (places_.size() >= most_common_places) places_.clear();
  const auto place = shared_place_in(read_text(path_of(pid_, "maps")), word->value).value_or(0);
  places_.emplace(word->value, place);
  return place;
}

std::vector<pid_t> children_of(pid_t pid, pid_t tid) {
  std::vector<pid_t> children;
  const auto text = read_text(path_of(pid, "task/" + std::to_string(tid) + "/children"));
  std::string_view left = text;
  while (!left.empty()) {
    const auto word = left.substr(0, left.find(' '));
    if (const auto child = number_of(word); child > 0) children.push_back(child);
    left.remove_prefix(std::min(word.size() + 1, left.size()));
  }
  return children;
}

std::string command_of(pid_t pid) {
  auto line = read_text(path_of(pid, "cmdline"));
  while (!line.empty() && line.back() == '\0')
    line.pop_back();
  std::replace(line.begin(), line.end(), '\0', ' ');
  if (!line.empty()) return line;
  const auto stat = parse_stat(read_text(path_of(pid, "stat")));
  return stat ? stat->name : std::string{};
}

std::optional<stat_line> stat_of(pid_t pid, pid_t tid) {
  return parse_stat(read_text(path_of(pid, "task/" + std::to_string(tid) + "/stat")));
}

bool is_left_over(pid_t pid, pid_t tid) {
  if (tid != pid) return false;
  const auto stat = stat_of(pid, tid);
  return !stat || stat->is_dead();
}

}  // namespace aside_app::ask
