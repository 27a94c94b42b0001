#pragma once
// connect_options: how a connection to one of several addresses is tried for.

#include <aside/detail/chrono.hpp>

namespace aside::inline ASIDE_ABI {

class connect_options {
 public:
  connect_options() = default;
  /// How long an attempt may go on alone before the next address is tried beside it. Default 250 ms; 0:
  /// all at once.
  template <class Rep, class Period>
  connect_options& attempt_delay(std::chrono::duration<Rep, Period> d) noexcept {
    attempt_delay_ = detail::within<std::chrono::nanoseconds>(d);
    return *this;
  }
  [[nodiscard]] std::chrono::nanoseconds attempt_delay() const noexcept { return attempt_delay_; }

 private:
  std::chrono::nanoseconds attempt_delay_ = std::chrono::milliseconds(250);
};

}  // namespace aside::inline ASIDE_ABI
