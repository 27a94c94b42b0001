#pragma once
// steps: an operation that consists of operations of a stream, one after the other, without a frame.
//
// Invariants
//   The inner operation is what is published; `notify` finds the task through its `at_`. The run loop
//   and a stopper go through the outer one, which is the task's leaf, and passes arm and cancel on.
//   What an inner operation has given is taken over before anything else may end the outer one.
//   `in_flight` is set before the inner operation is published, because the task is another core's
//   from then on, and reset by the turn that has it back. Between two turns of the task it is set too.

#include <aside/io/stream.hpp>
#include <aside/net/io_leaf.hpp>

#include <optional>

namespace aside::inline ASIDE_ABI::detail {

/// Base of what has such operations: which of them waits. One at a time.
class in_flight {
 public:
  in_flight() = default;
  in_flight(in_flight&& other) noexcept { other.expect_none(); }
  in_flight& operator=(in_flight&& other) noexcept {
    expect_none();
    other.expect_none();
    return *this;
  }
  ~in_flight() { expect_none(); }

  void enter(const leaf& l) noexcept {
    if (waiting_ != nullptr && waiting_ != &l) second(l);
  }
  void begin(const leaf& l) noexcept {
    enter(l);
    waiting_ = &l;
  }
  void end(const leaf& l) noexcept {
    if (waiting_ == &l) waiting_ = nullptr;
  }
  [[nodiscard]] bool is_waiting() const noexcept { return waiting_ != nullptr; }

 private:
  void expect_none() const noexcept {
    if (waiting_ != nullptr) left_alone();
  }
  [[noreturn]] ASIDE_API void left_alone() const noexcept;
  [[noreturn]] ASIDE_API static void second(const leaf& l) noexcept;
  const leaf* waiting_ = nullptr;
};

/// `Derived` gives: `name`; `bool finish()`, whether what is there suffices; otherwise `next()`, the
/// operation to wait for, and `took(op)`, when that has completed; `result()`.
template <class Derived, class Inner>
class [[nodiscard]] steps : public leaf_awaiter<Derived> {
 public:
  steps(steps&& other) noexcept : leaf_awaiter<Derived>(other), flight_(other.flight_) {}
  steps& operator=(steps&&) = delete;
  ~steps() { flight_->end(*this); }

  /// The same operation, completing with std::expected instead of throwing.
  [[nodiscard]] result_of<Derived> as_result() && noexcept {
    return result_of<Derived>(static_cast<Derived&&>(*this));
  }

  bool attempt() noexcept {
    flight_->enter(*this);
    if (!inner_.has_value()) {
      if (me().finish()) return true;
      begin_inner();
    }
    for (;;) {
      if (!inner_->attempt()) return false;
      end_inner();
      if (me().finish()) return true;
      begin_inner();
      if (!may_go_on(*this)) {
        flight_->begin(*this);
        return false;
      }
    }
  }

 protected:
  explicit steps(in_flight& owner) noexcept : leaf_awaiter<Derived>(ops), flight_(&owner) {}
  [[nodiscard]] in_flight& owner() const noexcept { return *flight_; }

 private:
  [[nodiscard]] Derived& me() noexcept { return static_cast<Derived&>(*this); }
  void begin_inner() noexcept {
    inner_.emplace(me().next());
    inner_->at_ = this->at_;
  }
  void end_inner() noexcept {
    me().took(*inner_);
    inner_.reset();
  }

  static armed arm(leaf& l, host& h, bool stop) noexcept {
    auto& self = static_cast<Derived&>(l);
    if (!self.inner_.has_value()) {
      if (stop) return armed::stopped;
      if (self.finish()) return armed::ready;
      self.begin_inner();
    }
    for (;;) {
      self.flight_->begin(self);
      const armed a = self.inner_->ops_->arm(*self.inner_, h, stop);
      if (a == armed::waiting || a == armed::spent) return a;
      self.flight_->end(self);
      if (a != armed::ready) return a;
      self.end_inner();
      if (self.finish()) return armed::ready;
      if (stop) return armed::stopped;
      self.begin_inner();
      if (!may_go_on(self)) {
        self.flight_->begin(self);
        return armed::spent;
      }
    }
  }
  static bool cancel(leaf& l) noexcept {
    auto& inner = static_cast<Derived&>(l).inner_;
    // None: the turn's budget was spent before it began.
    return inner.has_value() && inner->ops_->cancel(*inner);
  }
  static constexpr leaf_ops ops{&arm, &cancel, Derived::name};

  in_flight* flight_;
  std::optional<Inner> inner_;
};

}  // namespace aside::inline ASIDE_ABI::detail
