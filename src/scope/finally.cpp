#include "sched/runtime.hpp"

#include <aside/finally.hpp>

#include <string>
#include <system_error>

namespace aside::inline ASIDE_ABI::detail {

namespace {

/// std::errc::timed_out, whose own text speaks of connections.
class too_late final : public std::error_category {
 public:
  [[nodiscard]] const char* name() const noexcept override { return "aside"; }
  [[nodiscard]] std::string message(int) const override { return "took longer than its time"; }
  [[nodiscard]] std::error_condition default_error_condition(int) const noexcept override {
    return std::errc::timed_out;
  }
};

}  // namespace

void cleanup_timed_out() {
  static const too_late the;
  throw std::system_error(1, the, "the clean-up of finally");
}

void report_failed_cleanup(const std::source_location& where,
                           const std::exception_ptr& error) noexcept {
  report_loss(where, error, "the clean-up of finally");
}

}  // namespace aside::inline ASIDE_ABI::detail
