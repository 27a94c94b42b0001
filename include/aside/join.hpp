#pragma once
// spawn_joinable and join_handle: a task of its own whose result somebody awaits later, or that somebody
// stops (docs/design/0012-stopping-one-task.md).

#include <aside/detail/handover.hpp>
#include <aside/error.hpp>
#include <aside/spawn.hpp>

#include <expected>

namespace aside::inline ASIDE_ABI {

namespace detail {

template <class Self, spawn_kind Kind>
struct joinable_spawner;

/// A task with a handle has a stop of its own, below its owner's.
struct joinable_header : task_header {
  stop_state own_;
  joinable_header() noexcept { stop_ = &own_; }
};
static_assert(sizeof(void*) != 8 || sizeof(joinable_header) <= 96,
              "the header of a task with a handle has outgrown its budget");

// As for other tasks; the owner's stop goes above their own.
ASIDE_API void start_detached(joinable_header& t);
ASIDE_API void start_in(nursery& n, joinable_header& t);

/// Asks the task alone to stop, if the giver of `h`, which is that task, has not finished.
ASIDE_API void stop_joinable(handover& h, joinable_header& t) noexcept;  // src/sched/stopper.cpp

/// Says on stderr that a task has failed whose handle nobody joined.
ASIDE_API void report_unjoined(const std::source_location& site,
                               const std::exception_ptr& error) noexcept;

struct report_lost {
  template <class T>
  void operator()(parcel<T>& p) const noexcept {
    if (p.kind() == outcome_kind::error) report_unjoined(p.made(), p.error());
  }
};

/// A task that hands its result over. Its last act, so who has joined it knows that its frames and
/// arguments are gone.
template <class T, class F, class... A>
struct joinable_block : block_for<joinable_header, F, A...> {
  using base = block_for<joinable_header, F, A...>;
  using base::base;
  giver<T, report_lost> out_;

  static std::exception_ptr finish(task_header& t) noexcept {
    parcel<T>& out = *static_cast<joinable_block&>(t).out_.get();
    auto& root = static_cast<outcome_slot<T>&>(*t.root_);
    if (std::exception_ptr error = root.error()) {
      out.put_error(std::move(error));
    } else if constexpr (std::is_void_v<T>) {
      out.put();
    } else {
      try {
        out.put(root.take());
      } catch (...) {
        out.put_error(std::current_exception());
      }
    }
    return nullptr;
  }
  static void destroy_arguments(task_header& t) noexcept {
    auto& block = static_cast<joinable_block&>(t);
    block.destroy_callable();
    block.out_.finish();
  }
};

template <class T>
class ASIDE_AWAIT_IT join_result : public handover_wait {
 public:
  explicit join_result(taker<T, report_lost>& from) noexcept
      : handover_wait(from.get(), what::join), from_(&from) {}
  std::expected<T, std::error_code> await_resume() {
    const auto got = from_->take(*this);
    if (got.all->kind() == outcome_kind::error) std::rethrow_exception(std::move(got.all->error()));
    if (got.all->kind() == outcome_kind::none)
      return std::unexpected(make_error_code(errc::stopped));
    if constexpr (std::is_void_v<T>)
      return {};
    else
      return std::move(got.all->value());
  }

 private:
  taker<T, report_lost>* from_;
};

template <class T>
class ASIDE_AWAIT_IT join_wait : public handover_wait {
 public:
  explicit join_wait(taker<T, report_lost>& from) noexcept
      : handover_wait(from.get(), what::join), from_(&from) {}
  /// The same wait, completing with std::expected<T, std::error_code>: errc::stopped is an error there.
  /// What the task threw is rethrown.
  join_result<T> as_result() && noexcept { return join_result<T>(*from_); }
  T await_resume() {
    const auto got = from_->take(*this);
    if (got.all->kind() == outcome_kind::error) std::rethrow_exception(std::move(got.all->error()));
    if (got.all->kind() == outcome_kind::none) throw_error(errc::stopped, ops_->name);
    if constexpr (!std::is_void_v<T>) return std::move(got.all->value());
  }

