#pragma once
// run: a program whose main is a task.

#include <aside/options.hpp>
#include <aside/spawn.hpp>

namespace aside::inline ASIDE_ABI {

namespace detail {

template <class F, class... A>
consteval bool may_run() {
  if constexpr (task_like<F>) {
    static_assert(never<F>,
                  "aside: run takes the function and its arguments, not a task: write "
                  "run(f, x) instead of run(f(x))");
    return false;
  } else if constexpr (any_braced<A...>) {
    return refuse_braces<F>();
  } else if constexpr (!callable_with<std::remove_reference_t<F>, A...>) {
    static_assert(never<F>, "aside: run cannot call the function with these arguments");
    return false;
  } else if constexpr (!refers_to_arguments<F, A...>()) {
    static_assert(never<F>,
                  "aside: an argument would be converted to a temporary that is gone before the "
                  "task reads it: pass a value of the parameter's own type");
    return false;
  } else {
    using made = decltype(call(std::declval<F&>(), std::declval<A>()...));
    constexpr bool runs = std::same_as<made, task<>> || std::same_as<made, task<int>>;
    static_assert(runs,
                  "aside: run needs a function that returns aside::task<> or aside::task<int>");
    return runs;
  }
}

/// Runs until the main task has ended; the others are then stopped and awaited.
ASIDE_API int run_main(const options& o, task_header& main, const int& result);

template <class F>
task<> main_task(F& fn, int& result) {
  if constexpr (std::same_as<decltype(fn()), task<int>>) {
    result = co_await fn();
  } else {
    co_await fn();
    result = 0;
  }
}

struct runner : spawner<runner> {
  /// run with a site given by the caller, and any number of arguments.
  template <class F, class... A>
  int go(std::source_location site, F&& fn, A&&... args) const {
    if constexpr (!std::same_as<std::decay_t<F>, options>)
      return start(options(), site, std::forward<F>(fn), std::forward<A>(args)...);
    else if constexpr (sizeof...(A) > 0)
      return start(fn, site, std::forward<A>(args)...);
    else
      static_assert(never<F>, "aside: run needs a function: write run(options, f, x)");
    return 1;
  }

 private:
  template <class F, class... A>
  static int start(const options& o, std::source_location site, F&& fn, A&&... args) {
    int result = 1;
    if constexpr (may_run<F, A...>()) {
      auto body = [&]() ASIDE_WRAPPER { return call(fn, std::forward<A>(args)...); };
      task_header& main =
          make_task(site, [&body, &result]() ASIDE_WRAPPER { return main_task(body, result); });
      return run_main(o, main, result);
    }
    return result;
  }
};

}  // namespace detail

/// run(fn, args...) or run(options, fn, args...): starts a runtime on the calling thread and its
/// workers, runs fn(args...), with at most 4 arguments, in it and returns when that has ended and every
/// other task has been stopped and awaited.
///
/// Returns:  1 when an exception left it, after printing it; otherwise 128 + the signal when SIGINT or SIGTERM
///           came (options::handle_signals), also when fn gave a value nevertheless; otherwise what a
///           task<int> gave, 0 for a task<>. When it was stopped from inside, by a scope that should have
///           had a value: 1, after saying so.
/// Standard files: where descriptor 0, 1 or 2 is closed, /dev/null is opened in its place, and stays: no
///           socket gets a number that somebody prints to. Reading or writing there is EBADF as before.
/// Errors:   std::system_error when the runtime cannot start; std::invalid_argument for options that
///           no runtime can have, and for an ASIDE_ENGINE that is no engine. Inside a runtime: aborts.
inline constexpr detail::runner run{};

}  // namespace aside::inline ASIDE_ABI
