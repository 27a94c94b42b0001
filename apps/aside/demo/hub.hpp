#pragma once
// Who waits for messages, and what was posted to them. The same for tasks and for threads: only the
// Waker differs, in which a subscriber waits.
//
// A slot belongs to the subscriber that has joined it until it leaves; posters only put into its
// mailbox and set its waker. Slots are never moved or freed while the hub lives, so a poster may meet
// a subscriber that is leaving: the message then waits for the next one that joins.

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "demo/message_pool.hpp"
#include "measure/histogram.hpp"

namespace aside_app {

template <class Waker>
class hub {
 public:
  using clock = std::chrono::steady_clock;

  struct slot {
    mailbox box;
    Waker waker;
    std::atomic<bool> taken{false};
    std::atomic<bool> has_last{false};  ///< the event for all has come and was not taken
  };

  /// The subscriber's slot, or null when `id` is too large or somebody else has it.
  slot* join(std::uint32_t id);
  void leave(slot& left) noexcept;

  /// False when nobody has joined as `id`. `arrived` is when the post was complete.
  bool post(std::uint32_t id, std::string_view text, clock::time_point arrived);
  /// Returns how many subscribers it goes to.
  std::size_t post_all(std::string_view text);
  /// Wakes every subscriber with nothing, so that each finds out whether its peer is still there.
  void nudge_all() noexcept;

  /// For the subscriber that has just been woken, at `woken`: appends what there is to `out` as
  /// server-sent events, a comment if there is nothing.
  void take(slot& mine, clock::time_point woken, std::string& out);

  std::atomic<std::size_t> subscribers{0};
  std::atomic<std::uint64_t> posts{0};
  std::atomic<std::uint64_t> wakes{0};
  histogram wake_times;

 private:
  static constexpr std::size_t block_size = 512;
  static constexpr std::size_t most_blocks = 512;
  using block = std::array<slot, block_size>;

  slot* find(std::uint32_t id) noexcept;
  template <class Act>
  std::size_t for_all(Act act);

  message_pool messages_;
  std::mutex guard_;
  std::array<std::unique_ptr<block>, most_blocks> owned_;  // changed under guard_
  std::array<std::atomic<block*>, most_blocks> blocks_{};  // set once each
  std::shared_ptr<const std::string> last_;                // read and changed under guard_
};

/// Appends one event. `name` may be empty.
inline void append_event(std::string& out, std::string_view name, std::string_view data) {
  if (!name.empty()) (out += "event: ") += name, out += '\n';
  (out += "data: ") += data;
  out += "\n\n";
}

template <class Waker>
auto hub<Waker>::find(std::uint32_t id) noexcept -> slot* {
  if (id >= block_size * most_blocks) return nullptr;
  auto* found = blocks_[id / block_size].load(std::memory_order_acquire);
  return found == nullptr ? nullptr : &(*found)[id % block_size];
}

template <class Waker>
auto hub<Waker>::join(std::uint32_t id) -> slot* {
  if (id >= block_size * most_blocks) return nullptr;
  if (find(id) == nullptr) {
    const std::lock_guard lock{guard_};
    auto& owner = owned_[id / block_size];
    if (!owner) {
      owner = std::make_unique<block>();
      blocks_[id / block_size].store(owner.get(), std::memory_order_release);
    }
  }
  auto* mine = find(id);
  if (mine == nullptr || mine->taken.exchange(true)) return nullptr;
  subscribers.fetch_add(1);
  return mine;
}

template <class Waker>
void hub<Waker>::leave(slot& left) noexcept {
  left.taken.store(false);
  subscribers.fetch_sub(1);
}

template <class Waker>
bool hub<Waker>::post(std::uint32_t id, std::string_view text, clock::time_point arrived) {
  auto* to = find(id);
  if (to == nullptr || !to->taken.load()) return false;
  to->box.put(messages_.make(text, arrived));
  posts.fetch_add(1, std::memory_order_relaxed);
  to->waker.set();
  return true;
}

template <class Waker>
std::size_t hub<Waker>::post_all(std::string_view text) {
  {
    const std::lock_guard lock{guard_};
    last_ = std::make_shared<const std::string>(text);
  }
  return for_all([](slot& each) {
    each.has_last.store(true);
    each.waker.set();
  });
}

template <class Waker>
void hub<Waker>::nudge_all() noexcept {
  for_all([](slot& each) { each.waker.set(); });
}

template <class Waker>
template <class Act>
std::size_t hub<Waker>::for_all(Act act) {
  std::size_t count = 0;
  for (auto& each : blocks_) {
    auto* found = each.load(std::memory_order_acquire);
    if (found == nullptr) continue;
    for (auto& one : *found) {
      if (!one.taken.load()) continue;
      act(one);
      ++count;
    }
  }
  return count;
}

template <class Waker>
void hub<Waker>::take(slot& mine, clock::time_point woken, std::string& out) {
  const auto before = out.size();
  for (auto* next = mine.box.take(); next != nullptr;) {
    auto* taken = next;
    next = taken->next;
    // One that arrived while this subscriber was already awake did not wait for a wake-up.
    wake_times.record(std::max(woken - taken->arrived, clock::duration{0}));
    wakes.fetch_add(1, std::memory_order_relaxed);
    append_event(out, {}, taken->text());
    messages_.give_back(taken);
  }
  if (mine.has_last.exchange(false)) {
    std::shared_ptr<const std::string> last;
    {
      const std::lock_guard lock{guard_};
      last = last_;
    }
    append_event(out, "all", *last);
  }
  if (out.size() == before) out += ":\n\n";
}

}  // namespace aside_app
