#include "ask/thread_files.hpp"

#include <fcntl.h>
#include <unistd.h>
#include <array>
#include <cerrno>
#include <string_view>

#include "system/text_file.hpp"

namespace aside_app::ask {
namespace {

std::string path_in_folder(const thread_record& thread, const char* name) {
  return std::to_string(thread.tid) + "/" + name;
}

std::string path_of(const thread_record& thread, const char* name) {
  return "/proc/" + std::to_string(thread.pid) + "/task/" + std::to_string(thread.tid) + "/" + name;
}

}  // namespace

thread_files::~thread_files() {
  if (folder_ >= 0) ::close(folder_);
}

/// By the folder of its process, which is open: the way there is most of what opening costs.
int thread_files::open_file(const thread_record& thread, const char* name) {
  if (folder_of_ != thread.pid) {
    if (folder_ >= 0) ::close(folder_);
    folder_ = open(("/proc/" + std::to_string(thread.pid) + "/task").c_str(),
                   O_PATH | O_DIRECTORY | O_CLOEXEC);
    folder_of_ = thread.pid;
  }
  const int file = openat(folder_, path_in_folder(thread, name).c_str(), O_RDONLY | O_CLOEXEC);
  if (file >= 0 || (errno != ENOENT && errno != ESRCH && errno != EBADF)) return file;
  // The number may have been given to another process since.
  return open(path_of(thread, name).c_str(), O_RDONLY | O_CLOEXEC);
}

std::string_view thread_files::read(thread_record& thread, int& file, const char* name) {
  const bool was_open = file >= 0;
  int now = was_open ? file : open_file(thread, name);
  full_ = now < 0 && (errno == EMFILE || errno == ENFILE);
  if (now < 0) return {};
  const auto size = pread(now, text_.data(), text_.size(), 0);
  const int error = size < 0 ? errno : 0;
  if (!was_open) {
    if (open_ < most_open_) {
      file = now;
      ++open_;
    } else {
      ::close(now);
    }
  }
  errno = error;
  return size > 0 ? std::string_view{text_.data(), static_cast<std::size_t>(size)}
                  : std::string_view{};
}

std::optional<sched_times> thread_files::times_of(thread_record& thread) {
  return parse_schedstat(read(thread, thread.schedstat_file, "schedstat"));
}

std::optional<system_call> thread_files::call_of(thread_record& thread) {
  errno = 0;
  const auto text = read(thread, thread.call_file, "syscall");
  refused_ = text.empty() && (errno == EPERM || errno == EACCES);
  return text.empty() ? std::nullopt : parse_system_call(text);
}

std::string thread_files::kernel_function_of(const thread_record& thread) {
  auto name = read_text(path_of(thread, "wchan"));
  return name == "0" ? std::string{} : name;
}

std::string thread_files::name_of(const thread_record& thread) {
  auto name = read_text(path_of(thread, "comm"));
  if (name.ends_with('\n')) name.pop_back();
  return name;
}

void thread_files::close(thread_record& thread) noexcept {
  for (int* file : {&thread.schedstat_file, &thread.call_file}) {
    if (*file < 0) continue;
    ::close(*file);
    *file = -1;
    --open_;
  }
}

}  // namespace aside_app::ask
