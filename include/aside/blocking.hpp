#pragma once
// blocking(fn, args...): a call that holds its thread, on a thread that may be held.

#include <aside/detail/handover.hpp>
#include <aside/error.hpp>
#include <aside/spawn.hpp>

namespace aside::inline ASIDE_ABI {

namespace detail {

/// A call for the pool (src/sched/blocking_pool.hpp). Its result goes through a handover, so caller
/// and pool need not wait for each other.
struct blocking_job {
  void (*execute)(blocking_job&) noexcept;
  bool (*release)(blocking_job&) noexcept;  // hands the result over; false: nobody takes it
  bool (*abandoned)(const blocking_job&) noexcept;
  void (*refuse)(blocking_job&, std::exception_ptr) noexcept;  // instead of execute
  std::source_location site;
  std::uint64_t since = 0;  // ns
  blocking_job* next = nullptr;
  blocking_job* prev = nullptr;
};

struct forget_lost {
  template <class T>
  void operator()(parcel<T>&) const noexcept {}
};

template <class T, class F, class... A>
struct blocking_block : blocking_job {
  F fn;
  std::tuple<A...> args;
  giver<T, forget_lost> out;

  template <class G, class... B>
  blocking_block(std::source_location at, giver<T, forget_lost> o, G&& f, B&&... a)
      : blocking_job{&run, &finish, &has_nobody, &fail, at},
        fn(std::forward<G>(f)),
        args(std::forward<B>(a)...),
        out(std::move(o)) {}

  static blocking_block& of(blocking_job& j) noexcept { return static_cast<blocking_block&>(j); }
  static void run(blocking_job& j) noexcept {
    auto& me = of(j);
    parcel<T>& to = *me.out.get();
    try {
      const auto go = [&]<std::size_t... I>(std::index_sequence<I...>) -> decltype(auto) {
        return call(me.fn, std::move(std::get<I>(me.args))...);
      };
      if constexpr (std::is_void_v<T>) {
        go(std::index_sequence_for<A...>{});
        to.put();
      } else {
        to.put(go(std::index_sequence_for<A...>{}));
      }
    } catch (...) {
      to.put_error(std::current_exception());
    }
  }
  static bool finish(blocking_job& j) noexcept {
    giver<T, forget_lost> out(std::move(of(j).out));
    of(j).~blocking_block();
    frame_free(&j, sizeof(blocking_block));
    return out.finish();
  }
  static bool has_nobody(const blocking_job& j) noexcept {
    return static_cast<const blocking_block&>(j).out.get()->abandoned();
  }
  static void fail(blocking_job& j, std::exception_ptr why) noexcept {
    of(j).out.get()->put_error(std::move(why));
    static_cast<void>(finish(j));
  }
};

/// Hands the job to the pool of the running task's runtime; a full queue refuses it.
ASIDE_API void submit_blocking(blocking_job& job) noexcept;

template <class T>
class [[nodiscard]] blocking_wait : public handover_wait {
 public:
  blocking_wait(promise_base& at, taker<T, forget_lost> from) noexcept
      : handover_wait(from.get(), what::blocking), from_(std::move(from)) {
    at_ = &at;
  }
  T await_resume() {
    const auto got = from_.take();
    if (got.all->kind() == outcome_kind::error) std::rethrow_exception(std::move(got.all->error()));
    if (got.all->kind() == outcome_kind::none) throw_error(errc::stopped, ops_->name);
    if constexpr (!std::is_void_v<T>) return std::move(got.all->value());
  }

