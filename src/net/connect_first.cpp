// connect to the first of several addresses that answers. Each attempt is a branch of the caller's
// task: it waits for its turn, connects, and ends only with a connection or as the last to fail.

#include <aside/event.hpp>
#include <aside/net/tcp_stream.hpp>
#include <aside/race.hpp>
#include <aside/time.hpp>

#include <cerrno>
#include <optional>
#include <string>
#include <vector>

namespace aside::inline ASIDE_ABI {

namespace {

using detail::clock;

/// Whose turn it is. One task's branches use it, so nothing is parallel.
class attempts {
 public:
  attempts(std::span<const std::string_view> to, std::chrono::nanoseconds delay)
      : to_(to), delay_(delay), errors_(to.size()), before_(to.size()), hurry_(to.size()) {}

  [[nodiscard]] std::size_t size() const noexcept { return to_.size(); }
  [[nodiscard]] std::string_view address(std::size_t i) const noexcept { return to_[i]; }

  /// Until the attempt before has failed, or has had its time alone.
  task<> turn(std::size_t i) {
    if (i != 0) {
      co_await before_[i].wait();
      co_await race(hurry_[i].wait(), sleep_for(delay_));
    }
    begun_ = i + 1;
    if (begun_ == size()) co_return;
    before_[begun_].set();
    if (owed_ != 0) {
      --owed_;
      hurry_next();
    }
  }
  /// True: it was the last.
  [[nodiscard]] bool has_failed(std::size_t i, std::error_code why) {
    errors_[i] = why;
    ++failed_;
    if (begun_ == size()) return failed_ == size();
    if (hurried_ == begun_)
      ++owed_;
    else
      hurry_next();
    return false;
  }

  [[noreturn]] void fail() const {
    if (to_.empty()) throw std::system_error(EINVAL, std::system_category(), "connect to no address");
    std::string text = "connect to any of";
    for (std::size_t i = 0; i < size(); ++i) {
      text += i == 0 ? " " : ", ";
      text.append(to_[i]).append(" (").append(errors_[i].message()).append(")");
    }
    throw std::system_error(errors_[0], text);
  }

 private:
  void hurry_next() noexcept {
    hurried_ = begun_;
    hurry_[begun_].set();
  }

  std::span<const std::string_view> to_;
  std::chrono::nanoseconds delay_;
  std::vector<std::error_code> errors_;
  std::vector<event> before_;  // the attempt before has begun
  std::vector<event> hurry_;   // one has failed
  std::size_t begun_ = 0;
  std::size_t failed_ = 0;
  std::size_t hurried_ = 0;  // which one has been hurried last
  std::size_t owed_ = 0;     // failures that have hurried nobody yet
};

task<tcp_stream> attempt(attempts& all, std::size_t i) {
  co_await all.turn(i);
  auto got = co_await tcp_stream::connect(all.address(i)).as_result();
  if (got) co_return std::move(*got);
  if (all.has_failed(i, got.error())) co_return tcp_stream();
  event never;
  co_await never.wait();
  co_return tcp_stream();
}

}  // namespace

task<tcp_stream> tcp_stream::connect(std::span<const std::string_view> to, connect_options o) {
  attempts all(to, o.attempt_delay());
  std::vector<std::size_t> numbers(to.size());
  for (std::size_t i = 0; i < numbers.size(); ++i)
    numbers[i] = i;
  auto parts =
      co_await race(numbers, [&](std::size_t i) ASIDE_WRAPPER { return attempt(all, i); });
  for (std::optional<tcp_stream>& part : parts) {
    if (part && *part) co_return std::move(*part);
  }
  all.fail();
}

task<tcp_stream> tcp_stream::connect(std::span<const std::string> to, connect_options o) {
  const std::vector<std::string_view> views(to.begin(), to.end());
  tcp_stream s = co_await connect(std::span<const std::string_view>(views), o);
  co_return s;
}

}  // namespace aside::inline ASIDE_ABI
