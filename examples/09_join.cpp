// Tasks of their own whose results are awaited later, or which are stopped when nobody needs them.

#include <aside/aside.hpp>

#include <chrono>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

using aside::task;
using namespace std::chrono_literals;

task<int> price_of(std::string item) {
  co_await aside::sleep_for(10ms);  // a slow shop
  if (item == "nothing") throw std::runtime_error("we do not sell nothing");
  co_return static_cast<int>(item.size());
}

task<int> price_far_away(std::string item) {
  co_await aside::sleep_for(1h);
  co_return static_cast<int>(item.size()) - 1;
}

task<> app() {
  auto far_away = aside::spawn_joinable(price_far_away, std::string("tea"));
  std::vector<std::pair<std::string, aside::join_handle<int>>> asked;
  for (const char* item : {"tea", "biscuits", "nothing"})
    asked.emplace_back(item, aside::spawn_joinable(price_of, std::string(item)));
  for (auto& [item, price] : asked) {  // all three wait at the same time
    try {
      const int cost = co_await price.join();
      std::printf("%s: %d\n", item.c_str(), cost);
    } catch (const std::runtime_error& e) {
      std::printf("%s: %s\n", item.c_str(), e.what());
    }
  }
  far_away.request_stop();  // only this one
  const auto cheaper = co_await far_away.join().as_result();
  if (!cheaper) std::printf("far away: %s\n", cheaper.error().message().c_str());
}

int main() { return aside::run(app); }
