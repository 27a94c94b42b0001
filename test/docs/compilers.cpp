// The forms of docs/compilers.md. Clang compiles all of them; g++ 12 miscompiles or refuses each `wrong`
// (test/canary runs them).

#ifdef __clang__

#include <aside/aside.hpp>

#include <string>
#include <utility>
#include <vector>

using aside::task;

namespace rule_1 {
task<bool> is_open();
task<> close();
// [no_await_in_a_condition]
task<> wrong() {
  if (co_await is_open()) co_await close();  // no local name anywhere: the body does not run
}

task<> right() {
  bool open = co_await is_open();
  if (open) co_await close();
}
// [/no_await_in_a_condition]
}  // namespace rule_1

// [no_temporary_aggregate]
struct order {  // no constructor: an aggregate
  std::string item;
  int count;
};
task<> save(order what);

task<> wrong() {
  co_await save(order{"tea", 2});              // item is destroyed twice
  co_await save({.item = "tea", .count = 2});  // the same
}

task<> right() {
  order tea{"tea", 2};
  co_await save(std::move(tea));  // named
}
// [/no_temporary_aggregate]

namespace rule_3 {
std::string read_name();
task<> greet(std::string name);
template <class F>
task<> apply(F fn) {
  fn();
  co_return;
}
// [no_capture_by_value]
task<> wrong() {
  std::string name = read_name();
  co_await [name]() -> task<> { co_await greet(name); }();  // name is destroyed twice
  co_await apply([name] { return name.size(); });           // as an argument too
}

task<> right() {
  std::string name = read_name();
  co_await apply([&] { return name.size(); });  // safe with aside::task
  auto size_of_name = [name] { return name.size(); };
  co_await apply(size_of_name);  // named
}
// [/no_capture_by_value]
}  // namespace rule_3

namespace rule_4 {
struct message {
  explicit message(const char* text);
  std::string text;
};
task<> send(message what);
// [no_conditional_temporary]
task<> wrong(bool urgent) {
  co_await send(urgent ? message("now") : message("later"));  // destroyed twice
}

task<> right(bool urgent) {
  message chosen = urgent ? message("now") : message("later");
  co_await send(std::move(chosen));
}
// [/no_conditional_temporary]
}  // namespace rule_4

namespace rule_5 {
task<std::string> read_item();
// [no_await_in_an_initialiser]
task<> wrong() {
  order tea{co_await read_item(), 2};  // item is destroyed twice
}

task<> right() {
  std::string item = co_await read_item();
  order tea{std::move(item), 2};
}
// [/no_await_in_an_initialiser]
}  // namespace rule_5

namespace rule_6 {
struct message {
  std::string text;
};
task<int> size(const message& what);
task<> send_all(std::vector<message> all);
// [no_initializer_list]
task<> wrong(message first, message second) {
  co_await send_all({first, second});  // g++: "array used as initializer"
  std::vector<int> sizes{co_await size(first), co_await size(second)};  // the same
}

task<> right(message first, message second) {
  std::vector<message> all{first, second};
  co_await send_all(std::move(all));
}
// [/no_initializer_list]
}  // namespace rule_6

#endif
