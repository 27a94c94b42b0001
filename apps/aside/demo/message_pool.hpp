#pragma once
// Messages on their way to a subscriber.
//
// A message belongs to exactly one holder at a time: the pool's free list (under its mutex), the
// poster that fills it, the mailbox it was put into, the subscriber that took the mailbox's content.
// A mailbox has any number of posters and one taker: posters push, the taker takes all there is.

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string_view>
#include <vector>

namespace aside_app {

struct message {
  static constexpr std::size_t capacity = 103;

  message* next = nullptr;
  std::chrono::steady_clock::time_point arrived;
  std::uint8_t size = 0;
  std::array<char, capacity> characters;

  std::string_view text() const noexcept { return {characters.data(), size}; }
};

/// Keeps messages that are not in use; grows by 32 at a time and never shrinks.
class message_pool {
 public:
  /// `text` is at most `message::capacity` long. Throws std::bad_alloc.
  message* make(std::string_view text, std::chrono::steady_clock::time_point arrived);
  void give_back(message* used) noexcept;

 private:
  static constexpr std::size_t block_size = 32;
  using block = std::array<message, block_size>;

  std::mutex guard_;
  message* free_ = nullptr;
  std::vector<std::unique_ptr<block>> blocks_;
};

/// The messages of one subscriber that it has not taken yet. One pointer.
class mailbox {
 public:
  void put(message* posted) noexcept;
  /// All messages, oldest first, linked by `next`; null when there is none.
  message* take() noexcept;

 private:
  std::atomic<message*> newest_{nullptr};
};

}  // namespace aside_app
