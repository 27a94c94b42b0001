#include <aside/finally.hpp>

#include <cstdio>
#include <system_error>

namespace aside::inline ASIDE_ABI::detail {

void cleanup_timed_out() {
  throw std::system_error(std::make_error_code(std::errc::timed_out), "the clean-up of finally");
}

void report_failed_cleanup(const std::source_location& where,
                           const std::exception_ptr& error) noexcept {
  try {
    std::rethrow_exception(error);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "aside: the clean-up of finally at %s:%u has failed: %s\n",
                 where.file_name(), where.line(), e.what());
  } catch (...) {
    std::fprintf(stderr, "aside: the clean-up of finally at %s:%u has failed\n", where.file_name(),
                 where.line());
  }
}

}  // namespace aside::inline ASIDE_ABI::detail
