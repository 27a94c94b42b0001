#pragma once
// A parcel notices what a miscompiled coroutine does to it: destroyed twice, never destroyed,
// copied bit by bit to another address, or read after its end. It has no heap memory of its own, so
// a fault is counted rather than fatal.

#include <algorithm>
#include <vector>

namespace canary {

class ledger {
 public:
  static void enter(const void* address) { living_.push_back(address); }

  static void leave(const void* address) {
    auto found = std::find(living_.begin(), living_.end(), address);
    if (found == living_.end()) {
      ++faults_;
      return;
    }
    living_.erase(found);
  }

  static bool knows(const void* address) {
    return std::find(living_.begin(), living_.end(), address) != living_.end();
  }

  static void expect_known(const void* address) { faults_ += knows(address) ? 0 : 1; }

  static int alive() { return static_cast<int>(living_.size()); }
  static int faults() { return faults_; }

 private:
  static inline std::vector<const void*> living_;
  static inline int faults_ = 0;
};

class parcel {
 public:
  parcel(int weight) : weight_(weight) { ledger::enter(this); }
  parcel(const parcel& other) : weight_(other.weight()) { ledger::enter(this); }
  parcel(parcel&& other) noexcept : weight_(other.weight()) { ledger::enter(this); }
  parcel& operator=(const parcel&) = default;

  ~parcel() {
    ledger::leave(this);
    weight_ = -1000;
  }

  int weight() const {
    ledger::expect_known(this);
    return weight_;
  }

 private:
  int weight_;
};

struct couple {
  parcel first;
  parcel second;
};

struct tagged {
  parcel content;
  int tag = 1;
};

}  // namespace canary
