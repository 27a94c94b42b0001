// Threads that are no cores spawn by a handle, stop what they have spawned, and wake tasks, while the workers
// fall asleep in between, the main thread is in and out of block_on, and the runtime goes at some point.
// Whatever was let in ends, and the round does: a lost wake-up stands still.
#include "stress/stress.hpp"

#include <chrono>
#include <memory>
#include <thread>
#include <vector>

namespace {

using aside::oneshot_receiver;
using aside::runtime;
using aside::runtime_handle;
using aside::task;
using namespace aside_test;
using book = std::shared_ptr<tally>;

/// Long enough, now and then, for a worker to stop searching.
void spin(std::chrono::microseconds time) {
  const auto until = std::chrono::steady_clock::now() + time;
  while (std::chrono::steady_clock::now() < until) {
  }
}

task<> passes(counted, unsigned yields) {
  for (; yields > 0; --yields)
    co_await aside::yield();
}
task<> waits(counted, oneshot_receiver<int> value) { co_await value; }
task<> waits_long(counted) { co_await wait_for_ever(); }

void spawn_one(const runtime_handle& rt, const book& b, dice& random) {
  switch (random(4)) {
    case 0: {
      auto [send, receive] = aside::oneshot<int>();
      rt.spawn(&waits, counted(b), std::move(receive));
      if (random(2) == 0) spin(std::chrono::microseconds(random(80)));
      send.set(1);
      break;
    }
    case 1: {
      auto h = rt.spawn_joinable(&waits_long, counted(b));
      if (random(4) != 0) h.request_stop();
      break;
    }
    default:
      rt.spawn(&passes, counted(b), random(3));
  }
}

/// Until the runtime has gone.
void spawn_on(const runtime_handle& rt, const book& b, std::atomic<int>& begun, std::uint64_t seed) {
  dice random(seed);
  for (unsigned n = 0;; ++n) {
    try {
      spawn_one(rt, b, random);
    } catch (const std::system_error& e) {
      EXPECT_EQ(e.code(), aside::errc::runtime_gone);
      return;
    }
    if (n == 0) {
      ++begun;
      begun.notify_one();
    }
    if (random(20) == 0) spin(std::chrono::microseconds(random(150)));
    if (n % 64 == 63) std::this_thread::yield();
  }
}

TEST(stress_outside, ends_what_was_let_in_before_the_runtime_goes) {
  auto b = std::make_shared<tally>();
  for (int round = 0; round < rounds(300); ++round) {
    const auto seed = static_cast<std::uint64_t>(round) * 16;
    dice random(seed);
    auto rt = std::make_unique<runtime>(quiet(1 + random(3)).block_on_runs_tasks(random(2) == 0));
    const int many = 1 + static_cast<int>(random(3));
    std::atomic<int> begun = 0;
    std::vector<std::jthread> threads;
    for (int i = 0; i < many; ++i)
      threads.emplace_back([&, handle = rt->handle(), own = seed + 1 + static_cast<unsigned>(i)] {
        spawn_on(handle, b, begun, own);
      });
    for (int seen = begun; seen != many; seen = begun)
      begun.wait(seen);
    for (unsigned i = random(4); i > 0; --i) {
      rt->block_on(&passes, counted(b), random(50));
      spin(std::chrono::microseconds(random(200)));
    }
    rt.reset();
    threads.clear();
    ASSERT_EQ(b->live, 0) << "round " << round;
  }
}

}  // namespace
