#include "http/idle_receive.hpp"

#include "driver/interest.hpp"
#include "scope/drain.hpp"

#include <cerrno>

namespace aside::inline ASIDE_ABI::http::detail {

using aside::detail::armed;
using aside::detail::host;
using aside::detail::leaf;

namespace {

armed idle_arm(leaf& l, host& h, bool stop) noexcept {
  return static_cast<idle_receive&>(l).arm(h, stop);
}
bool idle_cancel(leaf& l) noexcept { return static_cast<idle_receive&>(l).cancel(); }
void idle_look(leaf& l) noexcept { static_cast<idle_receive&>(l).look(); }
constexpr aside::detail::leaf_ops idle_ops{&idle_arm, &idle_cancel, "receive", false, &idle_look};

}  // namespace

bool peer_is_gone(std::error_code e) noexcept {
  switch (e.value()) {
    case ECONNRESET:
    case ECONNABORTED:
    case EPIPE:
    case ENOTCONN:
    case ETIMEDOUT:
    case EHOSTUNREACH:
    case ENETUNREACH:
    case EHOSTDOWN:
    case ENETDOWN:
      return true;
    default:
      return false;
  }
}

idle_receive::idle_receive(tcp_stream& peer, aside::detail::clock::time_point until,
                           bool may_end) noexcept
    : receive_op(peer.receive()), receiving_(ops_), until_(until), may_end_(may_end) {
  ops_ = &idle_ops;
}

void idle_receive::enter() {
  aside::detail::task_header& t = *at_->task_;
  timer_.arm(until_, t, limit_);
  limit_.parent_ = t.stop_;
  t.stop_ = &limit_;
  waits_ = true;
}

void idle_receive::leave() noexcept {
  if (!waits_) return;
  waits_ = false;
  timer_.disarm();
  at_->task_->stop_ = limit_.parent_;
}

bool idle_receive::only_time_is_over() const noexcept {
  // acquire: pairs with the timer's request.
  return limit_.requested_.load(aside::detail::memory_order_acquire) &&
         (limit_.parent_ == nullptr || !limit_.parent_->requested());
}

void idle_receive::look() noexcept {
  if (may_end_ && aside::detail::drains(*at_->task_)) static_cast<void>(limit_.request());
}

armed idle_receive::arm(host& h, bool stop) noexcept {
  look();
  if (!only_time_is_over()) return receiving_->arm(*this, h, stop);
  // L3: of what has just arrived the engine may not have heard yet.
  if (interest_ != nullptr) interest_->reader.restore();
  over_ = !attempt();
  return armed::ready;
}

bool idle_receive::cancel() noexcept {
  if (!receiving_->cancel(*this)) return false;
  if (!only_time_is_over()) return true;
  notify(*this);  // L2
  return false;
}

chunk idle_receive::await_resume() {
  leave();
  if (over_) return {};
  auto got = result();
  if (got) return std::move(*got);
  if (!peer_is_gone(got.error())) fail(got.error().value());
  return {};
}

}  // namespace aside::inline ASIDE_ABI::http::detail
