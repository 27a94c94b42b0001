#include "ask/open_files.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

#include "ask/proc_text.hpp"
#include "system/text_file.hpp"

namespace aside_app::ask {
namespace {

constexpr int most_descriptors = 256;

/// Calls `is_one` with the folder and the name of each descriptor, until it says so.
template <class Test>
bool any_descriptor(pid_t pid, Test is_one) {
  DIR* folder = opendir(("/proc/" + std::to_string(pid) + "/fd").c_str());
  if (folder == nullptr) return false;
  bool found = false;
  int seen = 0;
  while (const auto* entry = found ? nullptr : readdir(folder))
    if (entry->d_name[0] != '.') {
      if (++seen > most_descriptors) break;
      found = is_one(dirfd(folder), entry->d_name);
    }
  closedir(folder);
  return found;
}

}  // namespace

bool has_open(pid_t pid, std::span<const file_id> files) {
  return !files.empty() && any_descriptor(pid, [&](int folder, const char* name) {
    struct stat what{};
    return fstatat(folder, name, &what, 0) == 0 &&
           std::find(files.begin(), files.end(), file_id{what.st_dev, what.st_ino}) != files.end();
  });
}

bool may_write_to(pid_t pid, std::uint64_t pipe) {
  return any_descriptor(pid, [&](int folder, const char* name) {
    std::array<char, 64> link;
    const auto size = readlinkat(folder, name, link.data(), link.size());
    const std::string_view text{link.data(), static_cast<std::size_t>(std::max<ssize_t>(size, 0))};
    if (!text.starts_with("pipe:") || inode_in(text) != pipe) return false;
    return opens_for_writing(read_text("/proc/" + std::to_string(pid) + "/fdinfo/" + name));
  });
}

}  // namespace aside_app::ask
