#pragma once
// What a random mixture of everything counts, and who notices when it stands still.

#include "stress/stress.hpp"

#include <chrono>
#include <mutex>
#include <thread>

namespace aside::inline ASIDE_ABI::detail {
class runtime;
}

namespace aside_test {

struct ledger {
  std::uint64_t seed;  // of the round
  std::atomic<std::uint64_t> progress{0};
  std::atomic<std::int64_t> begun{0};  // frames of the mixture
  std::atomic<std::int64_t> ended{0};
  std::atomic<std::int64_t> detached{0};  // tasks of the root that have not ended
  std::atomic<std::int64_t> made{0};      // tokens
  std::atomic<std::int64_t> taken{0};
  std::atomic<std::int64_t> tokens{0};  // alive, moved-from ones included
  std::atomic<std::int64_t> calls{0};   // that wait for a thread of the pool, or have one
  explicit ledger(std::uint64_t s) : seed(s) {}
};
using ledger_ptr = std::shared_ptr<ledger>;

/// In a frame of the mixture.
class present {
 public:
  explicit present(ledger_ptr l) : ledger_(std::move(l)) { ++ledger_->begun; }
  present(const present&) = delete;
  present& operator=(const present&) = delete;
  ~present() {
    ++ledger_->ended;
    ++ledger_->progress;
  }

 private:
  ledger_ptr ledger_;
};

/// The count of detached tasks; moves into one.
class detached_count {
 public:
  explicit detached_count(ledger_ptr l) : ledger_(std::move(l)) { ++ledger_->detached; }
  detached_count(detached_count&&) = default;
  detached_count& operator=(detached_count&&) = delete;
  ~detached_count() {
    if (ledger_) --ledger_->detached;
  }

 private:
  ledger_ptr ledger_;
};

/// Is handed over, and must arrive.
class token {
 public:
  explicit token(ledger_ptr l) : ledger_(std::move(l)) {
    ++ledger_->made;
    ++ledger_->tokens;
  }
  token(token&& other) noexcept : ledger_(other.ledger_) { ++ledger_->tokens; }
  token& operator=(token&&) = delete;
  ~token() { --ledger_->tokens; }
  void take() const { ++ledger_->taken; }

 private:
  ledger_ptr ledger_;
};

/// Ends the process, with what every task waits for, when nothing has moved for a while.
class stall_watch {
 public:
  stall_watch();
  ~stall_watch();
  stall_watch(const stall_watch&) = delete;
  stall_watch& operator=(const stall_watch&) = delete;
  void begin(ledger_ptr l);
  /// Called in the runtime that the ledger is of.
  void knows_runtime();
  void end();

 private:
  void watch();

  std::mutex mutex_;
  ledger_ptr ledger_;
  aside::detail::runtime* runtime_ = nullptr;
  std::atomic<bool> over_{false};
  std::thread thread_;
};

}  // namespace aside_test
