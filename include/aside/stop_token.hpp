#pragma once
// Between aside's stopping and std::stop_token. Not in the umbrella: <stop_token> is heavy.

#include <aside/event.hpp>
#include <aside/race.hpp>
#include <aside/stop.hpp>

#include <stop_token>

namespace aside::inline ASIDE_ABI {

namespace detail {

template <class T>
class [[nodiscard]] stop_when_awaiter : public catching_awaiter {
 public:
  stop_when_awaiter(promise_base* self, outcome_slot<T>* child, std::stop_token token) noexcept
      : catching_awaiter(self, child, &on_stopped), token_(std::move(token)) {}
  ~stop_when_awaiter() {
    if (request_) leave();
  }
  [[nodiscard]] bool await_ready() const noexcept { return false; }
  template <class Promise>
  bool await_suspend(std::coroutine_handle<Promise>) {
    task_header& t = *self_->task_;
    limit_.parent_ = t.stop_;
    t.stop_ = &limit_;
    request_.emplace(token_, ask(*this));
    return start();
  }
  std::expected<in_expected<T>, stopped> await_resume() {
    leave();
    if (stopped_) return std::unexpected(stopped());
    return take_expected<T, stopped>(*this);
  }

 private:
  struct ask {
    stop_when_awaiter* me;
    explicit ask(stop_when_awaiter& a) noexcept : me(&a) {}
    void operator()() const noexcept {
      task_header& t = *me->self_->task_;
      if (me->limit_.request()) t.what().stop(t);
    }
  };
  static bool on_stopped(catching_awaiter& a) noexcept {
    auto& me = static_cast<stop_when_awaiter&>(a);
    const bool asked = me.limit_.requested_.load(memory_order_acquire);  // pairs with request()
    if (!asked || (me.limit_.parent_ != nullptr && me.limit_.parent_->requested())) return false;
    me.stopped_ = true;
    return true;
  }
  void leave() noexcept {
    request_.reset();  // waits for a request that is under way on another thread
    self_->task_->stop_ = limit_.parent_;
  }

  std::stop_token token_;
  stop_state limit_;
  std::optional<std::stop_callback<ask>> request_;
};

template <class T>
class stop_when_parts {
 public:
  stop_when_parts(std::stop_token token, unstarted<T> t) noexcept
      : token_(std::move(token)), task_(std::move(t)) {}
  stop_when_awaiter<T> bind(promise_base& self) && noexcept {
    return {&self, task_.release(), std::move(token_)};
  }

 private:
  std::stop_token token_;
  unstarted<T> task_;
};

/// Waits for ever; when it is stopped, the source is asked.
inline task<> pass_stop_to(std::stop_source& source) {
  struct at_end {
    std::stop_source* source;
    explicit at_end(std::stop_source& s) noexcept : source(&s) {}
    at_end(const at_end&) = delete;
    at_end& operator=(const at_end&) = delete;
    ~at_end() { source->request_stop(); }
  } end(source);
  event never;
  co_await never.wait();
}

/// What fn(token) gives; void also where fn is refused.
template <class F>
struct token_result {
  using type = void;
};
template <class F>
  requires requires(F& fn) { typename branch_value<decltype(fn(std::stop_token()))>::type; }
struct token_result<F> : branch_value<decltype(std::declval<F&>()(std::stop_token()))> {};

template <class F>
consteval bool may_take_token() {
  if constexpr (!requires(F& fn) { fn(std::stop_token()); }) {
    static_assert(sizeof(F*) == 0,
                  "aside: the function of with_stop_token must take a std::stop_token: write "
                  "with_stop_token([&](std::stop_token token) -> task<> { ...; co_return; })");
    return false;
  } else if constexpr (!branchable<decltype(std::declval<F&>()(std::stop_token()))>) {
    static_assert(sizeof(F*) == 0,
                  "aside: the function of with_stop_token must return a task: write "
                  "with_stop_token([&](std::stop_token token) -> task<> { ...; co_return; })");
    return false;
  } else {
    return true;
  }
}

template <class R, class F>
task<R> run_with_stop_token(F& fn) {
  std::stop_source source;
  auto parts = co_await race(pass_stop_to(source), fn(source.get_token()));
  auto& part = std::get<1>(parts);
  if (!part) co_await stop_here();
  if constexpr (!std::is_void_v<R>) {
    if constexpr (std::is_reference_v<R>)
      co_return *part;
    else
      co_return std::move(*part);
  }
}

}  // namespace detail

/// co_await stop_when(token, f(x)): f's value (a pointer, when that is a reference), or `stopped` when
/// the token was asked to stop and that has ended f. Whoever asks may be on any thread, and returns at
/// once. What f threw is rethrown; a stop from outside travels on outwards.
template <class T>
detail::combined<detail::stop_when_parts<T>> stop_when(std::stop_token token, task<T> t) noexcept {
  return detail::combined<detail::stop_when_parts<T>>(
      detail::stop_when_parts<T>(std::move(token), detail::unstarted<T>(t)));
}
template <class F>
  requires(!detail::is_task<std::remove_cvref_t<F>>)
auto stop_when(std::stop_token token, F&&) noexcept {
  static_assert(sizeof(std::remove_cvref_t<F>*) == 0,
                "aside: stop_when takes a task, the call of a coroutine: write "
                "stop_when(token, f(x)); put an operation into one: stop_when(token, [&]() -> "
                "task<> { co_await stream.write(x); }())");
  return stop_when(std::move(token), detail::task_instead<F>());
}

/// co_await with_stop_token(fn): fn(token), a task, with a std::stop_token that is asked to stop when
/// the awaiting task is, or when fn's task has ended: for code that knows only such tokens.
template <class F>
ASIDE_WRAPPER auto with_stop_token(F&& fn)
    -> task<typename detail::token_result<std::remove_reference_t<F>>::type> {
  using function = std::remove_reference_t<F>;
  using result = typename detail::token_result<function>::type;
  if constexpr (detail::may_take_token<function>())
    return detail::run_with_stop_token<result>(fn);
  else
    return detail::refused_task<result>();
}

}  // namespace aside::inline ASIDE_ABI
