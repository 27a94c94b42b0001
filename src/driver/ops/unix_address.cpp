// Names of Unix sockets. A path outlives its socket: one that nobody listens on any more is
// replaced only on request, and then under a lock on its folder, so that of two servers that start
// together neither removes the other's.

#include "driver/ops/unix_address.hpp"

#include "driver/ops/address.hpp"

#include <fcntl.h>
#include <sched.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <cerrno>
#include <cstring>
#include <new>
#include <system_error>

namespace aside::inline ASIDE_ABI {

unix_address unix_address::keep(std::string_view text) noexcept {
  unix_address a;
  const bool abstract = text.starts_with('@');
  if (text.size() > longest)
    a.error_ = ENAMETOOLONG;
  else if (text.empty() || text == "@" || (!abstract && text.find('\0') != text.npos))
    a.error_ = EINVAL;
  a.size_ = static_cast<std::uint8_t>(text.copy(a.text_, longest));
  if (text.size() > longest) std::memcpy(a.text_ + longest - 3, "...", 3);
  return a;
}

unix_address::unix_address(std::string_view text) : unix_address(keep(text)) {
  if (error_ != 0) detail::throw_at_path(error_, "Unix address", *this);
}

namespace detail {

raw_unix_address::raw_unix_address(const unix_address& a) noexcept {
  raw_.sun_family = AF_UNIX;
  std::memcpy(raw_.sun_path, a.text().data(), a.text().size());
  size_ = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + a.text().size());
  if (a.is_abstract())
    raw_.sun_path[0] = '\0';
  else
    ++size_;  // with its zero
}

void raw_unix_address::unlink() const noexcept {
  if (raw_.sun_path[0] != '\0') ::unlink(raw_.sun_path);
}

unix_address raw_unix_address::named() const noexcept {
  constexpr std::size_t head = offsetof(sockaddr_un, sun_path);
  if (size_ <= head) return {};
  const std::size_t n = size_ - head;
  if (raw_.sun_path[0] != '\0')
    return unix_address::keep({raw_.sun_path, ::strnlen(raw_.sun_path, n)});
  char text[sizeof raw_.sun_path];
  std::memcpy(text, raw_.sun_path, n);
  text[0] = '@';
  return unix_address::keep({text, n});
}

namespace {

std::string doing_at(const char* operation, const unix_address& a) {
  std::string doing = operation + std::string(" ");
  for (const char c : a.text())
    doing += c >= ' ' && c != '\x7f' ? c : '?';
  if (a.text().empty()) doing += "\"\"";
  return doing;
}

}  // namespace

void throw_at_path(int error, const char* operation, const unix_address& a) {
  const char* advice = "";
  if (error == ENAMETOOLONG)
    advice = "; the path of a Unix socket has at most 107 bytes: use a shorter or a relative one";
  else if (error == EINVAL && a.error() == EINVAL)
    advice = "; a path is wanted, or @name for one in the abstract namespace";
  else if (error == EAGAIN)
    advice = "; its queue is full: it accepts or reads too slowly";
  throw_explained(error, doing_at(operation, a), advice);
}

std::optional<bound_path::identity> bound_path::of(const char* path) noexcept {
  struct statx s{};
  if (::statx(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, STATX_INO | STATX_BTIME, &s) != 0) return {};
  identity file{.device = makedev(s.stx_dev_major, s.stx_dev_minor), .inode = s.stx_ino};
  if ((s.stx_mask & STATX_BTIME) != 0) {
    file.born = s.stx_btime.tv_sec;
    file.born_ns = s.stx_btime.tv_nsec;
  }
  return file;
}

bound_path::bound_path(const unix_address& a) {
  if (!a || a.is_abstract()) return;
  const std::string path(a.text());
  if (const auto file = of(path.c_str())) {
    path_ = path;
    file_ = *file;
  }
}

void bound_path::remove() noexcept {
  if (path_.empty()) return;
  if (of(path_.c_str()) == file_) ::unlink(path_.c_str());
  path_.clear();
}

namespace {

/// The folder of a path, locked. Others hold it for microseconds.
class folder_lock {
 public:
  explicit folder_lock(const unix_address& a) noexcept {
    char folder[unix_address::longest + 1] = {};
    const std::size_t slash = a.text().rfind('/');
    if (slash == std::string_view::npos)
      folder[0] = '.';
    else
      a.text().copy(folder, slash == 0 ? 1 : slash);
    fd_ = unique_fd(::open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    for (int i = 0; fd_ && !held_ && i < 1000; ++i) {
      held_ = ::flock(fd_.get(), LOCK_EX | LOCK_NB) == 0;
      if (!held_) ::sched_yield();
    }
  }
  [[nodiscard]] bool held() const noexcept { return held_; }

 private:
  unique_fd fd_;
  bool held_ = false;
};

int bind_and_listen(raw_unix_address& raw, const unix_binding& how, int fd) noexcept {
  if (how.mode >= 0 && ::fchmod(fd, static_cast<mode_t>(how.mode)) != 0) return errno;
  if (::bind(fd, raw.get(), raw.size()) != 0) return errno;
  if (how.backlog < 0 || ::listen(fd, how.backlog) == 0) return 0;
  const int error = errno;
  raw.unlink();
  return error;
}

/// Is the path a socket that nobody has open?
bool is_dead(raw_unix_address& raw, const char* path, int type) noexcept {
  struct stat s{};
  if (::lstat(path, &s) != 0 || !S_ISSOCK(s.st_mode)) return false;
  const unique_fd probe(::socket(AF_UNIX, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  return probe && ::connect(probe.get(), raw.get(), raw.size()) != 0 && errno == ECONNREFUSED;
}

/// Why the name is taken.
const char* what_is_there(const unix_address& a, bool replace_dead) noexcept {
  if (a.is_abstract()) return "; is another server running?";
  struct stat s{};
  if (::lstat(a.text().data(), &s) == 0 && !S_ISSOCK(s.st_mode))
    return "; a file that is no socket has this path: remove it, or choose another path";
  if (!replace_dead)
    return "; is another server running? A path that nobody listens on any more is replaced if the "
           "options say replace_dead(true)";
  if (!folder_lock(a).held())
    return "; replace_dead(true) needs to read and lock its folder, and cannot: may this process read "
           "it, or is another one binding there?";
  return "; a socket that is open has this path, and replace_dead(true) replaces only one that nobody "
         "has open: is another server running?";
}

}  // namespace

void throw_not_bound(int error, const char* operation, const unix_address& a, bool replace_dead) {
  if (error != EADDRINUSE) throw_at_path(error, operation, a);
  throw_explained(error, doing_at(operation, a), what_is_there(a, replace_dead));
}

int bind_unix(const unix_address& a, const unix_binding& how, unique_fd& fd,
              bound_path& path) noexcept {
  if (a.error() != 0) return a.error();
  fd = unique_fd(::socket(AF_UNIX, how.type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd) return errno;
  raw_unix_address raw(a);
  int error = 0;
  if (how.replace_dead && !a.is_abstract()) {
    const folder_lock locked(a);
    error = bind_and_listen(raw, how, fd.get());
    const std::string_view text = a.text();  // ends with a zero
    if (error == EADDRINUSE && locked.held() && is_dead(raw, text.data(), how.type)) {
      ::unlink(text.data());
      error = bind_and_listen(raw, how, fd.get());
    }
  } else {
    error = bind_and_listen(raw, how, fd.get());
  }
  if (error != 0) return error;
  try {
    path = bound_path(a);
  } catch (const std::bad_alloc&) {
    ::unlink(a.text().data());
    return ENOMEM;
  }
  return 0;
}

}  // namespace detail
}  // namespace aside::inline ASIDE_ABI
