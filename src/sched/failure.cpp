#include "sched/runtime.hpp"

#include <aside/name.hpp>

#include <cstdio>
#include <new>
#include <string>

namespace aside::inline ASIDE_ABI::detail {

namespace {

thread_local constinit const std::source_location* told = nullptr;
constinit atomic<std::uint64_t> reports{0};

/// fn(what the exception says, without control characters): that comes from anywhere, as names do.
template <class F>
void with_text(const std::exception_ptr& error, F fn) noexcept {
  try {
    std::rethrow_exception(error);
  } catch (const std::exception& e) {
    std::string text;
    try {
      text = e.what();
    } catch (const std::bad_alloc&) {
      fn("(no memory for what it says)");
      return;
    }
    text.resize(blank_controls(text.data(), text.size()));
    fn(text.c_str());
  } catch (...) {
    fn("an unknown exception");
  }
}

/// To the hook, or printed; peers that break off must not be able to fill a log.
template <class Print>
void tell(const std::source_location& site, const std::exception_ptr& error, Print print) noexcept {
  if (const core* const here = this_core(); here != nullptr && here->rt.on_failure != nullptr) {
    told = &site;
    here->rt.on_failure(error, site);
    told = nullptr;
    return;
  }
  constexpr std::uint64_t shown_one_by_one = 100;
  const std::uint64_t n = reports.fetch_add(1, memory_order_relaxed) + 1;
  if (n > shown_one_by_one && (n & (n - 1)) != 0) return;
  print();
  if (n >= shown_one_by_one)
    std::fprintf(stderr,
                 "aside: that was failure %llu of tasks that nobody awaits; from now on each "
                 "power of two is shown\n",
                 static_cast<unsigned long long>(n));
}

}  // namespace

const std::source_location* reported_now() noexcept { return told; }

void print_failure(const std::source_location& site, const std::exception_ptr& error,
                   const char* who) noexcept {
  with_text(error, [&](const char* what) {
    std::fprintf(stderr, "aside: %s at %s:%u failed: %s\n", who, site.file_name(), site.line(),
                 what);
  });
}

void report_failure(const std::source_location& site, const task_name& name,
                    const std::exception_ptr& error) noexcept {
  tell(site, error, [&] {
    char who[64] = "a task spawned";
    if (!name.view().empty())
      std::snprintf(who, sizeof who, "the task \"%s\" spawned", name.view().data());
    print_failure(site, error, who);
  });
}

void report_loss(const std::source_location& site, const std::exception_ptr& error,
                 const char* who) noexcept {
  tell(site, error, [&] {
    with_text(error, [&](const char* what) {
      std::fprintf(stderr, "aside: %s at %s:%u has failed: %s\n", who, site.file_name(),
                   site.line(), what);
    });
  });
}

void report_unjoined(const std::source_location& site, const std::exception_ptr& error) noexcept {
  report_failure(site, task_name(), error);
}

}  // namespace aside::inline ASIDE_ABI::detail
