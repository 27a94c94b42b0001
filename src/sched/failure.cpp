#include "base/clock.hpp"
#include "sched/failure_allowance.hpp"
#include "sched/runtime.hpp"

#include <aside/error.hpp>
#include <aside/name.hpp>

#include <cstdio>
#include <new>
#include <string>
#include <system_error>

namespace aside::inline ASIDE_ABI::detail {

namespace {

thread_local constinit const std::source_location* told = nullptr;

constexpr std::uint64_t second_ns = 1'000'000'000;
/// Peers that break off must be able neither to fill a log nor to hide the other failures.
struct kind {
  failure_allowance shown;
  const char* whose;
  const char* limits;
};
constinit kind of_peers{failure_allowance(10, 10 * second_ns),
                        " of connections whose peers had gone",
                        "10 are at once, and then one in 10 seconds"};
constinit kind of_others{failure_allowance(100, second_ns), "",
                         "100 are at once, and then one a second"};

/// What the other side of a connection can make of it.
bool is_of_a_peer(const std::error_code& e) noexcept {
  if (e == errc::end_of_stream) return true;
  for (const std::errc each :
       {std::errc::connection_reset, std::errc::connection_aborted, std::errc::broken_pipe,
        std::errc::not_connected, std::errc::timed_out, std::errc::host_unreachable,
        std::errc::network_unreachable, std::errc::network_down}) {
    if (e == each) return true;
  }
  return false;
}
bool is_of_a_peer(const std::exception_ptr& error) noexcept {
  try {
    std::rethrow_exception(error);
  } catch (const std::system_error& e) {
    return is_of_a_peer(e.code());
  } catch (...) {
    return false;
  }
}

void tell_of_hidden(kind& k) noexcept {
  const std::uint64_t n = k.shown.take_hidden();
  if (n != 0)
    std::fprintf(stderr, "aside: %llu more failures%s were not shown: at most %s\n",
                 static_cast<unsigned long long>(n), k.whose, k.limits);
}

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

/// To the hook, or printed.
template <class Print>
void tell(const std::source_location& site, const std::exception_ptr& error, Print print) noexcept {
  if (const core* const here = this_core(); here != nullptr && here->rt.on_failure != nullptr) {
    told = &site;
    here->rt.on_failure(error, site);
    told = nullptr;
    return;
  }
  kind& k = is_of_a_peer(error) ? of_peers : of_others;
  if (!k.shown.take(now_ns())) return;
  tell_of_hidden(k);
  print();
}

}  // namespace

const std::source_location* reported_now() noexcept { return told; }

void tell_of_hidden_failures() noexcept {
  tell_of_hidden(of_others);
  tell_of_hidden(of_peers);
}

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
