#pragma once
// How a coroutine under a catch ended: with a value, an error, or stopped.

#include <aside/detail/combined.hpp>
#include <aside/task.hpp>

#include <expected>
#include <optional>

namespace aside::inline ASIDE_ABI::detail {

template <class T>
struct caught {
  std::exception_ptr error;
  std::optional<T> value;
  bool stopped = false;
  void take_from(outcome_slot<T>& s) { value.emplace(s.take()); }
  T take() { return std::move(*value); }
};
template <class T>
struct caught<T&> {
  std::exception_ptr error;
  T* value = nullptr;
  bool stopped = false;
  void take_from(outcome_slot<T&>& s) { value = &s.take(); }
  T& take() const noexcept { return *value; }
};
template <>
struct caught<void> {
  std::exception_ptr error;
  bool stopped = false;
  void take_from(outcome_slot<void>&) const noexcept {}
  void take() const noexcept {}
};

template <class T>
class [[nodiscard]] catch_awaiter : public catching_awaiter {
 public:
  catch_awaiter(promise_base* self, outcome_slot<T>* child, const stop_state* under) noexcept
      : catching_awaiter(self, child,
                         [](catching_awaiter& a) noexcept {
                           a.stopped_ = true;
                           return true;
                         }),
        under_(under) {}
  [[nodiscard]] bool await_ready() const noexcept { return false; }
  template <class Promise>
  bool await_suspend(std::coroutine_handle<Promise>) noexcept {
    under_ = std::exchange(self_->task_->stop_, under_);
    return start();
  }
  caught<T> await_resume() {
    self_->task_->stop_ = under_;
    caught<T> c;
    if (stopped_) {
      c.stopped = true;
      return c;
    }
    auto* child = static_cast<outcome_slot<T>*>(child_);
    c.error = child->error();
    if (!c.error) c.take_from(*child);
    destroy_child();
    return c;
  }

 private:
  const stop_state* under_;
};

template <class T>
struct [[nodiscard]] catch_op {
  outcome_slot<T>* child;
  const stop_state* under;
  catch_op(outcome_slot<T>* c, const stop_state* s) noexcept : child(c), under(s) {}
  catch_op(const catch_op&) = delete;
  catch_awaiter<T> bind(promise_base& self) && noexcept { return {&self, child, under}; }
};

/// The value of an awaiter's child that has ended; rethrows what it threw. The child is gone then.
template <class T, class E>
std::expected<in_expected<T>, E> take_expected(awaiter_base& a) {
  struct end {
    awaiter_base* a;
    ~end() { a->destroy_child(); }
  } at_end{&a};
  auto& child = static_cast<outcome_slot<T>&>(*a.child_);
  if constexpr (std::is_void_v<T>) {
    child.take();
    return {};
  } else {
    return take_for_expected(child);
  }
}

/// Awaits `t` under the given stop_state and returns how it ended.
template <class T>
catch_op<T> catch_under(const stop_state& under, task<T> t) noexcept {
  return {t.release(), &under};
}

/// Awaits a task below a node of its own in the chain of stops, which has the constructor
/// Node(outside, …).
template <class T, class Node>
class [[nodiscard]] below_awaiter : public awaiter_base {
 public:
  template <class... A>
  below_awaiter(promise_base* self, outcome_slot<T>* child, A&&... a) noexcept
      : awaiter_base(self, child),
        outside_(self->task_->stop_),
        node_(outside_, std::forward<A>(a)...) {}
  ~below_awaiter() {
    if (inside_) leave();
  }
  [[nodiscard]] bool await_ready() const noexcept { return false; }
  template <class Promise>
  bool await_suspend(std::coroutine_handle<Promise>) noexcept {
    self_->task_->stop_ = &node_;
    inside_ = true;
    return start();
  }
  T await_resume() {
    leave();
    struct end {
      below_awaiter* me;
      ~end() { me->destroy_child(); }
    } at_end{this};
    return static_cast<outcome_slot<T>*>(child_)->take();
  }

 private:
  void leave() noexcept {
    self_->task_->stop_ = outside_;
    inside_ = false;
  }

  const stop_state* outside_;
  Node node_;
  bool inside_ = false;
};

struct this_task_awaiter {
  task_header* task;
  explicit this_task_awaiter(task_header* t) noexcept : task(t) {}
  [[nodiscard]] bool await_ready() const noexcept { return true; }
  void await_suspend(std::coroutine_handle<>) const noexcept {}
  [[nodiscard]] task_header& await_resume() const noexcept { return *task; }
};
struct [[nodiscard]] this_task {
  this_task_awaiter bind(promise_base& self) && noexcept { return this_task_awaiter(self.task_); }
};

/// Ends the awaiting coroutine as stopped.
class [[nodiscard]] stop_here : public leaf_awaiter<stop_here> {
 public:
  ASIDE_API stop_here() noexcept;
  [[nodiscard]] bool attempt() const noexcept { return false; }
  void await_resume() const noexcept {}
};

}  // namespace aside::inline ASIDE_ABI::detail
