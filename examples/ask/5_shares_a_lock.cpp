// Eight threads that do all their work inside one lock.
#include <cstdio>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

int main() {
  std::mutex guard;
  std::map<int, int> counts;
  const auto work = [&] {
    for (int i = 0; i < 4000; ++i) {
      const std::lock_guard lock(guard);
      for (int key = 0; key < 2000; ++key)
        ++counts[key * 7919 % 5003];
    }
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i)
    threads.emplace_back(work);
  for (auto& each : threads)
    each.join();
  std::printf("%zu keys\n", counts.size());
}
