#include <aside/net/descriptor.hpp>

#include "base/descriptor_table.hpp"
#include "driver/ops/address.hpp"
#include "driver/ops/protocol.hpp"

#include <fcntl.h>
#include <sys/socket.h>

namespace aside::inline ASIDE_ABI {

void descriptor::close() noexcept {
  if (fd_ < 0) return;
  const int fd = std::exchange(fd_, -1);
  if (table_ == detail::this_table())
    ::close(fd);
  else if (table_ == 0)
    detail::in_process_table([fd]() noexcept { ::close(fd); });
  else
    detail::panic(
        "a descriptor was closed on another core than its own, in whose table it is "
        "(options::descriptors_per_core): keep it there, or pass it by send_fd; it was made here",
        made_);
}

namespace detail {

unsigned table_of_thread() noexcept { return this_table(); }

namespace {

int option_of(int fd, int name, int& value) noexcept {
  socklen_t size = sizeof value;
  return ::getsockopt(fd, SOL_SOCKET, name, &value, &size) == 0 ? 0 : errno;
}

int check(int fd, stream_family family) noexcept {
  int type = 0;
  int domain = 0;
  if (const int error = option_of(fd, SO_TYPE, type); error != 0) return error;
  if (const int error = option_of(fd, SO_DOMAIN, domain); error != 0) return error;
  const bool local = domain == AF_UNIX;
  const bool ip = domain == AF_INET || domain == AF_INET6;
  const bool fits = family == stream_family::local ? local : ip;
  if (type != SOCK_STREAM || !fits) return EPROTOTYPE;
  int listens = 0;
  if (const int error = option_of(fd, SO_ACCEPTCONN, listens); error != 0) return error;
  return listens == 0 ? 0 : ENOTCONN;
}

}  // namespace

void throw_not_adopted(int error) {
  const char* why = "";
  if (error == ENOTCONN) why = "; the socket listens, so it is no stream";
  if (error == EPROTOTYPE) why = "; the socket is of another kind than the stream";
  throw_explained(error, "adopt", why);
}

bool adopt(descriptor& from, stream_family family, io_handle& into, int& error) noexcept {
  const host_guard here;
  if (here.get() == nullptr) return false;
  if (from.table_ != this_table()) {
    error = EBADF;
    return true;
  }
  unique_fd fd(from.release());
  error = check(fd.get(), family);
  if (error != 0) return true;
  const int flags = ::fcntl(fd.get(), F_GETFL);
  if (flags < 0 || ::fcntl(fd.get(), F_SETFL, flags | O_NONBLOCK) != 0) {
    error = errno;
    return true;
  }
  ::fcntl(fd.get(), F_SETFD, FD_CLOEXEC);
  engine::expect_shared();
  error = attach_to(*here.get(), std::move(fd), true, into);
  return true;
}

}  // namespace detail
}  // namespace aside::inline ASIDE_ABI
