#include "net/accept_error.hpp"

#include <aside/detail/atomic.hpp>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>

namespace aside::inline ASIDE_ABI::detail {

namespace {

constexpr std::uint64_t period_ns = 10'000'000'000;

/// Lets one caller through for each period.
class pacer {
 public:
  /// True: report, and say that so many were left out since the last.
  [[nodiscard]] bool may_report(std::uint64_t now, unsigned& left_out) noexcept {
    std::uint64_t next = next_.load(memory_order_relaxed);
    if (now < next || !next_.compare_exchange_strong(next, now + period_ns, memory_order_relaxed)) {
      left_out_.fetch_add(1, memory_order_relaxed);
      return false;
    }
    left_out = left_out_.exchange(0, memory_order_relaxed);
    return true;
  }

 private:
  atomic<std::uint64_t> next_{0};
  atomic<unsigned> left_out_{0};
};

void print(const char* where, const char* what, const char* advice, unsigned left_out) noexcept {
  std::array<char, 64> more{};
  if (left_out != 0)
    std::snprintf(more.data(), more.size(), " (and %u such events since the last report)",
                  left_out);
  std::fprintf(stderr, "aside: %s accepts nothing for now: %s; %s%s\n",
               where, what, advice, more.data());
}

}  // namespace

bool accept_is_hopeless(int error) noexcept {
  switch (error) {
    case EACCES:
    case EBADF:
    case EFAULT:
    case EINVAL:
    case ENOSYS:
    case ENOTSOCK:
    case EOPNOTSUPP:
    case EPERM:
    case EPROTONOSUPPORT:
    case ESOCKTNOSUPPORT:
      return true;
    default:
      return false;
  }
}

bool accept_is_short_of_resources(int error) noexcept {
  return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM ||
         error == ENOSPC;
}

void report_accept(int error, const char* where, std::uint64_t now) noexcept {
  static constinit pacer pace;
  unsigned left_out = 0;
  if (!pace.may_report(now, left_out)) return;
  print(where, std::strerror(error),
        accept_is_short_of_resources(error)
            ? "it tries again every 20 ms: raise the limit or set max_connections lower"
            : "it tries again every 20 ms",
        left_out);
}

void report_no_socket(unsigned core, const char* where, const char* why) noexcept {
  std::fprintf(stderr, "aside: %s is served without a socket of core %u: %s\n",
               where, core, why);
}

void report_full(std::size_t connections, const char* where, std::uint64_t now) noexcept {
  static constinit pacer pace;
  unsigned left_out = 0;
  if (!pace.may_report(now, left_out)) return;
  std::array<char, 64> what{};
  std::snprintf(what.data(), what.size(), "it has its %zu connections (max_connections)",
                connections);
  print(where, what.data(), "further ones wait in the backlog until one ends", left_out);
}

}  // namespace aside::inline ASIDE_ABI::detail
