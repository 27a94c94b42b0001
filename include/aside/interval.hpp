#pragma once
// interval: a time that comes again and again.

#include <aside/sleep.hpp>

namespace aside::inline ASIDE_ABI {

class interval;

namespace detail {

class ASIDE_AWAIT_IT tick_op : public sleep_op {
 public:
  tick_op(clock::time_point due, interval& of) noexcept : sleep_op(due), of_(&of) {}
  void await_resume() const noexcept;

 private:
  interval* of_;
};

}  // namespace detail

/// What an interval does about ticks whose time passed while nobody waited.
enum class missed_ticks : std::uint8_t {
  burst,  ///< makes up for them: they complete at once, one after the other
  delay,  ///< one completes at once, and the next comes a whole period after it
  skip,   ///< one completes at once, and the next comes when it would have come anyway
};

/// Ticks every `period`, the first time one period after it was made: `co_await every.tick();`.
///
/// Waiters:   one task at a time. The interval stays where it is, and what it is, while one waits.
/// Stopping:  ends the wait. The tick has not been taken, and comes when it is asked for again: at its time,
///            or at once when that has passed. So in a loop of `race(every.tick(), stream.receive())` it
///            comes in time, however many it loses; name it first, since what is ready first wins.
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

  detail::tick_op tick() noexcept {
    following_ = after(next_);
    if (missed_ != missed_ticks::burst) {
      const detail::clock::time_point now = detail::clock_now();
      if (missed_ == missed_ticks::delay && now > next_) following_ = after(now);
      if (missed_ == missed_ticks::skip && now >= following_)
        following_ += (now - next_) / period_ * period_;
    }
    return {next_, *this};
  }
  [[nodiscard]] detail::clock::duration period() const noexcept { return period_; }

 private:
  friend class detail::tick_op;
  /// A period later, and not beyond the clock's end.
  [[nodiscard]] detail::clock::time_point after(detail::clock::time_point at) const noexcept {
    constexpr detail::clock::time_point end = detail::clock::time_point::max();
    return period_ < end - at ? at + period_ : end;
  }

  detail::clock::duration period_;
  detail::clock::time_point next_;
  detail::clock::time_point following_{};  // of the tick that was asked for last, when it comes
  missed_ticks missed_;
};

inline void detail::tick_op::await_resume() const noexcept { of_->next_ = of_->following_; }

}  // namespace aside::inline ASIDE_ABI
