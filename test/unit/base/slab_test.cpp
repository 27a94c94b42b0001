#include "base/slab.hpp"

#include <gtest/gtest.h>

#include <random>
#include <set>
#include <vector>

namespace {

struct owner {
  int id = 0;
};
struct entry {
  entry* next = nullptr;
  std::uint64_t value = 0;
  std::uint32_t generation = 0;
  [[nodiscard]] entry* slab_next() const noexcept { return next; }
  void set_slab_next(entry* e) noexcept { next = e; }
};
using slab = aside::detail::slab<entry, owner>;

TEST(slab, gives_distinct_objects_and_finds_their_owner) {
  owner a{1};
  owner b{2};
  slab of_a(a);
  slab of_b(b);
  std::set<entry*> seen;
  for (int i = 0; i < 6000; ++i) {  // more than one region
    entry* const from_a = of_a.allocate();
    entry* const from_b = of_b.allocate();
    ASSERT_NE(from_a, nullptr);
    ASSERT_NE(from_b, nullptr);
    EXPECT_TRUE(seen.insert(from_a).second);
    EXPECT_TRUE(seen.insert(from_b).second);
    EXPECT_EQ(slab::owner_of(*from_a).id, 1);
    EXPECT_EQ(slab::owner_of(*from_b).id, 2);
  }
  EXPECT_EQ(of_a.live(), 6000u);
}

TEST(slab, uses_freed_objects_again_and_keeps_what_they_hold) {
  owner o;
  slab s(o);
  std::mt19937 random(3);
  std::vector<entry*> live;
  std::set<entry*> ever;
  for (int i = 0; i < 20'000; ++i) {
    if (live.size() < 300 && (live.empty() || random() % 2 == 0)) {
      entry* const e = s.allocate();
      ASSERT_NE(e, nullptr);
      if (!ever.insert(e).second) {
        EXPECT_EQ(e->generation, 1u) << "constructed once only";
      }
      e->generation = 1;
      e->value = reinterpret_cast<std::uint64_t>(e);
      live.push_back(e);
    } else {
      const std::size_t which = random() % live.size();
      EXPECT_EQ(live[which]->value, reinterpret_cast<std::uint64_t>(live[which]));
      s.free(*live[which]);
      live.erase(live.begin() + static_cast<std::ptrdiff_t>(which));
    }
    EXPECT_EQ(s.live(), live.size());
  }
  EXPECT_LE(ever.size(), 600u);
}

}  // namespace
