#include <aside/stop.hpp>

#include "task/host.hpp"

#include <aside/detail/catch.hpp>

namespace aside::inline ASIDE_ABI {

namespace detail {
namespace {

armed stop_arm(leaf&, host&, bool) noexcept { return armed::stopped; }
bool stop_cancel(leaf&) noexcept { return false; }
constexpr leaf_ops stop_ops{&stop_arm, &stop_cancel, "stop"};

}  // namespace

stop_here::stop_here() noexcept : leaf_awaiter(stop_ops) {}

}  // namespace detail

bool stopping() noexcept {
  const detail::task_header* t = detail::this_turn();
  return t != nullptr && t->mood_ == detail::task_mood::unwinding;
}

bool stop_requested() noexcept {
  const detail::task_header* const branch = detail::this_branch();
  const detail::task_header* const t = branch != nullptr ? branch : detail::this_turn();
  return t != nullptr && t->stop_ != nullptr && t->stop_->requested();
}

}  // namespace aside::inline ASIDE_ABI
