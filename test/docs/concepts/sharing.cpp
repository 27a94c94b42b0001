#include <aside/aside.hpp>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <functional>
#include <string>
#include <vector>

using aside::task;
using namespace std::chrono_literals;

// [one_task]
task<> fetch(std::string page, std::vector<std::string>& found) {
  co_await aside::sleep_for(1ms);
  found.push_back(page);  // no lock: the branches are one task
}

task<> fetch_both() {
  std::vector<std::string> found;
  co_await aside::all(fetch("a", found), fetch("b", found));
  std::printf("%zu pages\n", found.size());
}
// [/one_task]

// [local]
struct room {
  int guests = 0;
  int most = 0;
};

task<> visit(room& here) {
  here.most = std::max(here.most, ++here.guests);
  co_await aside::sleep_for(5ms);
  --here.guests;
}

task<> party() {
  room here;
  co_await aside::scope([&](aside::nursery& n) -> task<> {
    for (int i = 0; i < 100; ++i)
      n.spawn_local([&]() -> task<> { co_await visit(here); });
    co_return;
  });
  std::printf("%d guests at a time\n", here.most);
}
// [/local]

// [parallel]
struct tally {
  std::atomic<int> votes{0};
};
template <>
inline constexpr bool aside::shareable<tally> = true;  // its author says so, and knows why

task<> vote(tally& all) {
  all.votes.fetch_add(1);
  co_return;
}

task<> election() {
  tally all;
  co_await aside::scope([&](aside::nursery& n) -> task<> {
    for (int i = 0; i < 1000; ++i)
      n.spawn(vote, std::ref(all));
    co_return;
  });
  std::printf("%d votes\n", all.votes.load());
}
// [/parallel]

// [by_value]
task<std::string> load(int id) {
  co_await aside::sleep_for(1ms);
  co_return "record " + std::to_string(id);
}

task<> load_two() {
  auto first = aside::spawn_joinable(load, 1);  // each may run on a core of its own
  auto second = aside::spawn_joinable(load, 2);
  const std::string one = co_await first.join();  // moved here, owned by nobody else
  const std::string two = co_await second.join();
  std::printf("%s, %s\n", one.c_str(), two.c_str());
}
// [/by_value]

task<> app() {
  co_await fetch_both();
  co_await party();
  co_await election();
  co_await load_two();
}

int main() { return aside::run(app); }
