#include "stress/mixture.hpp"

#include "base/thread_state.hpp"
#include "sched/runtime.hpp"
#include "sched/snapshot.hpp"

#include <cstdio>
#include <cstdlib>
#include <vector>

namespace aside_test {

namespace {
using namespace std::chrono_literals;
constexpr auto patience = sanitized ? 120s : 30s;

/// Of each core what it does now, and what it has done within a second: one that is awake at the moment
/// may have been woken by a timer, or may never have learned of its wake-up.
void describe(const aside::detail::runtime& rt) {
  struct sample {
    std::uint64_t turns;
    std::uint64_t parks;
  };
  std::vector<sample> before;
  for (const auto& c : rt.cores)
    before.push_back({c->epoch, c->parks});
  std::this_thread::sleep_for(1s);
  for (const auto& c : rt.cores) {
    const int in_call = aside::detail::blocked_in(c->thread);
    const char* const name = aside::detail::system_call_name(in_call);
    std::fprintf(stderr,
                 "core %u: %s%s, its thread %s%s, ring %zu%s; %llu turns and %llu parks in a second\n",
                 c->index, rt.idle.sleeps(c->index) ? "sleeps" : "is awake",
                 c->current != 0 ? ", in a turn" : "",
                 in_call == aside::detail::not_blocked ? "runs" : "is in ",
                 in_call == aside::detail::not_blocked ? "" : name != nullptr ? name : "a call",
                 static_cast<std::size_t>(c->ring.size()), c->has_mail() ? ", mail" : "",
                 static_cast<unsigned long long>(c->epoch - before[c->index].turns),
                 static_cast<unsigned long long>(c->parks - before[c->index].parks));
  }
  std::fprintf(stderr, "inject %zu, %u search\n", static_cast<std::size_t>(rt.inject.size()),
               rt.idle.searching());
}
}  // namespace

stall_watch::stall_watch() : thread_([this] { watch(); }) {}

stall_watch::~stall_watch() {
  over_ = true;
  thread_.join();
}

void stall_watch::begin(ledger_ptr l) {
  const std::scoped_lock lock(mutex_);
  ledger_ = std::move(l);
}

void stall_watch::knows_runtime() {
  const std::scoped_lock lock(mutex_);
  runtime_ = &aside::detail::this_core()->rt;
}

void stall_watch::end() {
  const std::scoped_lock lock(mutex_);
  ledger_.reset();
  runtime_ = nullptr;
}

void stall_watch::watch() {
  ledger_ptr seen;
  std::uint64_t progress = 0;
  auto since = std::chrono::steady_clock::now();
  while (!over_) {
    std::this_thread::sleep_for(50ms);
    const std::scoped_lock lock(mutex_);
    const auto now = std::chrono::steady_clock::now();
    if (ledger_ != seen || !ledger_ || ledger_->progress != progress) {
      seen = ledger_;
      progress = seen ? seen->progress.load() : 0;
      since = now;
    }
    if (now - since < patience) continue;
    std::fprintf(stderr,
                 "nothing has moved for %lld s in the round of ASIDE_STRESS_SEED=%llu\n"
                 "frames %lld of %lld ended, %lld detached tasks, tokens %lld of %lld taken, "
                 "%lld calls\n",
                 static_cast<long long>(std::chrono::seconds(patience).count()),
                 static_cast<unsigned long long>(seen->seed), static_cast<long long>(seen->ended),
                 static_cast<long long>(seen->begun), static_cast<long long>(seen->detached),
                 static_cast<long long>(seen->taken), static_cast<long long>(seen->made),
                 static_cast<long long>(seen->calls));
    if (runtime_ != nullptr) {
      describe(*runtime_);
      aside::detail::start_dump(*runtime_, 2, "what the tasks wait for");
      std::this_thread::sleep_for(3s);  // the dump's own patience is less; nothing to wait for
    }
    std::abort();
  }
}

}  // namespace aside_test
