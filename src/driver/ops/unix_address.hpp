#pragma once
// Names of Unix sockets to and from system calls, and binding to one.

#include "base/unique_fd.hpp"

#include <aside/net/unix_address.hpp>

#include <sys/socket.h>
#include <sys/un.h>

namespace aside::inline ASIDE_ABI::detail {

class raw_unix_address {
 public:
  raw_unix_address() = default;
  explicit raw_unix_address(const unix_address& a) noexcept;
  [[nodiscard]] sockaddr* get() noexcept { return reinterpret_cast<sockaddr*>(&raw_); }
  [[nodiscard]] socklen_t& size() noexcept { return size_; }
  [[nodiscard]] unix_address named() const noexcept;
  /// Removes the path, if it is one.
  void unlink() const noexcept;

 private:
  sockaddr_un raw_{};
  socklen_t size_ = sizeof raw_;
};

/// Throws std::system_error for an errno that came of this name.
[[noreturn]] void throw_at_path(int error, const char* operation, const unix_address& a);
/// The same of a bind, which looks at what is there.
[[noreturn]] void throw_not_bound(int error, const char* operation, const unix_address& a,
                                  bool replace_dead);

struct unix_binding {
  int type = 0;      // SOCK_STREAM or SOCK_DGRAM
  int backlog = -1;  // listens if it is not negative
  int mode = -1;     // of the path, if it is not negative
  bool replace_dead = false;
};
/// A socket that is bound, and listens if it is to; `path` removes its path. Returns an errno.
int bind_unix(const unix_address& a, const unix_binding& how, unique_fd& fd,
              bound_path& path) noexcept;

}  // namespace aside::inline ASIDE_ABI::detail
