#include "ask/file_locks.hpp"

#include <algorithm>

#include "system/text_file.hpp"

namespace aside_app::ask {
namespace {

constexpr std::size_t most_files = 1'024;
constexpr std::size_t several = 2;

}  // namespace

void file_locks::read() {
  const auto now = std::chrono::steady_clock::now();
  if (now < next_read_) return;
  next_read_ = now + between_reads_;
  held_ = parse_file_locks(read_text("/proc/locks"));
  for (const auto& each : held_) {
    const auto known = holders_.find(each.file);
    if (known != holders_.end() && known->second.size() < several)
      known->second.insert(each.pid);
    else if (known == holders_.end() && holders_.size() < most_files)
      holders_[each.file].insert(each.pid);
  }
}

bool file_locks::are_shared() {
  read();
  return std::any_of(holders_.begin(), holders_.end(),
                     [](const auto& each) { return each.second.size() >= several; });
}

bool file_locks::hold_up(pid_t pid) {
  read();
  std::vector<file_id> files;
  for (const auto& each : held_) {
    const auto known = holders_.find(each.file);
    if (each.pid != pid && known != holders_.end() && known->second.size() >= several)
      files.push_back(each.file);
  }
  return may_wait_for(pid, files);
}

}  // namespace aside_app::ask
