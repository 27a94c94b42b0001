#include "base/descriptor_table.hpp"

#include "base/atomic.hpp"
#include "base/unique_fd.hpp"

#include <fcntl.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <algorithm>
#include <cerrno>

namespace aside::inline ASIDE_ABI::detail {

namespace {

constexpr unsigned unshare_flag = 1u << 1;  // CLOSE_RANGE_UNSHARE, in a header that clashes with glibc's
constexpr unsigned beyond_all = ~0u;

thread_local constinit porter* group_of_table = nullptr;
thread_local constinit unsigned number_of_table = 0;
constinit atomic<unsigned> tables_made{0};

/// Of a range that closes nothing: containers that forbid unshare(2) allow that.
int unshare_table() noexcept {
  if (::close_range(beyond_all, beyond_all, static_cast<int>(unshare_flag)) == 0) return 0;
  return ::unshare(CLONE_FILES) == 0 ? 0 : errno;
}

int reserved() noexcept {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return reserved_descriptors;
  return static_cast<int>(
      std::min<rlim_t>(limit.rlim_cur / 8, static_cast<rlim_t>(reserved_descriptors)));
}

/// Nobody waits for its end, as one does for that of a socket or a pipe.
bool may_have_copies(int fd) noexcept {
  struct stat s{};
  return ::fstat(fd, &s) == 0 && (S_ISREG(s.st_mode) || S_ISDIR(s.st_mode) ||
                                  S_ISCHR(s.st_mode) || S_ISBLK(s.st_mode));
}

/// Closes the copies that T3 forbids.
void close_copies(std::span<const int> kept, int below) noexcept {
  const auto is_kept = [&](int fd) { return std::ranges::find(kept, fd) != kept.end(); };
  for (int fd = STDERR_FILENO + 1; fd < below; ++fd)
    if (!is_kept(fd) && !may_have_copies(fd)) ::close(fd);
  unsigned from = static_cast<unsigned>(std::max(below, STDERR_FILENO + 1));
  for (;;) {
    unsigned next = beyond_all;
    for (const int fd : kept)
      if (fd >= 0 && static_cast<unsigned>(fd) >= from) next = std::min(next, static_cast<unsigned>(fd));
    if (next > from) ::close_range(from, next == beyond_all ? next : next - 1, 0);
    if (next == beyond_all) return;
    from = next + 1;
  }
}

/// What is free below that number refers from here on to something that every call answers with EBADF.
int fill(int below) noexcept {
  unique_fd nothing(::open("/", O_PATH | O_CLOEXEC));
  if (!nothing) return errno;
  for (;;) {
    unique_fd next(::fcntl(nothing.get(), F_DUPFD_CLOEXEC, 0));
    if (!next) return errno;
    if (next.get() >= below) break;
    static_cast<void>(next.release());
  }
  if (nothing.get() < below) static_cast<void>(nothing.release());
  return 0;
}

}  // namespace

porter* this_group() noexcept { return group_of_table; }
unsigned this_table() noexcept { return number_of_table; }

int part_table(porter& group, std::span<const int> kept) noexcept {
  if (const int error = unshare_table(); error != 0) return error;
  group_of_table = &group;
  number_of_table = tables_made.fetch_add(1, memory_order_relaxed) + 1;
  const int below = reserved();
  close_copies(kept, below);
  return fill(below);
}

void porter::send(errand& e) {
  std::unique_lock lock(mutex_);
  (last_ == nullptr ? first_ : last_->next) = &e;
  last_ = &e;
  changed_.notify_all();
  changed_.wait(lock, [&] { return e.done; });
}

void porter::serve() noexcept {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return first_ != nullptr || dismissed_; });
    if (first_ == nullptr) return;
    errand& e = *first_;
    first_ = e.next;
    if (first_ == nullptr) last_ = nullptr;
    lock.unlock();
    try {
      e.go(e);
    } catch (...) {
      e.error = std::current_exception();
    }
    lock.lock();
    e.done = true;
    changed_.notify_all();
  }
}

void porter::dismiss() noexcept {
  const std::scoped_lock lock(mutex_);
  dismissed_ = true;
  changed_.notify_all();
}

}  // namespace aside::inline ASIDE_ABI::detail
