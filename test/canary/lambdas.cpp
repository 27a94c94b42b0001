// Lambdas in the expression that is awaited, as the coroutine itself and as its argument.

#include "pattern.hpp"

using namespace canary;

PATTERN(a_lambda_that_captures_by_value, 3) {
  parcel item(3);
  co_return co_await [item]() -> task<int> {
    co_await next_turn();
    co_return item.weight();
  }();
}

PATTERN(a_lambda_that_captures_by_reference, 3) {
  parcel item(3);
  co_return co_await [&]() -> task<int> {
    co_await next_turn();
    co_return item.weight();
  }();
}

PATTERN(a_lambda_that_takes_a_parameter, 3) {
  co_return co_await [](parcel item) -> task<int> {
    co_await next_turn();
    co_return item.weight();
  }(parcel(3));
}

PATTERN(a_lambda_with_an_initialised_capture, 3) {
  co_return co_await [item = parcel(3)]() -> task<int> {
    co_await next_turn();
    co_return item.weight();
  }();
}

PATTERN(a_plain_lambda_called_with_an_awaited_argument, 13) {
  auto two_digits = [](int tens, int ones) { return tens * 10 + ones; };
  int count = 0;
  co_return two_digits(++count, co_await weigh(parcel(3)));
}
