#pragma once
// oneshot: one value from anybody to one task, once.

#include <aside/detail/check.hpp>
#include <aside/detail/handover.hpp>
#include <aside/error.hpp>

#include <expected>

namespace aside::inline ASIDE_ABI {

namespace detail {

struct drop_unseen {
  template <class T>
  void operator()(parcel<T>&) const noexcept {}
};
template <class T>
using oneshot_giver = giver<T, drop_unseen>;
template <class T>
using oneshot_taker = taker<T, drop_unseen>;

template <class T>
class ASIDE_AWAIT_IT oneshot_result : public handover_wait {
 public:
  explicit oneshot_result(oneshot_taker<T>& from) noexcept
      : handover_wait(from.get(), what::oneshot), from_(&from) {}
  std::expected<T, std::error_code> await_resume() {
    const auto got = from_->take(*this);
    if (got.all->kind() == outcome_kind::none)
      return std::unexpected(make_error_code(errc::sender_gone));
    if constexpr (std::is_void_v<T>)
      return {};
    else
      return std::move(got.all->value());
  }

 private:
  oneshot_taker<T>* from_;
};

template <class T>
class ASIDE_AWAIT_IT oneshot_wait : public handover_wait {
 public:
  explicit oneshot_wait(oneshot_taker<T>& from) noexcept
      : handover_wait(from.get(), what::oneshot), from_(&from) {}
  T await_resume() {
    const auto got = from_->take(*this);
    if (got.all->kind() == outcome_kind::none) throw_error(errc::sender_gone, ops_->name);
    if constexpr (!std::is_void_v<T>) return std::move(got.all->value());
  }

 private:
  oneshot_taker<T>* from_;
};

}  // namespace detail

template <class T>
struct oneshot_pair;
template <class T = void>
oneshot_pair<T> oneshot(std::source_location at = std::source_location::current());

/// The end that gives. Move-only; may be used on, and dropped by, any thread.
/// Dropped without a value: the receiver completes with `errc::sender_gone`.
template <class T = void>
class oneshot_sender {
 public:
  /// Gives the value and wakes the receiver. Once: a second call aborts, naming the place.
  /// Returns false when the receiver has gone; the value is then destroyed here.
  /// Errors: what constructing the T throws; then the sender can be used again.
  /// Cost: one atomic read-modify-write.
  template <class U = T>
    requires std::constructible_from<T, U>
  bool set(U&& value, std::source_location at = std::source_location::current()) {
    parcel(at).put(std::forward<U>(value));
    return giver_.finish();
  }
  bool set(std::source_location at = std::source_location::current())
    requires std::is_void_v<T>
  {
    parcel(at).put();
    return giver_.finish();
  }
  /// True when setting a value is pointless. A snapshot.
  [[nodiscard]] bool receiver_gone() const noexcept {
    return giver_.get() == nullptr || giver_.get()->abandoned();
  }

 private:
  friend struct oneshot_pair<T>;
  explicit oneshot_sender(detail::parcel<T>& p) noexcept : giver_(p) {}
  [[nodiscard]] detail::parcel<T>& parcel(const std::source_location& at) const noexcept {
    if (giver_.get() == nullptr)
      detail::panic("a oneshot was set twice, or through a sender that was moved from", at);
    return *giver_.get();
  }
  detail::oneshot_giver<T> giver_;
};

/// The end that takes, once: `T value = co_await receiver;`. Move-only; not while a task waits.
///
/// Completes when:  the sender has set a value or has gone.
/// Resumes on:      the core of whoever set it; from a foreign thread, on any core.
/// Stopping:        ends the wait; the receiver stays usable, and a value that comes later is kept.
/// Errors:          std::system_error with errc::sender_gone; `as_result()` gives std::expected.
/// Cost:            one atomic read-modify-write if it has to wait, none otherwise.
template <class T = void>
class oneshot_receiver {
 public:
  detail::oneshot_wait<T> bind(detail::promise_base&) noexcept {
    return detail::oneshot_wait<T>(taker_);
  }
  /// The same wait, completing with std::expected<T, std::error_code>.
  detail::oneshot_result<T> as_result() noexcept { return detail::oneshot_result<T>(taker_); }

 private:
  friend struct oneshot_pair<T>;
  explicit oneshot_receiver(detail::parcel<T>& p) noexcept : taker_(p) {}
  detail::oneshot_taker<T> taker_;
};

template <class T>
struct oneshot_pair {
  oneshot_sender<T> sender;
  oneshot_receiver<T> receiver;
  explicit oneshot_pair(detail::parcel<T>& p) noexcept : sender(p), receiver(p) {}
};

/// auto [send, receive] = oneshot<T>(): the two ends. T must be sendable; oneshot<>() only signals.
/// Cost: one block from a per-thread pool. Errors: std::bad_alloc.
template <class T>
oneshot_pair<T> oneshot(std::source_location at) {
  static_assert(std::is_void_v<T> || sendable<T>,
                "aside: a oneshot's value may not move to another core: hand over a sendable "
                "value, or make its target shareable");
  return oneshot_pair<T>(detail::parcel<T>::make(at));
}

}  // namespace aside::inline ASIDE_ABI
