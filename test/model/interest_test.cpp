// A direction of a socket: a task on another core than the engine's calls until there is nothing, publishes its
// leaf and waits; the kernel makes the socket ready again; the owner turns the edge into a mark. In every order
// that the model tries the task gets everything, so no edge is lost between a call and the wait after it.
#include "driver/interest.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <stdexcept>
#include <vector>

namespace aside::inline ASIDE_ABI::detail {

namespace {

using aside_test::model::explorer;

constexpr std::uint64_t came = 1;  // an edge
constexpr std::uint64_t over = 2;  // the task has all

struct world {
  readiness word;
  std::uint64_t units = 0;     // bytes to read, or room to write into: the kernel's, changed at once
  bool wants_edge = false;     // a call has found none; the kernel's too
  atomic<std::uint64_t> edges{0};
  atomic<unsigned> woken{0};
  leaf waiting{ops};
  bool careful = false;  // every second call of a write, in one test

  static constexpr leaf_ops ops{};

  /// A system call that takes so many, and what it says.
  called take_units(std::uint64_t most, std::uint64_t& got) {
    explorer::current().modify(&units, sizeof units, [&](std::uint64_t there) {
      got = there < most ? there : most;
      wants_edge = got == 0;
      return there - got;
    });
    return got == 0 ? called{EAGAIN} : called{0, got == most};
  }
  /// The peer sends, or reads.
  void give_unit(bool always_edge) {
    bool edge = always_edge;
    explorer::current().modify(&units, sizeof units, [&](std::uint64_t there) {
      edge = edge || wants_edge;
      wants_edge = false;
      return there + 1;
    });
    if (edge) edges.fetch_or(came);
  }
  void wait() {
    while (woken.load(memory_order_acquire) == 0) {
    }
    woken.exchange(0);
  }
};

void own(world& w) {
  for (;;) {
    while (w.edges.load() == 0) {
    }
    const std::uint64_t now = w.edges.exchange(0);
    if ((now & came) != 0 && w.word.mark(false) != nullptr) w.woken.exchange(1);
    if ((now & over) != 0) return;
  }
}

using attempt = std::function<bool(world&, std::uint64_t&)>;

void get(world& w, std::uint64_t wanted, const attempt& once) {
  while (wanted != 0) {
    std::uint64_t got = 0;
    if (once(w, got))
      wanted -= got;
    else if (w.word.arm(w.waiting))
      w.wait();
  }
  w.edges.fetch_or(over);
}

bool read_some(world& w, std::uint64_t& got) {
  int error = 0;
  return try_call(w.word, error, [&]() noexcept { return w.take_units(2, got); });
}
bool write_one(world& w, std::uint64_t& got) {
  int error = 0;
  return try_write(w.word, error, [&]() noexcept { return w.take_units(1, got); });
}

std::size_t every_order(std::uint64_t wanted, std::uint64_t at_first, bool always_edge,
                        const attempt& once) {
  explorer e(3);
  std::unique_ptr<world> w;
  return e.run([&]() -> std::vector<std::function<void()>> {
    w = std::make_unique<world>();
    w->units = at_first;
    w->word.reset(at_first != 0);
    return {[&] { get(*w, wanted, once); },
            [&] {
              for (std::uint64_t n = at_first; n < wanted; ++n)
                w->give_unit(always_edge);
            },
            [&] { own(*w); }};
  });
}

TEST(model_interest, a_read_loses_no_edge) {
  EXPECT_GT(every_order(3, 0, true, &read_some), 1000u);
}

TEST(model_interest, a_write_loses_no_edge) {
  EXPECT_GT(every_order(3, 1, false, &write_one), 1000u);
}

TEST(model_interest, a_write_that_has_found_no_room_may_be_followed_by_careful_ones) {
  const auto once = [](world& w, std::uint64_t& got) {
    int error = 0;
    const auto call = [&]() noexcept { return w.take_units(1, got); };
    w.careful = !w.careful;
    return w.careful ? try_write(w.word, error, call) : try_call(w.word, error, call);
  };
  EXPECT_GT(every_order(3, 1, false, once), 1000u);
}

TEST(model_interest, would_lose_an_edge_if_a_read_cleared_the_word_after_its_call) {
  const auto once = [](world& w, std::uint64_t& got) {
    if (!w.word.seems_ready()) return false;
    const called c = w.take_units(2, got);
    if (c.error != 0 || !c.more) static_cast<void>(w.word.take());
    return c.error == 0;
  };
  EXPECT_THROW(every_order(3, 0, true, once), std::logic_error);
}

TEST(model_interest, would_lose_an_edge_if_a_write_did_not_call_again) {
  const auto once = [](world& w, std::uint64_t& got) {
    if (!w.word.seems_ready()) return false;
    const called c = w.take_units(1, got);
    if (c.error != 0) static_cast<void>(w.word.take());
    return c.error == 0;
  };
  EXPECT_THROW(every_order(3, 1, false, once), std::logic_error);
}

}  // namespace
}  // namespace aside::inline ASIDE_ABI::detail
