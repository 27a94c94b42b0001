#include "swarm/load/pacer.hpp"

#include <sys/prctl.h>
#include <algorithm>
#include <csignal>
#include <ctime>

namespace aside_app::load {
namespace {

using namespace std::chrono_literals;

/// How long it may take to notice that all is over.
constexpr auto longest_sleep = 50ms;

double own_processor_seconds() noexcept {
  timespec used{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
  return static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) / 1e9;
}

}  // namespace

pacer::pacer(state& load) : load_{load}, thread_{[this] { run(); }} {}

pacer::~pacer() {
  over_.store(true);
  thread_.join();
}

void pacer::run() {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);
  prctl(PR_SET_TIMERSLACK, 1);
  for (std::uint64_t turn = 0; load_.busy_asked > 0; ++turn)
    for (std::size_t index = 0; index < load_.busy_asked; ++index) {
      const auto due = load_.due(index, turn);
      if (!sleep_until(std::min(due, load_.until()))) return;
      if (due >= load_.until()) {
        // Those that wait see that there is no further message.
        for (std::size_t each = 0; each < load_.busy_asked; ++each)
          load_.gates[each].set();
        return;
      }
      load_.gates[index].set();
    }
}

/// False when there is no need to go on.
bool pacer::sleep_until(clock::time_point when) {
  for (auto now = clock::now(); !over_.load(); now = clock::now()) {
    // An interruption brings the end forward.
    if (now >= std::min(when, load_.until())) return true;
    processor_seconds_.store(own_processor_seconds());
    const auto until = std::min(when, now + longest_sleep).time_since_epoch();
    const auto seconds = std::chrono::floor<std::chrono::seconds>(until);
    const timespec at{seconds.count(), (until - seconds).count()};
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, nullptr);
  }
  return false;
}

}  // namespace aside_app::load
