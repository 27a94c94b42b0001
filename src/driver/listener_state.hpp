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
  std::source_location site{};  // the call of serve
};

class listener_state {
 public:
  /// A listener is one waiting accept's or one serve's, whose claim may be repeated. Anybody else's ends the
  /// process, naming the place.
  void claim(const void* who, const std::source_location& at) noexcept {
    const void* holder = nullptr;
    // acquire: pairs with release in give_back.
    if (claimed_.compare_exchange_strong(holder, who, memory_order_acquire, memory_order_relaxed) ||
        holder == who)
      return;
    panic("two tasks or branches wait for the connections of one listener (accept, serve); "
          "this is the second",
          at);
  }
  /// Nothing happens when it is somebody else's.
  void give_back(const void* who) noexcept {
    claimed_.compare_exchange_strong(who, nullptr, memory_order_release, memory_order_relaxed);
  }

  /// Claims it until `served_no_more`.
  void served_by(server& s) noexcept {
    claim(&s, s.site);
    const std::lock_guard hold(lock_);
    server_ = &s;
    ends_.store(false, memory_order_relaxed);
    if (draining_) s.drain(s);
  }
  void served_no_more() noexcept {
    const server* s = nullptr;
    {
      const std::lock_guard hold(lock_);
      s = std::exchange(server_, nullptr);
      ends_.store(draining_, memory_order_relaxed);
    }
    give_back(s);
  }
  /// `i`: the listener's registration, or null. Any thread.
  void drain(interest* i) noexcept {
    const std::lock_guard hold(lock_);
    draining_ = true;
    if (server_ != nullptr) {
      server_->drain(*server_);
      return;
    }
    ends_.store(true, memory_order_relaxed);
    if (i == nullptr) return;
    // An accept that does not wait yet sees by this mark, before it waits, that it ends.
    if (leaf* const l = i->reader.mark(false); l != nullptr) notify(*l);
  }
  /// An accept by hand gives what is in the backlog, and then an error.
  [[nodiscard]] bool ends() const noexcept { return ends_.load(memory_order_relaxed); }
  [[nodiscard]] bool is_drained() noexcept {
    const std::lock_guard hold(lock_);
    return draining_;
  }
  /// It is about to be closed.
  void expect_unserved() noexcept {
    expect_unserved("a listener was closed while it is served; serve was called here");
  }
  /// Its owner is about to be another object. The accept loops know where the one is that is served.
  void expect_unmoved() noexcept {
    expect_unserved("a listener was moved while it is served; serve was called here");
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
  void expect_unserved(const char* otherwise) noexcept {
    const std::lock_guard hold(lock_);
    if (server_ != nullptr) panic(otherwise, server_->site);
  }
  static bool may_use(const engine& here, const io_handle& io) noexcept {
    return !io.registration()->bound || &engine::of(*io.registration()) == &here;
  }

  atomic<const void*> claimed_{nullptr};
  std::mutex lock_;
  server* server_ = nullptr;
  bool draining_ = false;
  atomic<bool> ends_{false};  // draining, and not served
  std::vector<io_handle> left_;
  std::size_t taken_ = 0;
  atomic<std::size_t> count_{0};
};

/// The leaf protocol of accept: while it waits the listener is its own. In `arm` and `cancel` the leaf is
/// the caller's again wherever the claim is given back.
template <class Op>
struct accept_protocol {
  static armed arm(leaf& l, host&, bool stop) noexcept {
    Op& op = static_cast<Op&>(l);
    listener_state* const state = op.state_;
    if (state != nullptr && !stop) state->claim(&l, l.at_->where_);
    const armed a = try_or_wait(op, op.interest_->reader, stop);
    if (state != nullptr && a != armed::waiting) state->give_back(&l);
    return a;
  }
  static bool cancel(leaf& l) noexcept {
    Op& op = static_cast<Op&>(l);
    if (!op.interest_->reader.disarm(l)) return false;
    if (op.state_ != nullptr) op.state_->give_back(&l);
    return true;
  }
};
template <class Op>
inline constexpr leaf_ops accepts{&accept_protocol<Op>::arm, &accept_protocol<Op>::cancel,
                                  "accept"};

/// Throws std::system_error for an accept or serve that has failed; of a listener that is not open
/// (`fd` < 0), or is drained, it says why. Null `state`: it never was.
[[noreturn]] void throw_not_accepted(int error, const char* operation, int fd,
                                     listener_state* state);

/// Takes what was left, or accepts. False: wait. Null `state`: nothing can have been left.
bool accept_or_take(interest& i, int fd, listener_state* state, io_handle& into,
                    int& error) noexcept;

/// For serve, of a listener of any kind.
struct listener_access {
  [[nodiscard]] static io_handle& io(auto& listener) noexcept { return listener.io_; }
  /// Null when it was never open, or was moved from.
  [[nodiscard]] static listener_state* state(auto& listener) noexcept {
    return listener.state_.get();
  }
  [[nodiscard]] static const auto& options(const auto& listener) noexcept {
    return listener.options_;
  }
};

/// No further connection comes to a listening socket of any kind; what is in its backlog stays.
void refuse_further(int fd) noexcept;

/// The kernel lets no further handshake begin on a listening socket; those that have begun go on.
void begin_no_handshake(int fd) noexcept;

}  // namespace aside::inline ASIDE_ABI::detail
