#include <aside/aside.hpp>

#include <cstdio>
#include <memory>
#include <mutex>
#include <vector>

using aside::task;

struct session {
  int requests = 0;
};

task<> write(int row) {
  std::printf("row %d\n", row);
  co_await aside::yield();
}

namespace wrong {
// [shared_ptr]
task<> serve(std::shared_ptr<session> mine) {
  mine->requests += 1;  // wrong, when two tasks on two cores have the same session
  co_return;
}

void start(const std::shared_ptr<session>& mine) {
  aside::spawn(serve, mine);  // accepted: a shared_ptr owns what it points to
  aside::spawn(serve, mine);
}
// [/shared_ptr]

// [lock_held]
task<> append(std::mutex& file, std::vector<int> rows) {
  const std::lock_guard held(file);
  for (const int row : rows)
    co_await write(row);  // wrong: waits, and moves to another thread, with the lock held
}
// [/lock_held]

// [thread_local]
thread_local int depth = 0;

task<> descend() {
  ++depth;
  co_await write(depth);
  --depth;  // wrong: perhaps another thread's
}
// [/thread_local]
}  // namespace wrong

namespace right {
// [lock_released]
task<> append(std::mutex& file, std::vector<int>& shared) {
  std::vector<int> rows;
  {
    const std::lock_guard held(file);
    rows.swap(shared);
  }  // released before anything waits
  for (const int row : rows)
    co_await write(row);
}
// [/lock_released]
}  // namespace right

task<> app() {
  std::mutex file;
  std::vector<int> rows{1, 2};
  co_await right::append(file, rows);
}

int main() { return aside::run(app); }
