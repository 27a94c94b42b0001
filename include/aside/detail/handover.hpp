#pragma once
// handover: one party gives once, the other takes once; the block between them goes with the last.
//
// Invariants
//   The parcel is the giver's until `finish`, which is its last touch, then the taker's. When the
//   taker leaves first, the giver destroys what it has brought.
//   `word_` decides: each party exchanges it at most once, so there is no reference count. The taker
//   does not even do that when it finds the parcel there.
//   While the taker holds the giver (`hold`), `finish` does not return: what goes with the giver stays.
//
// The race that matters: the giver finishes while it is held.
//     giver                                  holder, in let_go
//     word_ = done; it was held              word_ is done, so
//     wait for `released`                    word_ = released
//     word_ = done: its last touch           wait for `done`: then the parcel is the taker's
// Nobody else looks meanwhile: a handle is not used by two threads at a time.

#include <aside/detail/promise.hpp>

namespace aside::inline ASIDE_ABI::detail {

class handover_wait;

class handover {
 public:
  explicit handover(std::source_location made) noexcept : made_(made) {}
  handover(const handover&) = delete;
  handover& operator=(const handover&) = delete;

  // Giver
  /// Wakes the taker. False when it has left: the caller destroys the parcel.
  [[nodiscard]] ASIDE_API bool finish() noexcept;
  [[nodiscard]] bool abandoned() const noexcept {
    return word_.load(memory_order_relaxed) == taker_gone;
  }

  // Taker
  [[nodiscard]] bool is_done() const noexcept {
    return word_.load(memory_order_acquire) == done;  // pairs with the release in finish
  }
  /// False when the parcel is there already: the caller destroys it.
  [[nodiscard]] ASIDE_API bool abandon() noexcept;
  /// The taker's end is about to be another object, which a waiting task would not find.
  void move_on() const noexcept {
    if ((word_.load(memory_order_relaxed) & ~held) > released) [[unlikely]]
      moved_under_a_waiter();
  }
  /// Keeps the giver from finishing, for microseconds, until `let_go`. False: it has finished.
  [[nodiscard]] bool hold() noexcept;
  void let_go() noexcept;

  [[nodiscard]] const std::source_location& made() const noexcept { return made_; }

 private:
  friend class handover_wait;
  static constexpr std::uintptr_t nothing = 0;
  static constexpr std::uintptr_t done = 1;
  static constexpr std::uintptr_t taker_gone = 2;  // otherwise the waiting leaf
  static constexpr std::uintptr_t released = 3;
  static constexpr std::uintptr_t held = 4;  // a bit, beside nothing or the leaf

  [[nodiscard]] bool finish_held(std::uintptr_t was) noexcept;
  [[noreturn]] ASIDE_API void moved_under_a_waiter() const noexcept;

  atomic<std::uintptr_t> word_{nothing};
  std::source_location made_;
};

/// Waits for the parcel. Derived operations take it in await_resume.
class ASIDE_AWAIT_IT handover_wait : public leaf_awaiter<handover_wait> {
 public:
  enum class what : std::uint8_t { oneshot, join, blocking, compute, callback };
  ASIDE_API handover_wait(handover* h, what w) noexcept;
  ASIDE_API bool attempt() noexcept;

  armed arm(bool stop) noexcept;
  bool cancel() noexcept;
  /// The parcel had come, but its taker was moved or destroyed before this task went on.
  [[noreturn]] ASIDE_API void lost_its_taker() const noexcept;

 private:
  handover* handover_;  // null: taken before
  bool armed_ = false;
};

struct no_value {};

/// What is handed over: a value, an exception, or nothing.
template <class T>
class parcel : public handover {
 public:
  using value_type = std::conditional_t<std::is_void_v<T>, no_value, T>;
  static_assert(!std::is_reference_v<T>, "aside: what is handed over is a value, not a reference");
  static_assert(alignof(value_type) <= 16,
                "aside: an over-aligned value cannot be handed over; use a std::unique_ptr");

