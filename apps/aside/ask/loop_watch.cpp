#include "ask/loop_watch.hpp"

#include <dirent.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

#include "ask/proc_text.hpp"
#include "system/text_file.hpp"

namespace aside_app::ask {
namespace {

/// Loops make their poll descriptor early, so it has a low number.
constexpr std::size_t most_descriptors = 256;
constexpr std::size_t most_connections = 64;
constexpr std::uint32_t recent_ms = 250;

/// Looks until the descriptors are read again: there may be a new loop, or an exec.
constexpr unsigned looks_a_search = 8;

}  // namespace

std::string loop_watch::link_of(int descriptor) const {
  std::array<char, 64> text;
  const auto path = "/proc/" + std::to_string(pid_) + "/fd/" + std::to_string(descriptor);
  const auto size = readlink(path.c_str(), text.data(), text.size());
  return size > 0 ? std::string{text.data(), static_cast<std::size_t>(size)} : std::string{};
}

void loop_watch::find_polls() {
  polls_.clear();
  inodes_.clear();
  has_ring_ = false;
  DIR* folder = opendir(("/proc/" + std::to_string(pid_) + "/fd").c_str());
  if (folder == nullptr) return;
  std::size_t seen = 0;
  while (const auto* entry = readdir(folder)) {
    int descriptor = -1;
    const char* end = entry->d_name + std::strlen(entry->d_name);
    if (std::from_chars(entry->d_name, end, descriptor).ptr != end) continue;
    if (++seen > most_descriptors) break;
    const auto link = link_of(descriptor);
    if (link == "anon_inode:[eventpoll]") polls_.push_back(descriptor);
    has_ring_ |= link == "anon_inode:[io_uring]";
    if (link.starts_with("socket:"))
      if (const auto inode = inode_in(link)) inodes_.push_back(*inode);
  }
  closedir(folder);
}

std::size_t loop_watch::served() {
  if (looks_++ % looks_a_search == 0 || has_ring_) find_polls();
  std::vector<std::uint64_t> watched;
  if (has_ring_) watched = inodes_;
  for (const int poll : polls_) {
    const auto text =
        read_text("/proc/" + std::to_string(pid_) + "/fdinfo/" + std::to_string(poll));
    for (const int each : parse_epoll_targets(text)) {
      if (watched.size() >= most_connections) break;
      const auto link = link_of(each);
      if (!link.starts_with("socket:")) continue;
      if (const auto inode = inode_in(link)) watched.push_back(*inode);
    }
  }
  std::sort(watched.begin(), watched.end());
  watched.erase(std::unique(watched.begin(), watched.end()), watched.end());
  watched.resize(std::min(watched.size(), most_connections));
  return static_cast<std::size_t>(
      std::count_if(watched.begin(), watched.end(), [&](std::uint64_t inode) {
        const auto talk = sockets_.talk_on(pid_, inode);
        return talk && talk->heard_ms_ago < recent_ms;
      }));
}

}  // namespace aside_app::ask
