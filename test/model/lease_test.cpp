// A carrier and a taker in every order that the model tries: never are two threads in the core.
#include "model/membarrier.hpp"
#include "task/lease.hpp"

#include <gtest/gtest.h>

namespace aside::inline ASIDE_ABI::detail {

namespace {
thread_local constinit host* here = nullptr;
}  // namespace

// What the lease needs besides its own file, for the model.
host* this_host() noexcept { return here; }

namespace {

using aside_test::model::explorer;

struct core : host {
  int inside = 0;

  /// What only the owner may do; a second thread would be seen inside.
  void touch() {
    ++inside;
    explorer::current().pause();
    explorer::require(inside == 1, "two threads are in the core");
    --inside;
  }
};

struct world {
  asymmetric barrier;
  lease held{barrier, nullptr};
  core c;
  int taken = 0;
  bool knows = false;  // the carrier, that it has lost the core

  world() {
    c.lends = true;
    held.grant();
  }
};

/// A turn whose user code calls the library, or does not, and then another.
void carry(world& w, bool calls) {
  w.held.go_out();
  if (calls) {
    set_this_lease(&w.held);
    here = &w.c;
    const host_guard guard;
    if (guard.get() != nullptr) w.c.touch();
  }
  w.knows = !w.held.come_in();
  if (!w.knows) w.c.touch();
}

void take(world& w, int tries) {
  for (int i = 0; i < tries; ++i) {
    if (!w.held.try_claim()) continue;
    w.c.touch();  // under the claim
    w.held.end_claim(true);
    ++w.taken;
    w.c.touch();  // as the next carrier
    return;
  }
}

std::size_t every_order(bool calls, int tries, int& taken, int& missed) {
  explorer e;
  std::unique_ptr<world> w;
  return e.run([&]() -> std::vector<std::function<void()>> {
    w = std::make_unique<world>();
    return {[&] {
              carry(*w, calls);
              // A core that is lost after the last look is nobody's loss here.
              if (w->knows) ++taken;
            },
            [&] {
              take(*w, tries);
              if (w->taken == 0) ++missed;
            }};
  });
}

TEST(model_lease, lets_one_thread_into_the_core_in_every_order) {
  const aside_test::model::membarrier_works it(true);
  int taken = 0;
  int missed = 0;
  const std::size_t orders = every_order(true, 1, taken, missed);
  EXPECT_GT(orders, 1000u);
  EXPECT_GT(taken, 0);  // both ends were met
  EXPECT_GT(missed, 0);
}

TEST(model_lease, may_be_tried_again_after_a_miss) {
  const aside_test::model::membarrier_works it(true);
  int taken = 0;
  int missed = 0;
  EXPECT_GT(every_order(false, 2, taken, missed), 1000u);
  EXPECT_GT(taken, 0);
}

TEST(model_lease, would_not_hold_without_the_barrier) {
  const aside_test::model::membarrier_works it(false);
  int taken = 0;
  int missed = 0;
  EXPECT_THROW(every_order(true, 1, taken, missed), std::logic_error);
}

}  // namespace
}  // namespace aside::inline ASIDE_ABI::detail
