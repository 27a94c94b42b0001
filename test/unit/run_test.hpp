#pragma once
// Runs a coroutine inside a runtime, once for each number of workers that a test cares about.

#include <aside/aside.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>

namespace aside_test {

#if defined(ASIDE_TSAN) || defined(ASIDE_ASAN)
inline constexpr bool sanitized = true;
#else
inline constexpr bool sanitized = false;
#endif

/// `full` in optimised builds, a tenth under sanitizers.
constexpr int scaled(int full) { return sanitized ? full / 10 : full; }

inline aside::options quiet(unsigned workers) {
  return aside::options().workers(workers).handle_signals(false);
}

/// Runs fn(args...) to its end with so many workers; a failure of the main task fails the test.
template <class F, class... A>
void run_on(unsigned workers, F fn, A&&... args) {
  SCOPED_TRACE("workers: " + std::to_string(workers));
  EXPECT_EQ(aside::run(quiet(workers), fn, std::forward<A>(args)...), 0);
}

/// The same with one core and with two.
template <class F, class... A>
void run_in(F fn, A&&... args) {
  for (const unsigned workers : {1u, 2u})
    run_on(workers, fn, args...);
}

/// Live instances, copies and moves of a type whose balance a test checks.
struct tally {
  std::atomic<int> live{0};
  std::atomic<int> copies{0};
  std::atomic<int> moves{0};
};

class counted {
 public:
  explicit counted(std::shared_ptr<tally> t) : tally_(std::move(t)) { ++tally_->live; }
  counted(const counted& other) : tally_(other.tally_) {
    ++tally_->live;
    ++tally_->copies;
  }
  counted(counted&& other) noexcept : tally_(other.tally_) {
    ++tally_->live;
    ++tally_->moves;
  }
  counted& operator=(const counted&) = delete;
  ~counted() { --tally_->live; }

 private:
  std::shared_ptr<tally> tally_;
};

/// Appends its name to a log when it dies.
class mourned {
 public:
  mourned(std::string& log, std::string_view name) : log_(&log), name_(name) {}
  mourned(const mourned&) = delete;
  mourned& operator=(const mourned&) = delete;
  ~mourned() { *log_ += name_ + (aside::stopping() ? "! " : " "); }

 private:
  std::string* log_;
  std::string name_;
};

/// Never completes; ends only by a stop.
inline aside::task<> wait_for_ever() {
  aside::event never;
  co_await never.wait();
}

}  // namespace aside_test
