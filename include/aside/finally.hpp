#pragma once
// finally: clean-up that has to wait.

#include <aside/stop.hpp>
#include <aside/timeout.hpp>

namespace aside::inline ASIDE_ABI {

namespace detail {

/// The clean-up is over its time. Throws std::system_error.
[[noreturn]] ASIDE_API void cleanup_timed_out();
/// Reports that a clean-up has failed after the body had failed or was stopped.
ASIDE_API void report_failed_cleanup(const std::source_location& where,
                                     const std::exception_ptr& error) noexcept;

inline task<> clean_up(unstarted<void> cleanup, clock::duration grace) {
  const auto in_time = co_await combined<timeout_parts<void>>(
      timeout_parts<void>(std::move(cleanup), deadline_after(grace)));
  if (!in_time) cleanup_timed_out();
}

template <class T>
task<T> run_finally(unstarted<T> body, unstarted<void> cleanup, clock::duration grace,
                    std::source_location where) {
  task_header& me = co_await this_task();
  caught<T> ended = co_await catch_op<T>(body.release(), me.stop_);
  unstarted<void> moved(std::move(cleanup));
  stop_wall wall(me.stop_);
  caught<void> cleaned =
      co_await catch_op<void>(clean_up(std::move(moved), grace).release(), &wall);
  if (cleaned.error && (ended.error || ended.stopped)) report_failed_cleanup(where, cleaned.error);
  if (ended.error) std::rethrow_exception(ended.error);
  if (ended.stopped) co_await stop_here();
  if (cleaned.error) std::rethrow_exception(cleaned.error);
  co_return ended.take();
}

}  // namespace detail

/// co_await finally(f(x), g(y)): runs f(x) and then, however that ended, g(y); then goes on with what
/// came of f: its value, its exception, or the stop.
///
/// The clean-up g is shielded: it sees no stop from outside. It has a time of its own, `grace`; when
/// that is over it is stopped, and has failed with std::errc::timed_out.
/// Errors:   what f threw. When f gave a value and g failed, what g threw; when f failed or was
///           stopped, a failure of g goes to the error report.
/// Cost:     three frames. For clean-up that does not wait, a destructor is cheaper.
template <class T, class Rep = std::chrono::seconds::rep,
          class Period = std::chrono::seconds::period>
ASIDE_WRAPPER task<T> finally(task<T> body, task<> cleanup,
                              std::chrono::duration<Rep, Period> grace = std::chrono::seconds(10),
                              std::source_location where = std::source_location::current()) {
  return detail::run_finally<T>(detail::unstarted<T>(body), detail::unstarted<void>(cleanup),
                                detail::within<detail::clock::duration>(grace), where);
}
template <class Body, class Cleanup, class... A>
  requires(!detail::is_task<std::remove_cvref_t<Body>> ||
           !std::same_as<std::remove_cvref_t<Cleanup>, task<>>)
ASIDE_WRAPPER auto finally(Body&&, Cleanup&&, A&&...) {
  static_assert(sizeof(std::remove_cvref_t<Body>*) == 0,
                "aside: finally takes two tasks, the second one without a value: write "
                "finally(f(x), g(y)); put an operation into one: finally(f(x), [&]() -> task<> { "
                "co_await stream.write(y); }())");
  return detail::task_instead<Body>();
}

}  // namespace aside::inline ASIDE_ABI
