#pragma once
// interval: a time that comes again and again.

#include <aside/sleep.hpp>

namespace aside::inline ASIDE_ABI {

/// What an interval does about ticks whose time passed while nobody waited.
enum class missed_ticks : std::uint8_t {
  burst,  ///< makes up for them: they complete at once, one after the other
  delay,  ///< one completes at once, and the next comes a whole period after it
  skip,   ///< one completes at once, and the next comes when it would have come anyway
};

/// Ticks every `period`, the first time one period after it was made: `co_await every.tick();`.
///
/// Waiters:   one task at a time. Stopping: ends the wait; that tick counts as taken.
/// A period beyond the end of the clock never comes.
/// Precision: that of sleep_until, about 1 ms; errors do not add up.
class interval {
 public:
  template <class Rep, class Period>
  explicit interval(std::chrono::duration<Rep, Period> period,
                    missed_ticks missed = missed_ticks::burst)
      : missed_(missed) {
    const detail::clock::time_point now = detail::clock_now();
    period_ = detail::deadline_after(period, now) - now;
    if (period_ < detail::clock::duration(1)) period_ = detail::clock::duration(1);
    next_ = now + period_;
  }
  template <class T>
    requires(!detail::duration_like<T>)
  explicit interval(const T&, missed_ticks = missed_ticks::burst) noexcept {
    static_assert(detail::never<T>,
                  "aside: an interval's period is a duration, which has a unit: write "
                  "interval(5ms), after using namespace std::chrono_literals");
  }

  detail::sleep_op tick() noexcept {
    const detail::clock::time_point due = next_;
    next_ = after(due);
    if (missed_ != missed_ticks::burst) {
      const detail::clock::time_point now = detail::clock_now();
      if (missed_ == missed_ticks::delay && now > due) next_ = after(now);
      if (missed_ == missed_ticks::skip && now >= next_) next_ += (now - due) / period_ * period_;
    }
    return sleep_until(due);
  }
  [[nodiscard]] detail::clock::duration period() const noexcept { return period_; }

 private:
  /// A period later, and not beyond the clock's end.
  [[nodiscard]] detail::clock::time_point after(detail::clock::time_point at) const noexcept {
    constexpr detail::clock::time_point end = detail::clock::time_point::max();
    return period_ < end - at ? at + period_ : end;
  }

  detail::clock::duration period_;
  detail::clock::time_point next_;
  missed_ticks missed_;
};

}  // namespace aside::inline ASIDE_ABI
