#pragma once
// inbox: what other threads send to the owner of a core, in order, without allocating.
//
// Invariants: a message is in at most one inbox; `head_` is null or the last message pushed, linked
// to the one before. Many push, one takes. The message's memory is the sender's until it has run.

#include "base/atomic.hpp"

namespace aside::inline ASIDE_ABI::detail {

struct message {
  message* next = nullptr;
  void (*run)(message&, void* core) noexcept = nullptr;
};

class inbox {
 public:
  /// True when it was empty.
  bool push(message& m) noexcept {
    message* head = head_.load(memory_order_relaxed);
    do {
      m.next = head;
      // seq_cst: pairs with the owner's look before it parks [IDLE]; release publishes the message.
    } while (!head_.compare_exchange_weak(head, &m, memory_order_seq_cst, memory_order_relaxed));
    return head == nullptr;
  }
  [[nodiscard]] bool empty() const noexcept {
    return head_.load(memory_order_seq_cst) == nullptr;  // [IDLE]
  }
  /// Owner: a look that may miss what is being pushed.
  [[nodiscard]] bool seems_empty() const noexcept {
    return head_.load(memory_order_relaxed) == nullptr;
  }
  /// Everything, oldest first.
  [[nodiscard]] message* take_all() noexcept {
    if (head_.load(memory_order_relaxed) == nullptr) return nullptr;
    message* newest = head_.exchange(nullptr, memory_order_acquire);  // pairs with push's release
    message* oldest = nullptr;
    while (newest != nullptr) {
      message* const before = newest->next;
      newest->next = oldest;
      oldest = newest;
      newest = before;
    }
    return oldest;
  }

 private:
  atomic<message*> head_{nullptr};
};

}  // namespace aside::inline ASIDE_ABI::detail
