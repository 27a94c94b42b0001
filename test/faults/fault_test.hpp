#pragma once
// What the fault tests share: what must hold when a fault has passed.

#include "driver/engine.hpp"
#include "support/faults.hpp"
#include "task/host.hpp"
#include "unit/net/loopback.hpp"

#include <array>
#include <cstdlib>
#include <initializer_list>
#include <string>
#include <string_view>
#include <thread>

namespace aside_test {

inline aside::detail::engine& this_engine() { return *aside::detail::this_host()->io; }
inline bool on_uring() { return this_engine().name() == "uring"; }
inline bool asks_for_uring() {
  const char* const engine = std::getenv("ASIDE_ENGINE");
  return engine != nullptr && std::string_view(engine) == "uring";
}
inline std::string named(int error) {
  return std::error_code(error, std::system_category()).message();
}

/// Nothing of what the scope has opened stays with the engine.
class nothing_stays {
 public:
  nothing_stays()
      : engine_(&this_engine()),
        attached_(engine_->attached()),
        descriptors_(open_descriptors()) {}
  nothing_stays(const nothing_stays&) = delete;
  ~nothing_stays() {
    if (&this_engine() == engine_) {  // the task may have moved on to another core
      // What was closed from another core its owner closes, in a later turn.
      if (aside::info().workers == 1) {
        EXPECT_EQ(engine_->attached(), attached_);
      }
      EXPECT_EQ(engine_->in_flight(), 0u);
    }
    const auto until = std::chrono::steady_clock::now() + 5s;
    std::size_t now = open_descriptors();
    while (now != descriptors_ && std::chrono::steady_clock::now() < until) {
      std::this_thread::yield();
      now = open_descriptors();
    }
    EXPECT_EQ(now, descriptors_);
  }

 private:
  aside::detail::engine* engine_;
  std::size_t attached_;
  std::size_t descriptors_;
};

/// A connection beside the one that fails: it must not notice.
class neighbour {
 public:
  explicit neighbour(stream_pair p) : pair_(std::move(p)) {}
  task<> exchange() {
    co_await pair_.near.write("still here");
    std::string got;
    while (got.size() < 10) {
      const chunk c = co_await pair_.far.receive();
      if (!c) break;
      got += c.text();
    }
    EXPECT_EQ(got, "still here");
  }

 private:
  stream_pair pair_;
};

/// The message and the code of what an operation throws; empty when it throws nothing.
struct failure {
  int code = 0;
  std::string what;
};
template <class Op>
task<failure> failure_of(Op op) {
  failure f;
  try {
    static_cast<void>(co_await std::move(op));
  } catch (const std::system_error& e) {
    f.code = e.code().value();
    f.what = e.what();
  }
  co_return f;
}

inline void expect_error(const failure& f, int error, std::string_view begin) {
  EXPECT_EQ(f.code, error) << f.what;
  EXPECT_EQ(f.what.find(begin), 0u) << f.what;
  EXPECT_NE(f.what.find(": " + named(error)), std::string::npos) << f.what;
}

/// Calls `make()` under each of these errors, which the call meets that comes after `skip` others.
template <class Make>
task<> expect_named(call which, std::span<const int> errors, std::string_view begin, Make make,
                    unsigned skip = 0) {
  for (const int error : errors) {
    const nothing_stays check;
    const fault injected(which, error, 1, skip);
    const failure f = co_await failure_of(make());
    EXPECT_EQ(injected.failed(), 1u) << named(error);
    expect_error(f, error, begin);
  }
}

}  // namespace aside_test
