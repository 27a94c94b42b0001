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

std::string info_of(pid_t pid, const char* descriptor) {
  return read_text("/proc/" + std::to_string(pid) + "/fdinfo/" + descriptor);
}

/// Empty where it does not begin so.
std::string_view link_of(int folder, const char* descriptor, std::span<char> into,
                         std::string_view beginning) {
  const auto size = readlinkat(folder, descriptor, into.data(), into.size());
  const std::string_view text{into.data(), static_cast<std::size_t>(std::max<ssize_t>(size, 0))};
  return text.starts_with(beginning) ? text : std::string_view{};
}

}  // namespace

bool may_wait_for(pid_t pid, std::span<const file_id> locked) {
  if (locked.empty()) return false;
  bool is_open = false;
  const bool has_one = any_descriptor(pid, [&](int folder, const char* name) {
    struct stat what{};
    if (fstatat(folder, name, &what, 0) != 0 ||
        std::find(locked.begin(), locked.end(), file_id{what.st_dev, what.st_ino}) == locked.end())
      return false;
    is_open = true;
    return has_lock(info_of(pid, name));
  });
  return is_open && !has_one;
}

bool has_socket(pid_t pid, std::uint64_t socket) {
  return any_descriptor(pid, [&](int folder, const char* name) {
    std::array<char, 64> link;
    return inode_in(link_of(folder, name, link, "socket:")) == socket;
  });
}

bool may_write_to(pid_t pid, std::uint64_t pipe) {
  return any_descriptor(pid, [&](int folder, const char* name) {
    std::array<char, 64> link;
    return inode_in(link_of(folder, name, link, "pipe:")) == pipe && opens_for_writing(info_of(pid, name));
  });
}

}  // namespace aside_app::ask
