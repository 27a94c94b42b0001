// A library that calls back, on a thread of its own, and a task that waits for it.

#include <aside/aside.hpp>

#include <cstdio>
#include <stdexcept>
#include <thread>

using aside::task;
using done = aside::callback<long>;

// As C libraries have it: a function to call at the end, and a context that it is given. Not zero: the
// work could not be begun, and there will be no call.
int start_sum(int to, void (*at_end)(void* context, long sum), void* context) {
  if (to < 0) return -1;
  std::thread([=] {
    long sum = 0;
    for (int i = 1; i <= to; ++i)
      sum += i;
    at_end(context, sum);
  }).detach();
  return 0;
}

task<long> sum_of(int to) {
  done called;
  void* const context = called.context();
  const auto at_end = [](void* mine, long sum) { done::complete(mine, sum); };
  if (start_sum(to, at_end, context) != 0) {
    done::drop(context);
    throw std::invalid_argument("a sum up to a negative number");
  }
  const long sum = co_await called.wait();
  co_return sum;
}

task<> app() {
  const long sum = co_await sum_of(1000);
  std::printf("1 + 2 + ... + 1000 = %ld\n", sum);
}

int main() { return aside::run(app); }
