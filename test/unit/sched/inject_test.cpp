#include "sched/inject.hpp"

#include "unit/failing_new.hpp"

#include <gtest/gtest.h>

#include <array>
#include <deque>
#include <random>
#include <thread>
#include <vector>

namespace {

using aside::detail::inject_queue;
using aside::detail::task_header;

struct plain_task : task_header {
  std::atomic<int> taken{0};
};

/// What was pushed by one way comes back in that order, and both ways in turn.
TEST(inject_queue, gives_back_in_order_however_it_was_filled) {
  inject_queue q;
  std::vector<plain_task> single(10'000);
  std::vector<plain_task> batched(10'000);
  std::mt19937 random(7);
  std::size_t singles_in = 0;
  std::size_t batched_in = 0;
  std::size_t singles_out = 0;
  std::size_t batched_out = 0;
  while (singles_out < single.size() || batched_out < batched.size()) {
    if (random() % 2 == 0) {
      const std::size_t n = std::min<std::size_t>(random() % 200, batched.size() - batched_in);
      std::vector<task_header*> many;
      for (std::size_t i = 0; i < n; ++i)
        many.push_back(&batched[batched_in + i]);
      q.push(many);
      batched_in += n;
      for (std::size_t i = random() % 200; i != 0 && singles_in < single.size(); --i) {
        // Beyond the ring's room they would go behind batches.
        if (singles_in - singles_out == 1024) break;
        q.push(single[singles_in++]);
      }
    } else {
      std::array<task_header*, 64> got{};
      const auto n = q.take(std::span(got.data(), random() % 65));
      for (std::size_t i = 0; i < n.all; ++i)
        EXPECT_EQ(got[i], i < n.of_ring ? &single[singles_out + i]
                                        : &batched[batched_out + i - n.of_ring]);
      singles_out += n.of_ring;
      batched_out += n.all - n.of_ring;
    }
    EXPECT_EQ(q.size(), singles_in - singles_out + batched_in - batched_out);
  }
  std::array<task_header*, 1> none{};
  EXPECT_EQ(q.take(none).all, 0u);
}

TEST(inject_queue, lets_neither_way_wait_for_the_other) {
  inject_queue q;
  std::vector<plain_task> single(100);
  std::vector<plain_task> batched(100);
  std::vector<task_header*> many;
  for (plain_task& t : batched)
    many.push_back(&t);
  q.push(many);
  for (plain_task& t : single)
    q.push(t);
  for (const std::size_t most : {1u, 1u, 1u, 1u, 7u, 7u, 64u}) {
    std::array<task_header*, 64> got{};
    const auto n = q.take(std::span(got.data(), most));
    EXPECT_EQ(n.all, most);
    if (most > 1) {
      EXPECT_NEAR(static_cast<double>(n.of_ring), static_cast<double>(most) / 2, 0.5);
    }
  }
  // Of the four that were taken alone two were of either way.
  std::array<task_header*, 200> rest{};
  EXPECT_EQ(q.take(rest).all, 200u - 82u);
}

TEST(inject_queue, has_room_for_more_than_its_ring_and_counts_them) {
  inject_queue q;
  std::vector<plain_task> tasks(5'000);
  for (plain_task& t : tasks)
    EXPECT_TRUE(q.push_from_outside(t));
  EXPECT_EQ(q.close(), tasks.size());
  plain_task late;
  EXPECT_FALSE(q.push_from_outside(late));
  q.push(late);  // a wake-up never fails
  std::vector<task_header*> got(tasks.size() + 2);
  EXPECT_EQ(q.take(got).all, tasks.size() + 1);
}

TEST(inject_queue, keeps_the_order_when_there_is_no_memory_for_the_list) {
  inject_queue q;
  std::vector<plain_task> tasks(600);
  std::vector<task_header*> all;
  for (plain_task& t : tasks)
    all.push_back(&t);
  const std::span<task_header* const> some(all);
  q.push(some.first(100));
  aside_test::until_one_fails = 0;
  q.push(some.subspan(100, 200));
  EXPECT_EQ(aside_test::until_one_fails, aside_test::none_fails);
  q.push(some.subspan(300, 300));  // there would be memory again
  std::vector<task_header*> got(150);
  EXPECT_EQ(q.take(got).all, 150u);
  EXPECT_EQ(got, std::vector(all.begin(), all.begin() + 150));
  got.resize(1000);
  EXPECT_EQ(q.take(got).all, 450u);
  got.resize(450);
  EXPECT_EQ(got, std::vector(all.begin() + 150, all.end()));
  EXPECT_EQ(q.size(), 0u);
  q.push(some);  // listed again
  got.resize(600);
  EXPECT_EQ(q.take(got).all, 600u);
  EXPECT_EQ(got, all);
}

TEST(inject_queue, says_whether_any_may_be_in_no_registry) {
  inject_queue q;
  std::vector<plain_task> tasks(2'000);
  const std::array<task_header*, 2> ours{&tasks[0], &tasks[1]};
  std::array<task_header*, 64> got{};
  q.push(ours);
  EXPECT_FALSE(q.take(got).may_be_new);
  q.push(tasks[0]);  // through the ring, which does not know
  EXPECT_TRUE(q.take(got).may_be_new);
  for (plain_task& t : tasks)
    EXPECT_TRUE(q.push_from_outside(t));
  std::size_t left = tasks.size();
  while (left != 0) {
    const inject_queue::taken some = q.take(got);
    EXPECT_TRUE(some.may_be_new);
    left -= some.all;
  }
}

TEST(inject_queue, gives_each_task_to_one_taker) {
  inject_queue q;
  constexpr std::size_t each = 20'000;
  std::deque<plain_task> tasks(3 * each);
  std::atomic<std::size_t> taken = 0;
  std::vector<std::jthread> threads;
  for (std::size_t t = 0; t < 3; ++t) {
    threads.emplace_back([&, t] {
      for (std::size_t i = 0; i < each; ++i)
        q.push(tasks[t * each + i]);
    });
  }
  for (int t = 0; t < 2; ++t) {
    threads.emplace_back([&] {
      std::array<task_header*, 64> got{};
      while (taken < tasks.size()) {
        const std::size_t n = q.take(got).all;
        for (std::size_t i = 0; i < n; ++i)
          ++static_cast<plain_task*>(got[i])->taken;
        taken += n;
      }
    });
  }
  threads.clear();
  for (const plain_task& t : tasks)
    EXPECT_EQ(t.taken, 1);
}

}  // namespace
