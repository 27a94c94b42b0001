#include "ask/process_view.hpp"

#include <dirent.h>
#include <fcntl.h>
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

#include "ask/call_forms.hpp"
#include "system/text_file.hpp"

namespace aside_app::ask {
namespace {

constexpr std::size_t most_common_places = 256;

/// Tells numbers that the kernel gives out from those made of a file and a place in it.
constexpr std::uint64_t by_number = std::uint64_t{1} << 63;

pid_t number_of(std::string_view text) noexcept {
  pid_t value = -1;
  const auto end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, value);
  return error == std::errc{} && at == end ? value : -1;
}

}  // namespace

std::string path_of(pid_t pid, std::string_view what) {
  return "/proc/" + std::to_string(pid) + "/" + std::string{what};
}

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

bool process_view::copy_from(std::uint64_t address, void* into, std::size_t size) const noexcept {
  iovec here{into, size};
  iovec there{reinterpret_cast<void*>(address), size};  // NOLINT(performance-no-int-to-ptr)
  return process_vm_readv(pid_, &here, 1, &there, 1, 0) == static_cast<ssize_t>(size);
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
