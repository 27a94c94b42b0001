#include "sched/runtime.hpp"

#include <aside/finally.hpp>

#include <system_error>

namespace aside::inline ASIDE_ABI::detail {

void cleanup_timed_out() {
  throw std::system_error(std::make_error_code(std::errc::timed_out), "the clean-up of finally");
}

void report_failed_cleanup(const std::source_location& where,
                           const std::exception_ptr& error) noexcept {
  report_loss(where, error, "the clean-up of finally");
}

}  // namespace aside::inline ASIDE_ABI::detail
