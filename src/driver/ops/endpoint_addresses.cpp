// Where the ends of a socket are, asked of the kernel.

#include "driver/ops/protocol.hpp"

#include <aside/net/tcp_stream.hpp>
#include <aside/net/udp_socket.hpp>

#include <sys/socket.h>
#include <cerrno>

namespace aside::inline ASIDE_ABI {

namespace {

using call = int (*)(int, sockaddr*, socklen_t*);

/// 0, or the error.
int ask(call where, const detail::io_handle& io, const std::source_location& at,
        socket_address& into) noexcept {
  socklen_t size = socket_address::capacity;
  if (where(detail::fd_at_home(io, at), static_cast<sockaddr*>(into.room()), &size) != 0)
    return errno;
  into.resize(size);
  return 0;
}

socket_address asked(call where, const char* name, const detail::io_handle& io,
                     const std::source_location& at) {
  socket_address a;
  if (const int error = ask(where, io, at, a); error != 0)
    detail::throw_errno(error, name, io.fd() >= 0);
  return a;
}

}  // namespace

socket_address tcp_stream::peer_address(std::source_location at) const {
  return asked(&::getpeername, "peer_address", io_, at);
}
socket_address tcp_stream::local_address(std::source_location at) const {
  return asked(&::getsockname, "local_address", io_, at);
}

socket_address udp_socket::local_address(std::source_location at) const noexcept {
  socket_address a;
  static_cast<void>(ask(&::getsockname, io_, at, a));  // of a closed one: nobody
  return a;
}

}  // namespace aside::inline ASIDE_ABI