 private:
  taker<T, forget_lost> from_;
};

template <class T>
class ASIDE_AWAIT_IT blocking_call {
 public:
  blocking_call(blocking_job* job, taker<T, forget_lost> from) noexcept
      : job_(job), from_(std::move(from)) {}
  blocking_call(blocking_call&& other) noexcept
      : job_(std::exchange(other.job_, nullptr)), from_(std::move(other.from_)) {}
  blocking_call& operator=(blocking_call&&) = delete;
  ~blocking_call() {
    if (job_ != nullptr) static_cast<void>(job_->release(*job_));
  }
  blocking_wait<T> bind(promise_base& self) && noexcept {
    const stop_state* const stop = self.task_->stop_;
    if (stop == nullptr || !stop->requested()) submit_blocking(*std::exchange(job_, nullptr));
    return blocking_wait<T>(self, std::move(from_));
  }

 private:
  blocking_job* job_;  // until it is submitted
  taker<T, forget_lost> from_;
};

template <class F, class... A>
struct blocking_result {
  using type = void;
};
template <class F, class... A>
  requires callable_with<std::decay_t<F>, std::decay_t<A>...>
struct blocking_result<F, A...> {
  using type = std::conditional_t<is_task<made_by<F, A...>>, void, made_by<F, A...>>;
};

template <class F, class... A>
consteval bool may_block() {
  if constexpr (!may_start<spawn_kind::detached, F, A...>()) {
    return false;
  } else if constexpr (is_task<made_by<F, A...>>) {
    static_assert(never<F>, "aside: blocking runs a plain function; co_await what returns a task");
    return false;
  } else if constexpr (!std::is_void_v<made_by<F, A...>> &&
                       (borrows<made_by<F, A...>> || !sendable<made_by<F, A...>>)) {
    static_assert(never<F>,
                  "aside: the result of blocking is a view or pointer, or may not move to another "
                  "core: return an owning, sendable value");
    return false;
  } else {
    return true;
  }
}

struct blocking_caller : spawner<blocking_caller> {
  template <class F, class... A>
  blocking_call<typename blocking_result<F, A...>::type> go(std::source_location site, F&& fn,
                                                            A&&... args) const {
    using result = typename blocking_result<F, A...>::type;
    parcel<result>& p = parcel<result>::make(site);
    taker<result, forget_lost> from(p);
    giver<result, forget_lost> out(p);
    if constexpr (may_block<F, A...>()) {
      using block = blocking_block<result, std::decay_t<F>, std::decay_t<A>...>;
      static_assert(alignof(block) <= 16,
                    "aside: blocking cannot keep an over-aligned argument; pass it in a "
                    "std::unique_ptr");
      struct room {
        void* memory = frame_allocate(sizeof(block));
        room() = default;
        room(const room&) = delete;
        room& operator=(const room&) = delete;
        ~room() {
          if (memory != nullptr) frame_free(memory, sizeof(block));
        }
      } here;
      blocking_job* const job = ::new (here.memory)
          block(site, std::move(out), std::forward<F>(fn), std::forward<A>(args)...);
      here.memory = nullptr;
      return blocking_call<result>(job, std::move(from));
    } else {
      return blocking_call<result>(nullptr, std::move(from));
    }
  }
};

}  // namespace detail

/// co_await blocking(fn, args...): calls the plain function fn(args...), with at most 5 arguments, on
/// a thread of the runtime's own pool, and gives what it returns. For calls that hold their thread:
/// files, name look-ups, other libraries. For computing, it only moves the load.
///
/// Arguments:  as spawn: copied or moved, owning and sendable; fn has no captures.
/// Resumes on: any core.
/// Threads:    started when needed, up to `options::blocking_threads`; then calls queue, up to
///             `options::blocking_queue`. Idle threads end after 10 s. See runtime_info.
/// Stopping:   a call that has not begun does not begin. One that runs is abandoned: the task goes on
///             unwinding at once, the call runs to its end, and its result or exception is dropped.
///             A runtime that ends waits 1 s for abandoned calls, then names them and leaves them.
/// Errors:     what fn threw; std::system_error with errc::overloaded when the queue is full.
/// Cost:       a switch of threads, about 10 us there and back.
inline constexpr detail::blocking_caller blocking{};

}  // namespace aside::inline ASIDE_ABI
