// Cores that are taken over all the time, from tasks that block and from tasks that do not: a thread of
// the test takes whatever core is in user code, as the watchdog would take one that is blocked.
#include <aside/all.hpp>
#include <aside/join.hpp>
#include <aside/race.hpp>

#include "sched/runtime.hpp"
#include "stress/stress.hpp"

#include <chrono>
#include <ctime>
#include <thread>

namespace {

using aside::nursery;
using aside::task;
using namespace aside_test;

using book = std::shared_ptr<tally>;

/// Takes the cores of the calling task's runtime over, as often as it can, while it lives.
class thief {
 public:
  thief()
      : rt_(aside::detail::this_core()->rt), thread_([this](std::stop_token over) {
          dice random(7);
          while (!over.stop_requested()) {
            for (const auto& c : rt_.cores) {
              const auto epoch = c->epoch.load(aside::detail::memory_order_relaxed);
              if (rt_.spare.take_over(*c, epoch)) ++taken_;
            }
            for (unsigned i = random(2000); i > 0; --i)
              aside::detail::spin_pause();
          }
        }) {}
  [[nodiscard]] std::uint64_t taken() const { return taken_; }

 private:
  aside::detail::runtime& rt_;
  std::atomic<std::uint64_t> taken_{0};
  std::jthread thread_;
};

aside::options with_spares(unsigned workers) { return quiet(workers).takeover(3); }

void block(dice& random) {
  const timespec t{0, static_cast<long>(random(100'000))};
  ::nanosleep(&t, nullptr);
}

task<int> branch(book b, std::uint64_t seed, int depth);

task<> woken_from_elsewhere(dice& random) {
  auto e = std::make_shared<aside::event>();
  aside::spawn(
      [](std::shared_ptr<aside::event> wakes, std::uint64_t seed) -> task<> {
        dice mine(seed);
        if (mine(3) == 0) block(mine);
        for (unsigned n = mine(4); n > 0; --n)
          co_await aside::yield();
        wakes->set();
      },
      e, std::uint64_t{random(1000)});
  co_await e->wait();
}

task<> local_children(book b, dice& random) {
  std::uint64_t shared = 0;  // no lock: all of them stay on one core
  unsigned steps = 0;
  co_await aside::scope([&](nursery& n) -> task<> {
    const unsigned children = 1 + random(4);
    for (unsigned i = 0; i < children; ++i) {
      n.spawn_local([&, i]() -> task<> {
        const counted here(b);
        for (unsigned k = 0; k < 3; ++k) {
          ++shared;
          ++steps;
          if (i % 2 == 0) co_await aside::yield();
        }
      });
      ++shared;
      ++steps;
    }
    co_return;
  });
  EXPECT_EQ(shared, steps);
}

task<> leaf(book b, dice& random) {
  const counted here(b);
  switch (random(9)) {
    case 0:
      co_await aside::sleep_for(std::chrono::microseconds(random(2000)));
      break;
    case 1: {
      const auto out =
          co_await aside::timeout(std::chrono::microseconds(random(2000)), wait_for_ever());
      EXPECT_FALSE(out.has_value());
      break;
    }
    case 2:
    case 3:
      block(random);
      break;
    case 4:
    case 5:
      co_await woken_from_elsewhere(random);
      break;
    case 6:
      co_await local_children(b, random);
      break;
    case 7: {
      auto h = aside::spawn_joinable(
          [](book mine, std::uint64_t seed) -> task<int> {
            const counted inside(mine);
            dice theirs(seed);
            block(theirs);
            co_return 3;
          },
          b, std::uint64_t{random(1000)});
      const int three = co_await h.join();
      EXPECT_EQ(three, 3);
      break;
    }
    default:
      for (unsigned i = random(5); i > 0; --i)
        co_await aside::yield();
  }
}

task<> grow(nursery& parent, book b, std::uint64_t seed, int depth) {
  const counted here(b);
  dice random(seed);
  const int value = co_await branch(b, seed, depth);
  EXPECT_EQ(value, 1);
  if (random(9) == 0) parent.request_stop();
}

task<int> branch(book b, std::uint64_t seed, int depth) {
  const counted here(b);
  dice random(seed * 5 + 3);
  if (depth <= 0) {
    co_await leaf(b, random);
    co_return 1;
  }
  switch (random(4)) {
    case 0: {
      auto [x, y] = co_await aside::all(branch(b, seed * 3 + 1, depth - 1),
                                        branch(b, seed * 3 + 2, depth - 1));
      EXPECT_EQ(x + y, 2);
      break;
    }
    case 1: {
      auto [x, y] = co_await aside::race(branch(b, seed * 3 + 1, depth - 1),
                                         branch(b, seed * 3 + 2, depth - 1));
      EXPECT_TRUE(x.has_value() || y.has_value());
      break;
    }
    default:
      co_await aside::scope([&](nursery& n) -> task<> {
        for (unsigned i = 1 + random(3); i > 0; --i)
          n.spawn(&grow, std::ref(n), b, seed * 31 + i, depth - 1);
        co_await leaf(b, random);
        if (random(6) == 0) n.request_stop();
      });
  }
  co_return 1;
}

void trees(unsigned workers, std::uint64_t first_seed) {
  auto b = std::make_shared<tally>();
  std::uint64_t taken = 0;
  EXPECT_EQ(aside::run(
                with_spares(workers),
                [&taken](book mine, std::uint64_t first) -> task<> {
                  const thief here;
                  const int count = rounds(400);
                  for (int i = 0; i < count; ++i) {
                    co_await branch(mine, first + static_cast<std::uint64_t>(i), 3);
                  }
                  taken = here.taken();
                },
                b, first_seed),
            0);
  EXPECT_EQ(b->live, 0);
  EXPECT_GT(taken, 0u);
}

TEST(stress_takeover, of_one_core_loses_no_task) { trees(1, 1); }
TEST(stress_takeover, of_two_cores_loses_no_task) { trees(2, 1'000'000); }
TEST(stress_takeover, of_four_cores_loses_no_task) { trees(4, 2'000'000); }

TEST(stress_takeover, beside_the_end_of_the_runtime) {
  for (int i = 0; i < rounds(150); ++i) {
    auto b = std::make_shared<tally>();
    EXPECT_EQ(aside::run(
                  with_spares(1 + static_cast<unsigned>(i % 3)),
                  [](book mine, int seed) -> task<> {
                    const thief here;
                    for (int k = 0; k < 10; ++k)
                      aside::spawn(
                          [](book theirs, std::uint64_t s) -> task<> {
                            const int one = co_await branch(theirs, s, 2);
                            EXPECT_EQ(one, 1);
                          },
                          mine, static_cast<std::uint64_t>(seed * 100 + k));
                    for (int k = 0; k < seed % 40; ++k)
                      co_await aside::yield();
                  },
                  b, i),
              0);
    ASSERT_EQ(b->live, 0) << "round " << i;
  }
}

}  // namespace
