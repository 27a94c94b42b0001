// A random tree of scopes whose members fail, stop, time out, sleep and end. Whatever happens, every
// task that began ends, and nothing that was made stays.
#include "stress/stress.hpp"

#include <chrono>

namespace {

using aside::nursery;
using aside::task;
using namespace aside_test;

using book = std::shared_ptr<tally>;

task<> grow(nursery& parent, book b, std::uint64_t seed, int depth);

task<> work(book b, dice& random) {
  const counted here(b);
  switch (random(6)) {
    case 0:
      co_await aside::sleep_for(std::chrono::microseconds(random(3000)));
      break;
    case 1:
      co_await wait_for_ever();
      break;
    case 2:
      throw std::runtime_error("a leaf of the tree");
    case 3: {
      aside::event e;
      e.set();
      co_await e.wait();
      break;
    }
    default:
      for (unsigned i = random(5); i > 0; --i)
        co_await aside::yield();
  }
}

task<> branch(book b, std::uint64_t seed, int depth) {
  dice random(seed);
  const counted here(b);
  // Members that wait for ever are freed by a stop from inside or by the timeout around the scope.
  const auto limit = std::chrono::microseconds(500 + random(4000));
  const auto ended =
      co_await aside::timeout(limit, aside::scope([&](nursery& n) -> task<> {
                                const counted in_body(b);
                                const unsigned children = 1 + random(4);
                                for (unsigned i = 0; i < children; ++i) {
                                  const std::uint64_t s = seed * 31 + i;
                                  if (random(3) == 0)
                                    n.spawn_local(&grow, std::ref(n), b, s, depth - 1);
                                  else
                                    n.spawn(&grow, std::ref(n), b, s, depth - 1);
                                }
                                if (random(4) == 0) n.request_stop();
                                co_await work(b, random);
                                if (random(3) == 0) n.request_stop();
                              }));
  static_cast<void>(ended);
}

task<> grow(nursery& parent, book b, std::uint64_t seed, int depth) {
  dice random(seed + 77);
  const counted here(b);
  if (depth <= 0) {
    co_await work(b, random);
    co_return;
  }
  if (random(5) == 0) parent.spawn(&grow, std::ref(parent), b, seed * 7 + 1, 0);
  if (random(3) == 0) {
    try {
      co_await branch(b, seed, depth);
    } catch (const std::runtime_error&) {
    }
  } else {
    co_await branch(b, seed, depth);
  }
  if (random(8) == 0) parent.request_stop();
}

void trees(unsigned workers, std::uint64_t first_seed) {
  auto b = std::make_shared<tally>();
  run_on(
      workers,
      [](book mine, std::uint64_t first) -> task<> {
        const int count = rounds(150);
        for (int i = 0; i < count; ++i) {
          try {
            co_await branch(mine, first + static_cast<std::uint64_t>(i), 4);
          } catch (const std::runtime_error&) {
          }
          if (mine->live != 0) {
            ADD_FAILURE() << mine->live << " objects left by seed "
                          << first + static_cast<std::uint64_t>(i);
            co_return;
          }
        }
      },
      b, first_seed);
  EXPECT_EQ(b->live, 0);
}

TEST(stress_tree, balances_on_one_core) { trees(1, 1); }
TEST(stress_tree, balances_on_two_cores) { trees(2, 1'000'000); }
TEST(stress_tree, balances_on_four_cores) { trees(4, 2'000'000); }

TEST(stress_tree, is_torn_down_by_the_end_of_the_runtime) {
  for (int i = 0; i < rounds(100); ++i) {
    auto b = std::make_shared<tally>();
    run_on(
        1 + static_cast<unsigned>(i % 3),
        [](book mine, int seed) -> task<> {
          for (int k = 0; k < 20; ++k)
            aside::spawn(
                [](book theirs, std::uint64_t s) -> task<> {
                  try {
                    co_await branch(theirs, s, 4);
                  } catch (const std::runtime_error&) {
                  }
                },
                mine, static_cast<std::uint64_t>(seed * 100 + k));
          for (int k = 0; k < seed % 40; ++k)
            co_await aside::yield();
        },
        b, i);
    ASSERT_EQ(b->live, 0) << "round " << i;
  }
}

}  // namespace
