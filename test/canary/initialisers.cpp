// Braces: aggregates, designators, initialiser lists, arrays, bindings.

#include "pattern.hpp"

#include <initializer_list>

using namespace canary;

namespace {

task<int> deliver_couple(couple items) {
  co_await next_turn();
  co_return items.first.weight() + items.second.weight();
}

task<int> deliver_tagged(tagged item) {
  co_await next_turn();
  co_return item.content.weight() + item.tag;
}

task<int> count_listed(std::initializer_list<parcel> items) {
  co_await next_turn();
  co_return static_cast<int>(items.size());
}

task<int> count_all(std::vector<parcel> items) {
  co_await next_turn();
  co_return static_cast<int>(items.size());
}

task<std::pair<parcel, int>> fetch_with_receipt(int weight, int receipt) {
  co_await next_turn();
  co_return std::pair<parcel, int>(weight, receipt);
}

}  // namespace

PATTERN(an_aggregate_temporary, 5) {
  co_return co_await deliver_couple(couple{parcel(3), parcel(2)});
}

PATTERN(an_aggregate_parameter_from_braces, 5) {
  co_return co_await deliver_couple({parcel(3), parcel(2)});
}

PATTERN(an_aggregate_parameter_from_braces_that_convert, 5) {
  co_return co_await deliver_couple({3, 2});
}

PATTERN(an_aggregate_parameter_with_designators, 5) {
  co_return co_await deliver_tagged({.content = parcel(3), .tag = 2});
}

PATTERN(an_aggregate_parameter_with_a_default_member, 4) {
  co_return co_await deliver_tagged({.content = 3});
}

PATTERN(an_initializer_list_parameter, 2) {
  co_return co_await count_listed({parcel(3), parcel(2)});
}

PATTERN(a_vector_parameter_from_braces, 2) { co_return co_await count_all({parcel(3), parcel(2)}); }

PATTERN(awaits_inside_a_vector_initialiser, 5) {
  std::vector<int> weights{co_await weigh(parcel(3)), co_await weigh(parcel(2))};
  co_return weights[0] + weights[1];
}

PATTERN(an_await_inside_an_array_initialiser, 5) {
  parcel items[2] = {co_await fetch(3), parcel(2)};
  co_return items[0].weight() + items[1].weight();
}

PATTERN(an_await_inside_an_aggregate_initialiser, 5) {
  couple items{co_await fetch(3), parcel(2)};
  co_return items.first.weight() + items.second.weight();
}

PATTERN(an_await_inside_a_designated_initialiser, 5) {
  tagged item{.content = co_await fetch(3), .tag = 2};
  co_return item.content.weight() + item.tag;
}

PATTERN(bindings_by_value_to_an_awaited_pair, 5) {
  auto [item, receipt] = co_await fetch_with_receipt(3, 2);
  co_return item.weight() + receipt;
}

PATTERN(bindings_by_reference_to_an_awaited_pair, 5) {
  auto&& [item, receipt] = co_await fetch_with_receipt(3, 2);
  co_return item.weight() + receipt;
}

PATTERN(a_compound_assignment_from_an_await, 5) {
  int sum = 2;
  sum += co_await weigh(parcel(3));
  co_return sum;
}
