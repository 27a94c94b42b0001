#pragma once
// job: a call of a plain function for threads that are no cores, and the operation that waits for it.

#include <aside/detail/handover.hpp>
#include <aside/error.hpp>
#include <aside/spawn.hpp>

namespace aside::inline ASIDE_ABI::detail {

/// A call for a pool (src/sched/job_pool.hpp). Its result goes through a handover, so caller and pool
/// need not wait for each other.
struct job {
  void (*execute)(job&) noexcept;
  bool (*release)(job&) noexcept;  // hands the result over; false: nobody takes it
  bool (*abandoned)(const job&) noexcept;
  void (*refuse)(job&, std::exception_ptr) noexcept;  // instead of execute
  std::source_location site;
  std::uint64_t since = 0;  // ns
  job* next = nullptr;
  job* prev = nullptr;
};

// To the pools of the running task's runtime; a full queue refuses the job.
ASIDE_API void submit_blocking(job& j) noexcept;
ASIDE_API void submit_compute(job& j) noexcept;

/// Lives while its thread is in a function of compute, which must not wait for tasks.
class computing_here {
 public:
  ASIDE_API computing_here() noexcept;
  computing_here(const computing_here&) = delete;
  computing_here& operator=(const computing_here&) = delete;
  ASIDE_API ~computing_here();
};

struct forget_lost {
  template <class T>
  void operator()(parcel<T>&) const noexcept {}
};

/// What a pool is to the templates below:
///   submit(job)      submit_…
///   run(job, body)   calls body(job) on the pool's thread; throws only before it has
///   what             the operation that waits
template <class Pool, class T, class F, class... A>
struct job_block : job {
  F fn;
  std::tuple<A...> args;
  giver<T, forget_lost> out;

  template <class G, class... B>
  job_block(std::source_location at, giver<T, forget_lost> o, G&& f, B&&... a)
      : job{&run, &finish, &has_nobody, &fail, at},
        fn(std::forward<G>(f)),
        args(std::forward<B>(a)...),
        out(std::move(o)) {}

  static job_block& of(job& j) noexcept { return static_cast<job_block&>(j); }
  static void run(job& j) noexcept {
    try {
      Pool::run(j, &call_it);
    } catch (...) {
      of(j).out.get()->put_error(std::current_exception());
    }
  }
  static void call_it(job& j) noexcept {
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
  static bool finish(job& j) noexcept {
    giver<T, forget_lost> out(std::move(of(j).out));
    of(j).~job_block();
    frame_free(&j, sizeof(job_block));
    return out.finish();
  }
  static bool has_nobody(const job& j) noexcept {
    return static_cast<const job_block&>(j).out.get()->abandoned();
  }
  static void fail(job& j, std::exception_ptr why) noexcept {
    of(j).out.get()->put_error(std::move(why));
    static_cast<void>(finish(j));
  }
};

template <class T>
class [[nodiscard]] job_wait : public handover_wait {
 public:
  job_wait(promise_base& at, taker<T, forget_lost> from, what w) noexcept
      : handover_wait(from.get(), w), from_(std::move(from)) {
    at_ = &at;
  }
  T await_resume() {
    const auto got = from_.take(*this);
    if (got.all->kind() == outcome_kind::error) std::rethrow_exception(std::move(got.all->error()));
    if (got.all->kind() == outcome_kind::none) throw_error(errc::stopped, ops_->name);
    if constexpr (!std::is_void_v<T>) return std::move(got.all->value());
  }

 private:
  taker<T, forget_lost> from_;
};

template <class Pool, class T>
class ASIDE_AWAIT_IT job_call {
 public:
  job_call(job* j, taker<T, forget_lost> from) noexcept : job_(j), from_(std::move(from)) {}
  job_call(job_call&& other) noexcept
      : job_(std::exchange(other.job_, nullptr)), from_(std::move(other.from_)) {}
  job_call& operator=(job_call&&) = delete;
  ~job_call() {
    if (job_ != nullptr) static_cast<void>(job_->release(*job_));
  }
  job_wait<T> bind(promise_base& self) && noexcept {
    const stop_state* const stop = self.task_->stop_;
    if (stop == nullptr || !stop->requested()) Pool::submit(*std::exchange(job_, nullptr));
    return job_wait<T>(self, std::move(from_), Pool::what);
  }

