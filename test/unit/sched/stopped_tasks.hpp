#pragma once
// Tasks that wait for this or that until they are stopped, and what becomes of them.

#include <aside/io/memory_stream.hpp>
#include <aside/race.hpp>

#include "unit/run_test.hpp"

#include <array>
#include <chrono>

namespace aside_test {

/// What became of the tasks of a test.
struct diary {
  std::atomic<int> begun{0};
  std::atomic<int> ended{0};
  std::atomic<int> ended_in_stop{0};
  std::atomic<int> went_on{0};  // beyond what should have stopped it
  std::atomic<int> asked{0};
};
using diary_ptr = std::shared_ptr<diary>;
using task_of_diary = aside::task<> (*)(diary_ptr);

class entry {
 public:
  explicit entry(diary_ptr d) : diary_(std::move(d)) { ++diary_->begun; }
  entry(const entry&) = delete;
  entry& operator=(const entry&) = delete;
  ~entry() {
    ++diary_->ended;
    if (aside::stopping()) ++diary_->ended_in_stop;
  }

 private:
  diary_ptr diary_;
};

inline void expect_stopped(const diary& d, int tasks) {
  EXPECT_EQ(d.begun, tasks);
  EXPECT_EQ(d.ended, tasks);
  EXPECT_EQ(d.ended_in_stop, tasks);
  EXPECT_EQ(d.went_on, 0);
}

inline aside::task<> turns(int count) {
  for (int i = 0; i < count; ++i)
    co_await aside::yield();
}

/// Until the calling task is the only one. Others may still be on their way home, to a core that sleeps.
inline aside::task<> until_alone() {
  while (aside::info().spawned_tasks - aside::info().ended_tasks != 1)
    co_await aside::yield();
}

template <class T>
aside::task<bool> was_stopped(aside::join_handle<T>& h) {
  const auto got = co_await h.join().as_result();
  if (!got) {
    EXPECT_EQ(got.error(), aside::errc::stopped);
  }
  co_return !got.has_value();
}

// ---- what they wait for

inline aside::task<> in_a_sleep(diary_ptr d) {
  const entry here(d);
  co_await aside::sleep_for(std::chrono::hours(1));
  ++d->went_on;
}
inline aside::task<> in_an_event(diary_ptr d) {
  const entry here(d);
  co_await wait_for_ever();
  ++d->went_on;
}
inline aside::task<> in_a_receive(diary_ptr d) {
  const entry here(d);
  auto [reader, writer] = aside::memory_pipe();
  auto* const from = &reader;
  const auto got = co_await from->receive();
  static_cast<void>(got);
  ++d->went_on;
}
inline aside::task<> in_a_race(diary_ptr d) {
  const entry here(d);
  const auto ends = co_await aside::race(wait_for_ever(), aside::sleep_for(std::chrono::hours(1)));
  static_cast<void>(ends);
  ++d->went_on;
}
inline aside::task<> in_a_timeout(diary_ptr d) {
  const entry here(d);
  const auto in_time = co_await aside::timeout(std::chrono::hours(1), wait_for_ever());
  static_cast<void>(in_time);
  ++d->went_on;
}
inline aside::task<> in_a_join(diary_ptr d) {
  const entry here(d);
  auto other = aside::spawn_joinable(&in_an_event, std::make_shared<diary>());
  co_await other.join();
  ++d->went_on;
}
inline aside::task<> in_yields(diary_ptr d) {
  const entry here(d);
  for (;;)
    co_await aside::yield();
}

inline constexpr std::array<task_of_diary, 7> waits{
    &in_a_sleep, &in_an_event, &in_a_receive, &in_a_race, &in_a_timeout, &in_yields, &in_a_join};
inline task_of_diary wait_number(int n) noexcept {
  return waits[static_cast<std::size_t>(n) % waits.size()];
}

}  // namespace aside_test
