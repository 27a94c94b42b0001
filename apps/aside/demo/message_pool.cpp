#include "demo/message_pool.hpp"

#include <algorithm>

namespace aside_app {

message* message_pool::make(std::string_view text, std::chrono::steady_clock::time_point arrived) {
  message* made = nullptr;
  {
    const std::lock_guard lock{guard_};
    if (free_ == nullptr) {
      auto& more = *blocks_.emplace_back(std::make_unique<block>());
      for (auto& each : more) {
        each.next = free_;
        free_ = &each;
      }
    }
    made = free_;
    free_ = made->next;
  }
  const auto size = std::min(text.size(), message::capacity);
  std::copy_n(text.data(), size, made->characters.data());
  made->size = static_cast<std::uint8_t>(size);
  made->arrived = arrived;
  return made;
}

void message_pool::give_back(message* used) noexcept {
  const std::lock_guard lock{guard_};
  used->next = free_;
  free_ = used;
}

void mailbox::put(message* posted) noexcept {
  posted->next = newest_.load(std::memory_order_relaxed);
  while (!newest_.compare_exchange_weak(posted->next, posted, std::memory_order_release,
                                        std::memory_order_relaxed)) {
  }
}

message* mailbox::take() noexcept {
  message* newest = newest_.exchange(nullptr, std::memory_order_acquire);
  message* oldest = nullptr;
  while (newest != nullptr) {
    auto* next = newest->next;
    newest->next = oldest;
    oldest = newest;
    newest = next;
  }
  return oldest;
}

}  // namespace aside_app
