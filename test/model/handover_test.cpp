// A task that ends, and its handle: which holds the task, waits for it, is stopped while it waits, and goes.
// In every order that the model tries: what is held has not ended, nobody touches the parcel when it has gone,
// it goes once, and a wait ends once.
#include <aside/detail/handover.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <functional>
#include <memory>
#include <vector>

namespace aside::inline ASIDE_ABI::detail {

namespace {

using aside_test::model::explorer;

struct world;
world* here = nullptr;

void wake(task_header&) noexcept;
void ignore(task_header&) noexcept {}
std::exception_ptr no_error(task_header&) noexcept { return nullptr; }
constexpr task_descriptor descriptor{&wake, &ignore, &no_error, &ignore, &ignore, 0};

struct world {
  static constexpr int poison = 0x5a;

  handover parcel{std::source_location::current()};
  bool task_ends = false;
  bool task_gone = false;
  bool parcel_gone = false;
  int held = 0;  // so often was the task held

  // Who waits for it
  task_header joiner;
  promise_base at{std::source_location::current()};
  handover_wait wait{&parcel, handover_wait::what::join};
  atomic<unsigned> wakes{0};
  atomic<unsigned> armed_as{0};  // 1: waits, 2: need not

  world() {
    joiner.what_.store(&descriptor, memory_order_relaxed);
    at.task_ = &joiner;
    wait.at_ = &at;
    here = this;
  }

  void destroy() {
    explorer::require(!parcel_gone, "the parcel goes twice");
    parcel_gone = true;
    std::memset(static_cast<void*>(&parcel), poison, sizeof parcel);
  }
  [[nodiscard]] bool untouched() const {
    std::array<unsigned char, sizeof parcel> bytes;
    std::memcpy(bytes.data(), static_cast<const void*>(&parcel), sizeof parcel);
    return std::ranges::all_of(bytes, [](unsigned char b) { return b == poison; });
  }
  void touch_task() const {
    explorer::require(!task_gone, "the task has gone while it is held");
    explorer::current().pause();
    explorer::require(!task_gone, "the task goes while it is held");
  }
};

void wake(task_header&) noexcept {
  explorer::require(here->wakes.fetch_add(1, memory_order_release) == 0, "it is woken twice");
}

void end_task(world& w) {
  explorer::require(!w.parcel_gone, "the parcel goes before the task");
  w.task_ends = true;
  if (!w.parcel.finish()) w.destroy();
  w.task_gone = true;
}

void request(world& w) {
  if (!w.parcel.hold()) return;
  ++w.held;
  w.touch_task();
  w.parcel.let_go();
}

void drop(world& w) {
  if (!w.parcel.abandon()) w.destroy();
}

/// Another task of the core, or another branch, asks while one waits.
void join(world& w) {
  const bool waits = w.wait.arm(false) == armed::waiting;
  w.armed_as.store(waits ? 1 : 2, memory_order_release);
  request(w);
  if (waits) {
    while (w.wakes.load(memory_order_acquire) == 0) {
    }
  }
  drop(w);  // a take, when it is there
}

/// A stop of whoever joins, by another thread.
void stop_joiner(world& w) {
  unsigned as = 0;
  while (as == 0)
    as = w.armed_as.load(memory_order_acquire);
  if (as != 1) return;
  if (w.wait.cancel())
    wake(w.joiner);
  else
    explorer::require(w.task_ends, "the stop of a wait is lost");
}

struct met {
  int held = 0;
  int not_held = 0;
};

using bodies = std::vector<std::function<void()>>;

std::size_t every_order(std::size_t interruptions, const std::function<bodies(world&)>& make,
                        met& m) {
  explorer e(interruptions);
  std::unique_ptr<world> w;
  const auto count = [&] {
    if (!w) return;
    EXPECT_TRUE(w->task_gone);
    EXPECT_TRUE(w->parcel_gone);
    EXPECT_TRUE(w->untouched());
    (w->held != 0 ? m.held : m.not_held) += 1;
  };
  const std::size_t orders = e.run([&]() -> bodies {
    count();
    w = std::make_unique<world>();
    return make(*w);
  });
  count();
  return orders;
}

TEST(model_handover, holds_the_task_or_finds_it_gone) {
  met m;
  const auto orders = every_order(
      5,
      [](world& w) -> bodies {
        return {[&w] { end_task(w); },
                [&w] {
                  request(w);
                  drop(w);
                }};
      },
      m);
  EXPECT_GT(orders, 1000u);
  EXPECT_GT(m.held, 0);  // both ends were met
  EXPECT_GT(m.not_held, 0);
}

TEST(model_handover, keeps_the_wait_for_the_task) {
  met m;
  const auto orders = every_order(
      5,
      [](world& w) -> bodies {
        return {[&w] { end_task(w); }, [&w] { join(w); }};
      },
      m);
  EXPECT_GT(orders, 1000u);
  EXPECT_GT(m.held, 0);
  EXPECT_GT(m.not_held, 0);
}

TEST(model_handover, loses_no_stop_of_whoever_waits) {
  met m;
  const auto orders = every_order(
      3,
      [](world& w) -> bodies {
        return {[&w] { end_task(w); }, [&w] { join(w); }, [&w] { stop_joiner(w); }};
      },
      m);
  EXPECT_GT(orders, 1000u);
  EXPECT_GT(m.held, 0);
  EXPECT_GT(m.not_held, 0);
}

TEST(model_handover, would_lose_the_task_if_it_were_not_held) {
  explorer e;
  std::unique_ptr<world> w;
  EXPECT_THROW(e.run([&]() -> bodies {
    w = std::make_unique<world>();
    return {[&] { end_task(*w); },
            [&] {
              if (!w->parcel.is_done()) w->touch_task();
              drop(*w);
            }};
  }),
               std::logic_error);
}

}  // namespace
}  // namespace aside::inline ASIDE_ABI::detail
