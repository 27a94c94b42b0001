// Temporaries that live across a suspension: arguments, results, awaiters.

#include "pattern.hpp"

using namespace canary;

namespace {

struct awaiter_with_a_constructor {
  explicit awaiter_with_a_constructor(parcel item) : item(std::move(item)) {}
  bool await_ready() noexcept { return false; }
  void await_suspend(std::coroutine_handle<> self) noexcept { next_to_resume = self; }
  int await_resume() { return item.weight(); }

  parcel item;
};

struct aggregate_awaiter {
  parcel item;

  bool await_ready() noexcept { return false; }
  void await_suspend(std::coroutine_handle<> self) noexcept { next_to_resume = self; }
  int await_resume() { return item.weight(); }
};

int weight_of(std::unique_ptr<parcel> box) { return box->weight(); }

int operator+(const parcel& left, const parcel& right) { return left.weight() + right.weight(); }

}  // namespace

PATTERN(a_temporary_bound_to_a_reference, 3) { co_return co_await weigh(parcel(3)); }

PATTERN(a_temporary_passed_by_value, 3) { co_return co_await deliver(parcel(3)); }

PATTERN(two_temporaries_passed_by_value, 5) {
  co_return co_await deliver_both(parcel(3), parcel(2));
}

PATTERN(an_awaited_result_as_first_argument, 5) {
  co_return co_await deliver_both(co_await fetch(3), parcel(2));
}

PATTERN(an_awaited_result_as_last_argument, 5) {
  co_return co_await deliver_both(parcel(3), co_await fetch(2));
}

PATTERN(a_member_of_an_awaited_result, 3) { co_return (co_await fetch(3)).weight(); }

PATTERN(a_member_through_an_awaited_pointer, 3) { co_return (co_await fetch_boxed(3))->weight(); }

PATTERN(an_awaited_result_beside_a_temporary, 5) {
  int sum = parcel(3) + (co_await fetch(2));
  co_return sum;
}

PATTERN(an_awaited_result_moved_into_a_box, 3) {
  co_return weight_of(std::make_unique<parcel>(co_await fetch(3)));
}

PATTERN(an_awaited_result_that_nobody_wants, 3) {
  co_await fetch(7);
  co_return 3;
}

PATTERN(an_awaiter_with_a_constructor, 3) {
  co_return co_await awaiter_with_a_constructor(parcel(3));
}

PATTERN(an_aggregate_awaiter, 3) { co_return co_await aggregate_awaiter{parcel(3)}; }

PATTERN(a_conditional_that_chooses_a_temporary, 3) {
  bool heavy = true;
  co_return co_await deliver(heavy ? parcel(3) : parcel(1));
}
