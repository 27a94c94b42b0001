#include "driver/ops/arrive.hpp"

namespace aside::inline ASIDE_ABI::detail {

namespace {

armed arrival_arm(leaf& l, host&, bool stop) noexcept {
  auto& op = static_cast<arrival_op&>(l);
  return try_or_wait(op, op.from_->ready, stop);
}
bool arrival_cancel(leaf& l) noexcept {
  return static_cast<arrival_op&>(l).from_->ready.disarm(l);
}
constexpr leaf_ops arrival_ops{&arrival_arm, &arrival_cancel, "accept"};

}  // namespace

arrival_op::arrival_op(arrivals& from) noexcept : io_op(arrival_ops), from_(&from) {}

bool arrival_op::attempt() noexcept {
  while (from_->ready.take()) {
    if (interest* const i = from_->pop(); i != nullptr) {
      from_->ready.restore();
      accepted_ = io_handle(i, i->fd);
      return true;
    }
    if (from_->error != 0) {
      error_ = std::exchange(from_->error, 0);
      return true;
    }
  }
  return false;
}

std::expected<io_handle, std::error_code> arrival_op::result() noexcept {
  if (error_ != 0) return std::unexpected(code());
  return std::move(accepted_);
}

}  // namespace aside::inline ASIDE_ABI::detail
