#include "driver/ops/protocol.hpp"

#include <aside/net/tcp_stream.hpp>

#include <sys/socket.h>
#include <cerrno>

namespace aside::inline ASIDE_ABI {

namespace {

template <class Call>
socket_address ask(const detail::io_handle& io, const std::source_location& at, const char* name,
                   Call call) {
  socket_address a;
  socklen_t size = socket_address::capacity;
  if (call(detail::fd_at_home(io, at), static_cast<sockaddr*>(a.room()), &size) != 0)
    detail::throw_errno(errno, name);
  a.resize(size);
  return a;
}

}  // namespace

socket_address tcp_stream::peer_address(std::source_location at) const {
  return ask(io_, at, "peer_address", &::getpeername);
}
socket_address tcp_stream::local_address(std::source_location at) const {
  return ask(io_, at, "local_address", &::getsockname);
}

}  // namespace aside::inline ASIDE_ABI