  [[nodiscard]] static parcel& make(std::source_location at) {
    return *::new (frame_allocate(sizeof(parcel))) parcel(at);
  }
  void destroy() noexcept {
    if (kind_ == outcome_kind::value) value_.~value_type();
    if (kind_ == outcome_kind::error) error_.~exception_ptr();
    frame_free(this, sizeof(parcel));
  }

  template <class... A>
  void put(A&&... value) {
    ::new (static_cast<void*>(&value_)) value_type(std::forward<A>(value)...);
    kind_ = outcome_kind::value;
  }
  void put_error(std::exception_ptr error) noexcept {
    ::new (static_cast<void*>(&error_)) std::exception_ptr(std::move(error));
    kind_ = outcome_kind::error;
  }
  [[nodiscard]] outcome_kind kind() const noexcept { return kind_; }
  [[nodiscard]] value_type& value() noexcept { return value_; }
  [[nodiscard]] std::exception_ptr& error() noexcept { return error_; }

 private:
  explicit parcel(std::source_location at) noexcept : handover(at) {}
  ~parcel() {}

  outcome_kind kind_ = outcome_kind::none;
  union {
    value_type value_;
    std::exception_ptr error_;
  };
};

/// The giver's end, move-only. `Lost` sees a parcel that nobody will take.
template <class T, class Lost>
class giver {
 public:
  giver() = default;
  explicit giver(parcel<T>& p) noexcept : parcel_(&p) {}
  giver(giver&& other) noexcept : parcel_(std::exchange(other.parcel_, nullptr)) {}
  giver& operator=(giver&& other) noexcept {
    if (this != &other) {
      finish();
      parcel_ = std::exchange(other.parcel_, nullptr);
    }
    return *this;
  }
  ~giver() { finish(); }

  [[nodiscard]] parcel<T>* get() const noexcept { return parcel_; }
  /// True when the taker has it, or will look.
  bool finish() noexcept {
    if (parcel_ == nullptr) return false;
    parcel<T>& p = *std::exchange(parcel_, nullptr);
    if (p.finish()) return true;
    Lost()(p);
    p.destroy();
    return false;
  }

 private:
  parcel<T>* parcel_ = nullptr;
};

/// The taker's end, move-only.
template <class T, class Lost>
class taker {
 public:
  taker() = default;
  explicit taker(parcel<T>& p) noexcept : parcel_(&p) {}
  taker(taker&& other) noexcept : parcel_(other.hand_on()) {}
  taker& operator=(taker&& other) noexcept {
    if (this != &other) {
      drop();
      parcel_ = other.hand_on();
    }
    return *this;
  }
  ~taker() { drop(); }

  [[nodiscard]] parcel<T>* get() const noexcept { return parcel_; }
  /// For `by`, which has waited. The parcel goes when the result does; `parcel_` is null from here on.
  [[nodiscard]] auto take(const handover_wait& by) noexcept {
    if (parcel_ == nullptr) [[unlikely]]
      by.lost_its_taker();
    struct end {
      parcel<T>* all;
      explicit end(parcel<T>* p) noexcept : all(p) {}
      end(const end&) = delete;
      end& operator=(const end&) = delete;
      ~end() { all->destroy(); }
    };
    return end(std::exchange(parcel_, nullptr));
  }
  void drop() noexcept {
    if (parcel_ == nullptr) return;
    parcel<T>& p = *std::exchange(parcel_, nullptr);
    if (p.abandon()) return;
    Lost()(p);
    p.destroy();
  }

 private:
  [[nodiscard]] parcel<T>* hand_on() noexcept {
    if (parcel_ != nullptr) parcel_->move_on();
    return std::exchange(parcel_, nullptr);
  }

  parcel<T>* parcel_ = nullptr;
};

}  // namespace aside::inline ASIDE_ABI::detail
