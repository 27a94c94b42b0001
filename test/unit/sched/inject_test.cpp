#include "sched/inject.hpp"

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

TEST(inject_queue, gives_back_in_order_however_it_was_filled) {
  inject_queue q;
  std::vector<plain_task> tasks(20'000);
  std::mt19937 random(7);
  std::size_t in = 0;
  std::size_t out = 0;
  while (out < tasks.size()) {
    if (in < tasks.size() && random() % 2 == 0) {
      const std::size_t n = std::min<std::size_t>(random() % 200, tasks.size() - in);
      std::vector<task_header*> many;
      for (std::size_t i = 0; i < n; ++i)
        many.push_back(&tasks[in + i]);
      if (n == 1)
        q.push(tasks[in]);
      else
        q.push(many);
      in += n;
    } else {
      std::array<task_header*, 64> got{};
      const std::size_t n = q.take(std::span(got.data(), random() % 65));
      for (std::size_t i = 0; i < n; ++i)
        EXPECT_EQ(got[i], &tasks[out + i]);
      out += n;
    }
    EXPECT_EQ(q.size(), in - out);
  }
  std::array<task_header*, 1> none{};
  EXPECT_EQ(q.take(none), 0u);
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
        const std::size_t n = q.take(got);
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
