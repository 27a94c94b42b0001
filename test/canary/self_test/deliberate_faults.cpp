// Patterns that are wrong on purpose: if run.py finds one of them ok, it would miss the real ones too.

#include <cstdlib>

#include "pattern.hpp"

using namespace canary;

PATTERN(nothing_is_wrong_here, 3) { co_return co_await deliver(parcel(3)); }

PATTERN(it_returns_the_wrong_value, 3) {
  co_await next_turn();
  co_return 2;
}

PATTERN(it_destroys_an_object_twice, 3) {
  parcel item(3);
  co_await next_turn();
  item.~parcel();
  co_return 3;
}

PATTERN(it_never_destroys_an_object, 3) {
  parcel* item = new parcel(3);
  co_await next_turn();
  co_return item->weight();
}

PATTERN(it_loses_an_object_only_when_destroyed, 3) {
  parcel* item = new parcel(3);
  co_await next_turn();
  int weight = item->weight();
  delete item;
  co_return weight;
}

PATTERN(it_crashes, 3) {
  co_await next_turn();
  std::abort();
}

PATTERN(it_never_ends, 3) {
  while (true)
    co_await next_turn();
}

PATTERN(it_suspends_without_being_resumed, 3) {
  co_await std::suspend_always();
  co_return 3;
}

PATTERN(it_throws, 3) {
  co_await next_turn();
  throw 3;
}

PATTERN(it_does_not_compile, 3) { co_return co_await a_function_that_does_not_exist(); }
