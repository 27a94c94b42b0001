// A library that calls back: here the timers of POSIX, which call from a thread of their own.

#include <aside/aside.hpp>

#include <signal.h>
#include <time.h>
#include <cerrno>
#include <cstdio>
#include <system_error>

using aside::task;
using done = aside::callback<int>;

task<int> wait_for_timer(long nanoseconds) {
  done called;
  sigevent how{};
  how.sigev_notify = SIGEV_THREAD;
  how.sigev_notify_function = [](sigval v) { done::complete(v.sival_ptr, 1); };
  how.sigev_value.sival_ptr = called.context();
  timer_t timer{};
  if (::timer_create(CLOCK_MONOTONIC, &how, &timer) != 0) {
    const int error = errno;
    done::drop(how.sigev_value.sival_ptr);  // nobody will call
    throw std::system_error(error, std::system_category(), "timer_create");
  }
  itimerspec when{};
  when.it_value.tv_nsec = nanoseconds;
  ::timer_settime(timer, 0, &when, nullptr);
  const int calls = co_await called.wait();
  ::timer_delete(timer);
  co_return calls;
}

task<> app() {
  const int calls = co_await wait_for_timer(1'000'000);
  std::printf("calls: %d\n", calls);
}

int main() { return aside::run(app); }
