// Loops, exceptions and the order of things.

#include "pattern.hpp"

using namespace canary;

namespace {

struct refusal {};

struct awaiter_that_throws_when_it_suspends {
  bool await_ready() noexcept { return false; }
  void await_suspend(std::coroutine_handle<>) { throw refusal(); }
  void await_resume() noexcept {}
};

task<std::vector<parcel>> fetch_two(int one, int other) {
  co_await next_turn();
  std::vector<parcel> items;
  items.reserve(2);
  items.emplace_back(one);
  items.emplace_back(other);
  co_return items;
}

}  // namespace

PATTERN(a_while_on_an_await, 3) {
  int rounds = 0;
  while (co_await accept(parcel(1)) && rounds < 3)
    ++rounds;
  co_return rounds;
}

PATTERN(a_do_while_on_an_await, 3) {
  int rounds = 0;
  do {
    ++rounds;
  } while (co_await accept(parcel(1)) && rounds < 3);
  co_return rounds;
}

PATTERN(a_for_with_awaits_in_all_three_places, 3) {
  int rounds = 0;
  for (int i = co_await weigh(parcel(1)); i < co_await weigh(parcel(4));
       i += co_await weigh(parcel(1))) {
    ++rounds;
  }
  co_return rounds;
}

PATTERN(a_range_for_over_an_awaited_container, 5) {
  int sum = 0;
  for (const parcel& item : co_await fetch_two(3, 2))
    sum += item.weight();
  co_return sum;
}

PATTERN(two_awaits_joined_by_a_comma, 3) {
  co_return (co_await weigh(parcel(1)), co_await weigh(parcel(3)));
}

PATTERN(a_caught_object_after_an_await, 3) {
  int caught = 0;
  try {
    co_await weigh(parcel(1));
    throw parcel(3);
  } catch (const parcel& item) {
    caught = item.weight();
  }
  co_return caught;
}

PATTERN(an_awaiter_that_throws_beside_a_local, 3) {
  try {
    parcel item(1);
    co_await awaiter_that_throws_when_it_suspends();
  } catch (const refusal&) {
    co_return 3;
  }
  co_return 0;
}

PATTERN(an_if_on_an_await_after_a_static_local, 3) {
  static int answer = 3;
  if (co_await accept(parcel(1))) co_return answer;
  co_return 0;
}