 private:
  taker<T, report_lost>* from_;
};

/// What a joinable function gives.
template <class F, class... A>
struct joined {
  using type = meant_by<F>;
};
template <class F, class... A>
  requires requires { typename task_result<made_by<F, A...>>::type; }
struct joined<F, A...> : task_result<made_by<F, A...>> {};

template <spawn_kind Kind, class F, class... A>
consteval bool may_spawn_joinable() {
  if constexpr (!may_start<Kind, F, A...>()) {
    return false;
  } else if constexpr (!is_task<made_by<F, A...>>) {
    static_assert(never<F>, "aside: spawn_joinable needs a function that returns an aside::task");
    return false;
  } else if constexpr (std::is_reference_v<typename joined<F, A...>::type>) {
    static_assert(never<F>, "aside: the result of a joinable task is a reference: return a value");
    return false;
  } else if constexpr (!std::is_void_v<typename joined<F, A...>::type> &&
                       !sendable<typename joined<F, A...>::type>) {
    static_assert(never<F>,
                  "aside: the result of a joinable task may not move to another core: return a "
                  "sendable value");
    return false;
  } else {
    return true;
  }
}

}  // namespace detail

/// What is left to whoever spawned a joinable task: `T result = co_await handle.join();`, once.
/// Move-only, but not while a task waits for it; any thread may hold and drop it.
///
/// Dropped:  the task runs on, a request to stop stands. An exception that nobody will see goes to the
///           error report.
template <class T = void>
class [[nodiscard("who does not join needs no handle: use spawn")]] join_handle {
 public:
  /// Completes when:  the task has ended: its frames and arguments are gone.
  /// Resumes on:      the core where the task ended.
  /// Stopping:        ends the wait, not the task; the handle can be joined again.
  /// Errors:          what the task threw; std::system_error with errc::stopped when it was stopped:
  ///                  `join().as_result()` gives that as std::expected<T, std::error_code>.
  /// Cost:            one atomic read-modify-write if it has to wait, none otherwise.
  detail::join_wait<T> join() noexcept { return detail::join_wait<T>(taker_); }

  /// Asks this task to stop, and no other. A request: it returns at once, stays, and a second one adds
  /// nothing. join then gives errc::stopped, or the result that the task had nevertheless.
  ///
  /// The task:        queued, it begins and is stopped at its first wait; running, on whichever core, at
  ///                  its next wait; waiting, its wait ends, or delivers the result that it had. In a
  ///                  shield or the clean-up of `finally`, after that. Scopes that it has opened stop
  ///                  with it and are awaited. Ended, joined or moved from: nothing happens.
  /// Callable from:   any thread, in a runtime or not. As all of a handle, by one at a time; but a join
  ///                  may wait meanwhile, in another branch of the caller's task or in another task of
  ///                  the caller's core (spawn_local).
  /// Others:          do not notice. A stop is no failure: scope goes on, supervise reports nothing. A
  ///                  timeout or try_stopped in the task sees a stop from outside.
  /// Cost:            as much as a stop of a scope with one child: five atomic read-modify-writes and a
  ///                  membarrier, which takes longer the more cores are busy. None for a task that has
  ///                  ended.
  void request_stop() noexcept {
    if (taker_.get() != nullptr) detail::stop_joinable(*taker_.get(), *task_);
  }
  /// True when join would not wait.
  [[nodiscard]] bool done() const noexcept {
    return taker_.get() != nullptr && taker_.get()->is_done();
  }

 private:
  template <class Self, detail::spawn_kind Kind>
  friend struct detail::joinable_spawner;
  explicit join_handle(detail::parcel<T>& p) noexcept : taker_(p) {}
  detail::taker<T, detail::report_lost> taker_;
  detail::joinable_header* task_ = nullptr;  // may be gone, unless the giver is held
};

namespace detail {

template <class Self, spawn_kind Kind>
struct joinable_spawner : spawner<Self> {
  /// spawn_joinable with a site given by the caller, and any number of arguments.
  template <class F, class... A>
    requires(!is_name<F>)
  join_handle<typename joined<F, A...>::type> go(std::source_location site, F&& fn,
                                                 A&&... args) const {
    return go_as(nullptr, site, std::forward<F>(fn), std::forward<A>(args)...);
  }
  template <class... A>
  auto go(std::source_location site, const task_name& n, A&&... fn_and_args) const {
    if constexpr (has_function<A...>()) return go_as(&n, site, std::forward<A>(fn_and_args)...);
  }

 private:
  template <class F, class... A>
  join_handle<typename joined<F, A...>::type> go_as(const task_name* n, std::source_location site,
                                                    F&& fn, A&&... args) const {
    using result = typename joined<F, A...>::type;
    if constexpr (may_spawn_joinable<Kind, F, A...>()) {
      parcel<result>& p = parcel<result>::make(site);
      join_handle<result> handle(p);
      giver<result, report_lost> out(p);
      auto& block = make_block<joinable_block<result, std::decay_t<F>, std::decay_t<A>...>>(
          site, std::forward<F>(fn), std::forward<A>(args)...);
      block.out_ = std::move(out);
      handle.task_ = &block;
      if (n != nullptr) name_or_discard(block, *n);
      static_cast<const Self&>(*this).start(block);
      return handle;
    } else {
      return join_handle<result>(parcel<result>::make(site));
    }
  }
};

struct detached_joinable_spawner
    : joinable_spawner<detached_joinable_spawner, spawn_kind::detached> {
  void start(joinable_header& t) const { start_detached(t); }
};

}  // namespace detail

/// spawn_joinable(fn, args...): as spawn, and returns a join_handle for what fn(args...) gives.
/// Beyond spawn's checks, the result must be a sendable value.
/// Cost: beyond spawn's, one small block, and one atomic read-modify-write when the task ends.
inline constexpr detail::detached_joinable_spawner spawn_joinable{};

}  // namespace aside::inline ASIDE_ABI
