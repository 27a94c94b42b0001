// The ways round g++ 12's faults that docs/compilers.md recommends: right on every compiler.

#include <array>
#include <optional>
#include <string>

#include "pattern.hpp"

using namespace canary;

namespace {

task<int> deliver_couple(couple items) {
  co_await next_turn();
  co_return items.first.weight() + items.second.weight();
}

class couple_with_a_constructor {
 public:
  couple_with_a_constructor(parcel first, parcel second)
      : first_(std::move(first)), second_(std::move(second)) {}
  int weight() const { return first_.weight() + second_.weight(); }

 private:
  parcel first_;
  parcel second_;
};

task<int> deliver_constructed(couple_with_a_constructor items) {
  co_await next_turn();
  co_return items.weight();
}

task<int> deliver_pair(std::pair<parcel, parcel> items) {
  co_await next_turn();
  co_return items.first.weight() + items.second.weight();
}

task<int> deliver_if_any(std::optional<parcel> item, std::array<int, 2> extra) {
  co_await next_turn();
  co_return (item ? item->weight() : 0) + extra[0] + extra[1];
}

struct stretch {
  const char* begin;
  std::size_t length;
};

task<int> length_of(stretch text) {
  co_await next_turn();
  co_return static_cast<int>(text.length);
}

task<int> length_of(std::string text) {
  co_await next_turn();
  co_return static_cast<int>(text.size());
}

task<int> count_all(std::vector<parcel> items) {
  co_await next_turn();
  co_return static_cast<int>(items.size());
}

template <class Function>
task<int> call(Function function) {
  co_await next_turn();
  co_return function();
}

template <class Function>
task<int> call_with(Function function, parcel item) {
  co_await next_turn();
  co_return function(item);
}

}  // namespace

REMEDY(name_the_result_before_the_if, 3) {
  bool accepted = co_await accept(parcel(1));
  if (accepted) co_return 3;
  co_return 0;
}

REMEDY(name_the_result_inside_the_if, 3) {
  if (bool accepted = co_await accept(parcel(1))) co_return 3;
  co_return 0;
}

REMEDY(name_the_result_inside_the_while, 3) {
  while (bool accepted = co_await accept(parcel(1)))
    co_return 3;
  co_return 0;
}

REMEDY(declare_anything_at_all, 3) {
  using number = int;
  if (co_await accept(parcel(1))) co_return number(3);
  co_return 0;
}

REMEDY(name_the_result_before_the_switch, 3) {
  int weight = co_await weigh(parcel(2));
  switch (weight) {
    case 2:
      co_return 3;
    default:
      co_return 0;
  }
}

REMEDY(name_the_aggregate_and_move_it, 5) {
  couple items{parcel(3), parcel(2)};
  co_return co_await deliver_couple(std::move(items));
}

REMEDY(give_the_type_a_constructor, 5) {
  co_return co_await deliver_constructed(couple_with_a_constructor(parcel(3), parcel(2)));
}

REMEDY(give_the_type_a_constructor_and_use_braces, 5) {
  co_return co_await deliver_constructed({parcel(3), parcel(2)});
}

REMEDY(a_pair_from_braces, 5) { co_return co_await deliver_pair({parcel(3), parcel(2)}); }

REMEDY(an_optional_and_an_array_from_braces, 5) {
  co_return co_await deliver_if_any({parcel(3)}, {2, 0});
}

REMEDY(an_aggregate_of_trivial_members_from_braces, 4) {
  co_return co_await length_of(stretch{"text", 4});
}

REMEDY(a_string_from_a_literal, 4) { co_return co_await length_of("text"); }

REMEDY(name_the_vector_and_move_it, 2) {
  std::vector<parcel> items{parcel(3), parcel(2)};
  co_return co_await count_all(std::move(items));
}

REMEDY(name_the_results_before_the_vector, 5) {
  int first = co_await weigh(parcel(3));
  int second = co_await weigh(parcel(2));
  std::vector<int> weights{first, second};
  co_return weights[0] + weights[1];
}

REMEDY(name_the_result_before_the_array, 5) {
  parcel fetched = co_await fetch(3);
  parcel items[2] = {std::move(fetched), parcel(2)};
  co_return items[0].weight() + items[1].weight();
}

REMEDY(name_the_result_before_the_aggregate, 5) {
  parcel fetched = co_await fetch(3);
  couple items{std::move(fetched), parcel(2)};
  co_return items.first.weight() + items.second.weight();
}

REMEDY(name_the_lambda_and_call_it, 3) {
  parcel item(3);
  auto carry = [item]() -> task<int> {
    co_await next_turn();
    co_return item.weight();
  };
  co_return co_await carry();
}

REMEDY(name_the_lambda_and_move_it, 3) {
  parcel item(3);
  auto weight = [item] { return item.weight(); };
  co_return co_await call(std::move(weight));
}

REMEDY(capture_by_reference, 3) {
  parcel item(3);
  co_return co_await call([&] { return item.weight(); });
}

REMEDY(capture_a_number_by_value, 3) {
  int weight = 3;
  co_return co_await call([weight] { return weight; });
}

REMEDY(pass_the_state_as_an_argument, 3) {
  co_return co_await call_with([](const parcel& item) { return item.weight(); }, parcel(3));
}

REMEDY(name_what_the_conditional_chooses, 3) {
  bool heavy = true;
  parcel chosen = heavy ? parcel(3) : parcel(1);
  co_return co_await deliver(std::move(chosen));
}

VARIANT(a_plain_lambda_argument_that_captures_by_value, 3) {
  parcel item(3);
  co_return co_await call([item] { return item.weight(); });
}

VARIANT(a_string_from_an_initializer_list, 4) {
  co_return co_await length_of(std::string{'t', 'e', 'x', 't'});
}
