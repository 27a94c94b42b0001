#pragma once
// listener_state: what a listener and the loops that serve it share, at an address that stays.

#include "driver/engine.hpp"

#include <aside/net/listener.hpp>

#include <mutex>
#include <vector>

namespace aside::inline ASIDE_ABI::detail {

/// Who serves a listener now.
struct server {
  void (*drain)(server&) noexcept = nullptr;
};

class listener_state {
 public:
  /// Null: nobody serves it any more.
  void served_by(server* s) noexcept {
    const std::lock_guard hold(lock_);
    server_ = s;
    if (s != nullptr && draining_) s->drain(*s);
  }
  void drain() noexcept {
    const std::lock_guard hold(lock_);
    draining_ = true;
    if (server_ != nullptr) server_->drain(*server_);
  }

  /// Connections that were accepted and not delivered, for the next accept.
  void leave(io_handle io) noexcept {
    try {
      const std::lock_guard hold(lock_);
      left_.push_back(std::move(io));
      count_.store(left_.size() - taken_, memory_order_release);  // pairs with acquire in has_any
    } catch (const std::bad_alloc&) {  // `io` closes it
    }
  }
  [[nodiscard]] bool has_any() const noexcept { return count_.load(memory_order_acquire) != 0; }
  /// The oldest of them that this engine's core may use; an empty handle: there is none.
  [[nodiscard]] io_handle take(const engine& here) noexcept {
    if (!has_any()) return {};
    const std::lock_guard hold(lock_);
    std::size_t i = taken_;
    while (i < left_.size() && !may_use(here, left_[i]))
      ++i;
    if (i == left_.size()) return {};
    io_handle io = std::move(left_[i]);
    for (; i > taken_; --i)
      left_[i] = std::move(left_[i - 1]);
    ++taken_;
    count_.store(left_.size() - taken_, memory_order_relaxed);
    if (taken_ == left_.size()) {
      left_.clear();
      taken_ = 0;
    }
    return io;
  }

 private:
  static bool may_use(const engine& here, const io_handle& io) noexcept {
    return !io.registration()->bound || &engine::of(*io.registration()) == &here;
  }

  std::mutex lock_;
  server* server_ = nullptr;
  bool draining_ = false;
  std::vector<io_handle> left_;
  std::size_t taken_ = 0;
  atomic<std::size_t> count_{0};
};

/// Takes what was left, or accepts. False: wait. Null `state`: nothing can have been left.
bool accept_or_take(interest& i, int fd, listener_state* state, io_handle& into,
                    int& error) noexcept;

/// For serve, of a listener of any kind.
struct listener_access {
  [[nodiscard]] static io_handle& io(auto& listener) noexcept { return listener.io_; }
  [[nodiscard]] static listener_state& state(auto& listener) noexcept {
    return *listener.state_.get();
  }
  [[nodiscard]] static const auto& options(const auto& listener) noexcept {
    return listener.options_;
  }
};

/// The kernel lets no further handshake begin on a listening socket; those that have begun go on.
void begin_no_handshake(int fd) noexcept;

}  // namespace aside::inline ASIDE_ABI::detail
