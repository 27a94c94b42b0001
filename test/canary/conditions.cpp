// Awaits that decide: conditional operators, short circuits, if and switch.

#include "pattern.hpp"

using namespace canary;

PATTERN(an_await_in_one_arm_of_a_conditional, 3) {
  bool heavy = true;
  int weight = heavy ? co_await weigh(parcel(3)) : 0;
  co_return weight;
}

PATTERN(awaits_in_both_arms_and_the_first_is_taken, 3) {
  bool heavy = true;
  int weight = heavy ? co_await deliver(parcel(3)) : co_await deliver(parcel(2));
  co_return weight;
}

PATTERN(awaits_in_both_arms_and_the_second_is_taken, 2) {
  bool heavy = false;
  int weight = heavy ? co_await deliver(parcel(3)) : co_await deliver(parcel(2));
  co_return weight;
}

PATTERN(a_conditional_made_of_awaits_only, 3) {
  co_return co_await accept(parcel(1)) ? co_await weigh(parcel(3)) : co_await weigh(parcel(2));
}

PATTERN(an_and_that_needs_both_awaits, 1) {
  bool both = co_await accept(parcel(1)) && co_await accept(parcel(2));
  co_return both ? 1 : 0;
}

PATTERN(an_or_that_needs_the_first_await_only, 1) {
  bool either = co_await accept(parcel(1)) || co_await accept(parcel(2));
  co_return either ? 1 : 0;
}

PATTERN(an_if_on_an_await_without_any_declaration, 3) {
  if (co_await accept(parcel(1))) co_return 3;
  co_return 0;
}

PATTERN(an_if_that_declares_its_awaited_object, 3) {
  if (parcel item = co_await fetch(3); item.weight() == 3) co_return 3;
  co_return 0;
}

PATTERN(a_switch_on_an_await_without_any_declaration, 3) {
  switch (co_await weigh(parcel(2))) {
    case 2:
      co_return 3;
    default:
      co_return 0;
  }
}

// The same silent fault in other clothes.

namespace {

struct depot {
  int weight;
  task<int> ask() {
    if (co_await accept(parcel(1))) co_return weight;
    co_return 0;
  }
};

task<int> answer_if_accepted(int answer) {
  if (co_await accept(parcel(1))) co_return answer;
  co_return 0;
}

}  // namespace

VARIANT(a_negated_if_without_any_declaration, 3) {
  if (!(co_await accept(parcel(1)))) co_return 0;
  co_return 3;
}

VARIANT(an_if_in_a_block_without_any_declaration, 3) {
  {
    if (co_await accept(parcel(1))) co_return 3;
  }
  co_return 0;
}

VARIANT(an_if_after_another_await_without_any_declaration, 3) {
  co_await next_turn();
  if (co_await accept(parcel(1))) co_return 3;
  co_return 0;
}

VARIANT(a_while_without_any_declaration, 3) {
  while (co_await accept(parcel(1)))
    co_return 3;
  co_return 0;
}

VARIANT(a_do_while_without_any_declaration, 3) {
  do {
  } while (!co_await accept(parcel(1)));
  co_return 3;
}

VARIANT(an_if_in_a_function_whose_only_names_are_parameters, 3) {
  co_return co_await answer_if_accepted(3);
}

VARIANT(an_if_in_a_member_function_without_any_declaration, 3) {
  depot here{3};
  co_return co_await here.ask();
}
