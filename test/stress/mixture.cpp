#include "stress/mixture.hpp"

#include "sched/runtime.hpp"
#include "sched/snapshot.hpp"

#include <cstdio>
#include <cstdlib>

namespace aside_test {

namespace {
using namespace std::chrono_literals;
constexpr auto patience = sanitized ? 120s : 30s;
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
      for (const auto& c : runtime_->cores)
        std::fprintf(stderr, "core %u: %s%s, ring %zu, parks %llu\n", c->index,
                     runtime_->idle.sleeps(c->index) ? "sleeps" : "is awake",
                     c->current.load() != 0 ? ", in a turn" : "",
                     static_cast<std::size_t>(c->ring.size()),
                     static_cast<unsigned long long>(c->parks.load()));
      std::fprintf(stderr, "inject %zu\n", static_cast<std::size_t>(runtime_->inject.size()));
      aside::detail::start_dump(*runtime_, 2, "what the tasks wait for");
      std::this_thread::sleep_for(3s);  // the dump's own patience is less; nothing to wait for
    }
    std::abort();
  }
}

}  // namespace aside_test
