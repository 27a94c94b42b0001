// A wait that aside does not have: the newest reading of a sensor, which a thread of its own delivers.
// Older readings that nobody has taken are forgotten, so neither side ever waits for the other.

#include <aside/aside.hpp>
#include <aside/operation.hpp>

#include <atomic>
#include <cstdint>
#include <cstdio>
#include <thread>

using aside::task;

class newest_reading;

class sensor {
 public:
  /// Any thread.
  void deliver(std::uint32_t reading) noexcept {
    const std::uintptr_t before = word_.exchange(std::uintptr_t{reading} << 1 | 1);
    if (before != 0 && (before & 1) == 0)
      aside::waiter::from_address(reinterpret_cast<void*>(before)).wake();
  }
  newest_reading next() noexcept;

 private:
  friend class newest_reading;
  std::atomic<std::uintptr_t> word_{0};  // 0 nothing; odd: a reading; otherwise who waits
};

class ASIDE_AWAIT_IT newest_reading : public aside::operation<newest_reading> {
 public:
  static constexpr const char* name = "wait for a reading";
  explicit newest_reading(sensor& from) noexcept : from_(&from) {}

  bool attempt() noexcept {
    std::uintptr_t word = from_->word_.load();
    while ((word & 1) != 0) {
      if (!from_->word_.compare_exchange_weak(word, 0)) continue;
      reading_ = static_cast<std::uint32_t>(word >> 1);
      return true;
    }
    return false;
  }
  bool publish(aside::waiter me) noexcept {
    std::uintptr_t nothing = 0;
    me_ = reinterpret_cast<std::uintptr_t>(me.address());
    return from_->word_.compare_exchange_strong(nothing, me_);
  }
  bool withdraw() noexcept {
    std::uintptr_t mine = me_;
    return from_->word_.compare_exchange_strong(mine, 0);
  }
  std::uint32_t await_resume() const noexcept { return reading_; }

 private:
  sensor* from_;
  std::uintptr_t me_ = 0;
  std::uint32_t reading_ = 0;
};

newest_reading sensor::next() noexcept { return newest_reading(*this); }

task<> app() {
  sensor warmth;
  std::jthread device([&] {
    for (std::uint32_t reading = 1; reading <= 1000; ++reading)
      warmth.deliver(reading);
  });
  std::uint32_t seen = 0;
  bool rising = true;
  while (seen < 1000) {
    const std::uint32_t now = co_await warmth.next();
    rising = rising && now > seen;
    seen = now;
  }
  std::printf("the last reading was %u, and none came out of order: %s\n", seen,
              rising ? "true" : "false");
}

int main() { return aside::run(app); }
