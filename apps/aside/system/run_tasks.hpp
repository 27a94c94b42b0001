#pragma once

#include <aside/run.hpp>

#include <exception>
#include <string>
#include <string_view>
#include <system_error>

#include "exit_code.hpp"

namespace aside_app {

/// `engine` is "auto", "epoll" or "uring"; `workers` 0 leaves the number to the runtime.
aside::options runtime_options(std::string_view engine, unsigned workers);

/// One line when `engine` is not what `asked` names, or ASIDE_ENGINE where that is "auto", with the
/// runtime's `reason`; empty when it is.
std::string engine_notice(std::string_view asked, const std::string& engine,
                          const std::string& reason);

/// What to do about a system call that failed with `error`, as the end of a line; empty when nothing is
/// known to help.
std::string remedy_for(const std::error_code& error);

/// The failure that is being handled, as one line that begins with `who` and says what to do. To be
/// called in a catch block.
failure failure_of(const std::string& who);

namespace detail {

template <class Body>
aside::task<> keep_failure(Body& body, std::exception_ptr& kept) {
  try {
    co_await body();
  } catch (...) {
    kept = std::current_exception();
  }
}

}  // namespace detail

/// As aside::run, but what `body` throws is thrown on. `body` is callable without arguments.
template <class Body>
int run_tasks(const aside::options& how, Body body) {
  std::exception_ptr kept;
  const int result =
      aside::run(how, [&]() ASIDE_WRAPPER { return detail::keep_failure(body, kept); });
  if (kept) std::rethrow_exception(kept);
  return result;
}

}  // namespace aside_app
