// Threads push, then wake whoever sleeps; one takes, and sleeps when there is nothing. In every order that the
// model tries each item is taken once, none is left while the taker sleeps, and what was let in before the close
// is what the close counts.
#include "sched/mpsc_ring.hpp"

#include <gtest/gtest.h>

#include <array>
#include <functional>
#include <memory>
#include <stdexcept>
#include <vector>

namespace aside::inline ASIDE_ABI::detail {

namespace {

using aside_test::model::explorer;
using bodies = std::vector<std::function<void()>>;

struct world {
  static constexpr unsigned each = 2;  // items of a pusher
  mpsc_ring<unsigned, 4> ring;
  std::array<unsigned, 2 * each> items{0, 1, 2, 3};
  std::array<unsigned, 2 * each> taken{};
  atomic<unsigned> sleeps{0};
  atomic<unsigned> wakes{0};
  atomic<unsigned> pushes{0};  // that are over
  std::uint64_t claimed = 0;   // by the close
  unsigned let_in = 0;
};

void push_and_wake(world& w, unsigned first) {
  for (unsigned i = first; i < first + world::each; ++i) {
    explorer::require(w.ring.push(&w.items[i]) == pushed::yes, "a ring with room is full");
    if (w.sleeps.load() != 0 && w.sleeps.exchange(0) != 0) w.wakes.fetch_add(1);
    w.pushes.fetch_add(1);
  }
}

unsigned take(world& w) {
  std::array<unsigned*, 3> got{};
  const std::size_t n = w.ring.take(got);
  for (std::size_t i = 0; i < n; ++i)
    explorer::require(++w.taken[*got[i]] == 1, "an item is taken twice");
  return static_cast<unsigned>(n);
}

/// `careful`: it looks at the claims once it has said that it sleeps; else at the slots alone, before.
void take_or_sleep(world& w, unsigned all, bool careful) {
  for (unsigned had = 0; had != all;) {
    const unsigned over = w.pushes.load();
    if (const unsigned n = take(w); n != 0) {
      had += n;
      continue;
    }
    w.sleeps.store(1);
    if (careful && w.ring.size() != 0) {
      if (w.sleeps.exchange(0) == 0) {
        while (w.wakes.load() == 0) {
        }
        w.wakes.fetch_sub(1);
      }
      while (w.pushes.load() == over) {  // in the library it tries again at once
      }
      continue;
    }
    while (w.wakes.load() == 0) {
    }
    w.wakes.fetch_sub(1);
  }
}

void close(world& w) { w.claimed = w.ring.close(); }
void push_until_closed(world& w) {
  for (unsigned i = 0; i < world::each; ++i) {
    if (w.ring.push(&w.items[i]) == pushed::yes) ++w.let_in;
  }
}
void take_two(world& w) {
  static_cast<void>(take(w));
  static_cast<void>(take(w));
}

std::size_t every_order(std::size_t interruptions, const std::function<bodies(world&)>& make,
                        const std::function<void(world&)>& look) {
  explorer e(interruptions);
  std::unique_ptr<world> w;
  const std::size_t orders = e.run([&]() -> bodies {
    if (w) look(*w);
    w = std::make_unique<world>();
    return make(*w);
  });
  look(*w);
  return orders;
}

TEST(model_mpsc_ring, gives_each_item_once_and_wakes_the_taker) {
  const auto orders = every_order(
      2,
      [](world& w) -> bodies {
        return {[&w] { push_and_wake(w, 0); }, [&w] { push_and_wake(w, world::each); },
                [&w] { take_or_sleep(w, 2 * world::each, true); }};
      },
      [](world& w) {
        for (const unsigned times : w.taken)
          EXPECT_EQ(times, 1u);
        EXPECT_EQ(w.ring.size(), 0u);
      });
  EXPECT_GT(orders, 1000u);
}

TEST(model_mpsc_ring, would_lose_a_wake_if_a_sleeper_looked_at_slots_alone) {
  EXPECT_THROW(static_cast<void>(every_order(
                   3,
                   [](world& w) -> bodies {
                     return {[&w] { push_and_wake(w, 0); },
                             [&w] { take_or_sleep(w, world::each, false); }};
                   },
                   [](world&) {})),
               std::logic_error);
}

TEST(model_mpsc_ring, counts_what_was_let_in_before_the_close) {
  unsigned most = 0;
  unsigned least = world::each;
  const auto orders = every_order(
      4,
      [](world& w) -> bodies {
        return {[&w] { push_until_closed(w); }, [&w] { close(w); }, [&w] { take_two(w); }};
      },
      [&](world& w) {
        EXPECT_EQ(w.claimed, w.let_in);
        unsigned left = static_cast<unsigned>(w.ring.size());
        for (const unsigned times : w.taken)
          left += times;
        EXPECT_EQ(left, w.let_in);
        most = std::max(most, w.let_in);
        least = std::min(least, w.let_in);
      });
  EXPECT_GT(orders, 1000u);
  EXPECT_EQ(most, world::each);  // both ends were met
  EXPECT_EQ(least, 0u);
}

}  // namespace
}  // namespace aside::inline ASIDE_ABI::detail
