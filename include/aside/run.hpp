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
  } else if constexpr (!callable_with<std::remove_reference_t<F>, A...>) {
    static_assert(never<F>, "aside: run cannot call the function with these arguments");
    return false;
  } else {
    using made = decltype(call(std::declval<F&>(), std::declval<A>()...));
    constexpr bool runs = std::same_as<made, task<void>> || std::same_as<made, task<int>>;
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

}  // namespace detail

/// run(fn, args...): starts a runtime on the calling thread and its workers, runs fn(args...) in it
/// and returns when that has ended and every other task has been stopped and awaited.
///
/// Returns:  what a task<int> gave, 0 for a task<>; 1 when an exception left it, after printing it;
///           128 + the signal when SIGINT or SIGTERM stopped it. A second signal ends the process.
/// Errors:   std::system_error when the runtime cannot start.
template <class F, class... A>
  requires(!std::same_as<std::decay_t<F>, options>)
int run(const options& o, F&& fn, A&&... args) {
  int result = 1;
  if constexpr (detail::may_run<F, A...>()) {
    auto body = [&]() ASIDE_WRAPPER { return detail::call(fn, std::forward<A>(args)...); };
    detail::task_header& main = detail::make_task(
        std::source_location::current(),
        [&body, &result]() ASIDE_WRAPPER { return detail::main_task(body, result); });
    return detail::run_main(o, main, result);
  }
  return result;
}
template <class F, class... A>
  requires(!std::same_as<std::decay_t<F>, options>)
int run(F&& fn, A&&... args) {
  return run(options(), std::forward<F>(fn), std::forward<A>(args)...);
}

}  // namespace aside::inline ASIDE_ABI