 private:
  job* job_;  // until it is submitted
  taker<T, forget_lost> from_;
};

template <class F, class... A>
struct job_result {
  using type = meant_by<F>;
};
template <class F, class... A>
  requires callable_with<std::decay_t<F>, std::decay_t<A>...>
struct job_result<F, A...> {
  using type = std::conditional_t<is_task<made_by<F, A...>>, void, made_by<F, A...>>;
};

template <class F, class... A>
consteval bool may_call() {
  using fn = std::decay_t<F>;
  if constexpr (task_like<F>) {
    static_assert(never<F>,
                  "aside: blocking and compute take a function and its arguments: write "
                  "blocking(fn, x); co_await what returns a task");
    return false;
  } else if constexpr (any_braced<A...>) {
    return refuse_braces<F>();
  } else if constexpr (uncallable<fn>) {
    static_assert(never<F>,
                  "aside: blocking and compute take a function first, which this is not: write "
                  "blocking(f, x)");
    return false;
  } else if constexpr (!captureless<fn>) {
    static_assert(never<F>,
                  "aside: the function of blocking and compute cannot capture, since its call may "
                  "outlive the task: pass what it needs as arguments, blocking(fn, x)");
    return false;
  } else if constexpr (!(std::is_constructible_v<std::decay_t<A>, A> && ...)) {
    static_assert(never<F>,
                  "aside: an argument cannot be copied into the call: move it, std::move(x)");
    return false;
  } else if constexpr ((borrows<std::decay_t<A>> || ...)) {
    static_assert(never<F>,
                  "aside: an argument of blocking or compute is a view, pointer or reference, whose "
                  "target the call may outlive: pass an owning value, such as a std::string, to a "
                  "function that takes one");
    return false;
  } else if constexpr (!(sendable<std::decay_t<A>> && ...)) {
    static_assert(never<F>,
                  "aside: an argument of blocking or compute may not move to another thread: pass a "
                  "sendable value, or make its target shareable");
    return false;
  } else if constexpr (!callable_with<fn, std::decay_t<A>...>) {
    static_assert(never<F>,
                  "aside: the function cannot be called with these arguments, moved from the "
                  "call's own copies");
    return false;
  } else if constexpr (is_task<made_by<F, A...>>) {
    static_assert(never<F>,
                  "aside: blocking and compute call a plain function; co_await what returns a "
                  "task");
    return false;
  } else if constexpr (!std::is_void_v<made_by<F, A...>> &&
                       (borrows<made_by<F, A...>> || !sendable<made_by<F, A...>>)) {
    static_assert(
        never<F>,
        "aside: the result of blocking or compute is a view or pointer, or may not move to "
        "another core: return an owning, sendable value");
    return false;
  } else {
    return true;
  }
}

template <class Pool>
struct job_caller : spawner<job_caller<Pool>> {
  template <class F, class... A>
  job_call<Pool, typename job_result<F, A...>::type> go(std::source_location site, F&& fn,
                                                        A&&... args) const {
    using result = typename job_result<F, A...>::type;
    parcel<result>& p = parcel<result>::make(site);
    taker<result, forget_lost> from(p);
    giver<result, forget_lost> out(p);
    if constexpr (may_call<F, A...>()) {
      using block = job_block<Pool, result, std::decay_t<F>, std::decay_t<A>...>;
      static_assert(
          alignof(block) <= 16,
          "aside: blocking and compute cannot keep an over-aligned argument; pass it in a "
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
      job* const call = ::new (here.memory)
          block(site, std::move(out), std::forward<F>(fn), std::forward<A>(args)...);
      here.memory = nullptr;
      return job_call<Pool, result>(call, std::move(from));
    } else {
      return job_call<Pool, result>(nullptr, std::move(from));
    }
  }
};

}  // namespace aside::inline ASIDE_ABI::detail
