#include <aside/aside.hpp>

#include <cstdio>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using aside::task;

namespace unseen {
// [opaque]
class word {
 public:
  explicit word(std::string_view text) : text_(text) {}

 private:
  std::string_view text_;  // spawn cannot look into a class with private members
};
static_assert(!aside::borrows<word>);
// [/opaque]
}  // namespace unseen

namespace declared {
class word {
 public:
  explicit word(std::string_view text) : text_(text) {}

 private:
  std::string_view text_;
};
}  // namespace declared
using declared::word;
// [borrows]
template <>
inline constexpr bool aside::borrows<word> = true;  // from here on spawn refuses it
// [/borrows]
static_assert(aside::borrows<std::vector<word>>);

struct subscriber {
  std::string name;
  task<> write(std::string_view text) {
    co_await aside::yield();
    std::printf("%s: %.*s\n", name.c_str(), static_cast<int>(text.size()), text.data());
  }
};

namespace wrong {
// [iterator]
task<> publish(std::vector<subscriber>& all, std::string_view text) {
  for (subscriber& each : all)  // wrong, if another task adds or removes one meanwhile:
    co_await each.write(text);  // after the await the iterator may point anywhere
}
// [/iterator]
}  // namespace wrong

namespace right {
// [by_index]
task<> publish(std::vector<subscriber>& all, std::string_view text) {
  for (std::size_t i = 0; i < all.size(); ++i) {  // looks anew after each wait
    subscriber each = all[i];                     // its own copy, or a shared_ptr to it
    co_await each.write(text);
  }
}
// [/by_index]
}  // namespace right

task<> app() {
  std::vector<subscriber> all(1);
  all[0].name = "Ada";
  co_await aside::all(right::publish(all, "hello"), [&]() -> task<> {
    for (const char* name : {"Grace", "Edsger"}) {
      subscriber more;
      more.name = name;
      all.push_back(std::move(more));
    }
    co_return;
  }());
}

int main() { return aside::run(app); }
