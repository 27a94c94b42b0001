#include <aside/net/unix_stream.hpp>

#include "driver/ops/address.hpp"
#include "driver/ops/protocol.hpp"
#include "driver/ops/unix_address.hpp"

#include <array>

namespace aside::inline ASIDE_ABI {

namespace detail {
namespace {

constexpr leaf_ops connect_ops = at_once<unix_connect_op>("connect");
constexpr leaf_ops pair_ops = at_once<unix_pair_op>("socketpair");

int connect_to(host& h, const unix_address& to, io_handle& into) noexcept {
  if (to.error() != 0) return to.error();
  unique_fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd) return errno;
  raw_unix_address raw(to);
  if (::connect(fd.get(), raw.get(), raw.size()) != 0) return errno;
  return attach_to(h, std::move(fd), true, into);
}

}  // namespace

unix_connect_op::unix_connect_op(std::string_view to) noexcept
    : io_op(connect_ops), to_(unix_address::keep(to)) {}

bool unix_connect_op::attempt() noexcept {
  const host_guard here;
  if (here.get() == nullptr) return false;  // the run loop tries again, on a core
  error_ = connect_to(*here.get(), to_, io_);
  return true;
}

std::expected<unix_stream, std::error_code> unix_connect_op::result() noexcept {
  if (error_ != 0) return std::unexpected(code());
  return unix_stream(std::move(io_));
}

void unix_connect_op::fail(int error) const { throw_at_path(error, ops_->name, to_); }

unix_pair_op::unix_pair_op() noexcept : io_op(pair_ops) {}

bool unix_pair_op::attempt() noexcept {
  const host_guard here;
  if (here.get() == nullptr) return false;
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    error_ = errno;
    return true;
  }
  error_ = attach_both(*here.get(), ends, false, first_, second_);
  return true;
}

std::expected<std::pair<unix_stream, unix_stream>, std::error_code>
unix_pair_op::result() noexcept {
  if (error_ != 0) {
    first_.close();
    return std::unexpected(code());
  }
  return std::pair(unix_stream(std::move(first_)), unix_stream(std::move(second_)));
}

}  // namespace detail

peer_credentials unix_stream::peer(std::source_location at) const {
  ucred c{};
  socklen_t size = sizeof c;
  if (::getsockopt(detail::fd_at_home(io_, at), SOL_SOCKET, SO_PEERCRED, &c, &size) != 0)
    detail::throw_errno(errno, "unix_stream::peer", io_.fd() >= 0);
  return {c.pid, c.uid, c.gid};
}

}  // namespace aside::inline ASIDE_ABI
