#pragma once
// arrivals: connections that an engine accepts and attaches ahead of the task that wants them.
//
// Everything belongs to the engine's owner, which is also the only core that runs the task; but a
// stop from elsewhere may take the leaf out of `ready`. Until it is delivered a connection is linked
// through its writer word, as nobody writes to it yet [I3].

#include "driver/interest.hpp"

#include <utility>

namespace aside::inline ASIDE_ABI::detail {

struct arrivals {
  readiness ready;               // there is a connection or an error
  interest* listener = nullptr;  // whose edges rest while the kernel accepts for it
  int error = 0;                 // an errno; when `armed` is false it has ended the accepting
  unsigned peer_errors = 0;      // in a row
  bool armed = false;            // the kernel accepts
  bool recalled = false;

  void push(interest& i) noexcept {
    i.writer.retire(0);
    if (last_ == nullptr)
      first_ = &i;
    else
      last_->writer.retire(reinterpret_cast<std::uintptr_t>(&i));
    last_ = &i;
  }
  [[nodiscard]] bool has_any() const noexcept { return first_ != nullptr; }
  /// The oldest, whose first write need not wait; null: none.
  [[nodiscard]] interest* pop() noexcept {
    interest* const i = first_;
    if (i == nullptr) return nullptr;
    first_ = reinterpret_cast<interest*>(i->writer.payload());
    if (first_ == nullptr) last_ = nullptr;
    i->writer.reset(true);
    return i;
  }

 private:
  interest* first_ = nullptr;
  interest* last_ = nullptr;
};

}  // namespace aside::inline ASIDE_ABI::detail
