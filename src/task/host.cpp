#include "task/host.hpp"

#include <cstdio>
#include <exception>

namespace aside::inline ASIDE_ABI {

namespace detail {
namespace {
thread_local constinit host* here = nullptr;
thread_local constinit task_header* branch_of_turn = nullptr;
}  // namespace
thread_local constinit task_header* turn_here = nullptr;

host* this_host() noexcept { return here; }
void set_this_host(host* h) noexcept { here = h; }
task_header* this_turn() noexcept { return turn_here; }
task_header* this_branch() noexcept { return branch_of_turn; }
void set_this_branch(task_header* b) noexcept { branch_of_turn = b; }

void never_awaited(promise_base& root) noexcept {
  const std::source_location made = root.where_;
  root.handle().destroy();
  if (std::uncaught_exceptions() > 0) return;  // the expression that made it has failed
  std::fprintf(stderr,
               "aside: %s, made at %s:%u, was dropped without being awaited and has not run: write "
               "co_await f(x)\n",
               made.function_name(), made.file_name(), made.line());
}

void fell_out(const promise_base& p) noexcept {
  panic(
      "a coroutine neither waits nor has ended, but has returned: this compiler miscompiled it "
      "(docs/compilers.md); it was made, or last waited, here",
      p.where_);
}

void ended_without_value(promise_base& p) {
  if (p.kind_ == outcome_kind::error) std::rethrow_exception(std::move(p.error_));
  panic(
      "a coroutine that should return a value has ended without co_return; it was made, or last "
      "waited, here",
      p.where_);
}

}  // namespace detail
}  // namespace aside::inline ASIDE_ABI
