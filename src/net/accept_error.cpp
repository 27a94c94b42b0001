#include "net/accept_error.hpp"

#include <aside/detail/atomic.hpp>

#include <cerrno>
#include <cstdio>
#include <cstring>

namespace aside::inline ASIDE_ABI::detail {

bool accept_is_short_of_resources(int error) noexcept {
  return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM ||
         error == ENOSPC;
}

void report_accept(int error, std::uint16_t port) noexcept {
  static atomic<unsigned> reports{0};
  const unsigned n = reports.fetch_add(1, memory_order_relaxed) + 1;
  if ((n & (n - 1)) != 0) return;  // the 1st, 2nd, 4th, 8th, …
  std::fprintf(stderr,
               "aside: accepting on port %u failed: %s%s (report %u; each power of two is shown)\n",
               static_cast<unsigned>(port), std::strerror(error),
               accept_is_short_of_resources(error)
                   ? "; waiting 20 ms: raise the limit or serve fewer connections"
                   : "",
               n);
}

}  // namespace aside::inline ASIDE_ABI::detail
