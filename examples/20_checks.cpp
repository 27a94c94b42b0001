// What may cross from task to task. aside looks into aggregates and containers; of a class with private
// members its author has to say what it is.

#include <aside/aside.hpp>
#include <aside/thread_bound.hpp>

#include <atomic>
#include <cstdio>
#include <functional>
#include <string>
#include <string_view>

using aside::task;

// A view of somebody else's text: may not be given to a task that can outlive the text.
class word {
 public:
  explicit word(std::string_view text) : text_(text) {}
  [[nodiscard]] std::string_view text() const { return text_; }

 private:
  std::string_view text_;
};
template <>
inline constexpr bool aside::borrows<word> = true;

// Belongs to the thread that made it, like a handle of some C library.
class device {
 public:
  [[nodiscard]] int number() const { return number_; }

 private:
  int number_ = 7;
};
template <>
inline constexpr bool aside::sendable<device> = false;

// May be used by several tasks at a time.
class tally {
 public:
  void add(int n) { sum_.fetch_add(n, std::memory_order_relaxed); }
  [[nodiscard]] int sum() const { return sum_.load(std::memory_order_relaxed); }

 private:
  std::atomic<int> sum_{0};
};
template <>
inline constexpr bool aside::shareable<tally> = true;

// The same for any type, and checked at run time too: thread_bound aborts when another thread uses it.
using window = aside::thread_bound<device>;
static_assert(!aside::sendable<window>);

// It goes on into what contains it.
struct entry {
  std::string key;
  word value;
};
static_assert(aside::borrows<entry>);
static_assert(!aside::sendable<std::reference_wrapper<int>>);
static_assert(aside::sendable<std::reference_wrapper<tally>>);

task<> add_length(tally& to, std::string text) {
  to.add(static_cast<int>(text.size()));
  co_return;
}
task<> use(const device& d) {
  std::printf("device %d\n", d.number());
  co_return;
}
// Returns a task and is no coroutine: clang wants to know that this is meant.
ASIDE_WRAPPER task<> use(window& w) { return use(w.get()); }

task<> app() {
  tally letters;
  const device mine;
  co_await aside::scope([&](aside::nursery& n) -> task<> {
    n.spawn(add_length, std::ref(letters), std::string("tea"));  // on any core
    n.spawn(add_length, std::ref(letters), std::string("biscuits"));
    n.spawn_local([&]() -> task<> { co_await use(mine); });  // on this core
    n.spawn_local([]() -> task<> {
      window shown{device()};
      co_await use(shown);
    });
    co_return;
  });
  std::printf("%d letters\n", letters.sum());
}

int main() { return aside::run(app); }
