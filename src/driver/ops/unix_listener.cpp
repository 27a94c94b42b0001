#include <aside/net/unix_listening.hpp>

#include "driver/listener_state.hpp"
#include "driver/ops/protocol.hpp"
#include "driver/ops/unix_address.hpp"

#include <new>

namespace aside::inline ASIDE_ABI::detail {

namespace {
constexpr leaf_ops listen_ops = at_once<unix_listen_op>("bind");
}  // namespace

unix_accept_op::unix_accept_op(const io_handle& io, listener_state* state) noexcept
    : io_op(accepts<unix_accept_op>), interest_(registration_of(io, error_)), state_(state) {
  fd_ = io.fd();
}

bool unix_accept_op::attempt() noexcept {
  if (error_ != 0) return true;
  expect_home(*interest_, *this);
  return accept_or_take(*interest_, fd_, state_, accepted_, error_);
}

std::expected<unix_stream, std::error_code> unix_accept_op::result() noexcept {
  if (error_ != 0) return std::unexpected(code());
  return unix_stream(std::move(accepted_));
}

void unix_accept_op::fail(int error) const { throw_not_accepted(error, ops_->name, fd_, state_); }

unix_listen_op::unix_listen_op(std::string_view where, unix_options o) noexcept
    : io_op(listen_ops), where_(unix_address::keep(where)), options_(o) {}

bool unix_listen_op::attempt() noexcept {
  const host_guard here;
  if (here.get() == nullptr) return false;  // the run loop tries again, on a core
  unix_binding how;
  how.type = SOCK_STREAM;
  how.backlog = options_.backlog();
  how.mode = options_.mode();
  how.replace_dead = options_.replace_dead();
  state_ = listener_share(new (std::nothrow) listener_state());
  if (state_.get() == nullptr) {
    error_ = ENOMEM;
    return true;
  }
  unique_fd fd;
  error_ = bind_unix(where_, how, fd, path_);
  if (error_ == 0) error_ = attach_to(*here.get(), std::move(fd), false, io_);
  return true;
}

std::expected<unix_listener, std::error_code> unix_listen_op::result() noexcept {
  if (error_ != 0) {
    path_.remove();
    return std::unexpected(code());
  }
  return unix_listener(std::move(io_), std::move(state_), std::move(path_), options_);
}

void unix_listen_op::fail(int error) const {
  throw_not_bound(error, ops_->name, where_, options_.replace_dead());
}

}  // namespace aside::inline ASIDE_ABI::detail
