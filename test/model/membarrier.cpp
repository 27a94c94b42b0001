#include "model/membarrier.hpp"

#include "base/barrier.hpp"

namespace aside::inline ASIDE_ABI::detail {

bool enable_membarrier(const char*&) noexcept { return true; }
void membarrier_all() noexcept {
  if (aside_test::model::membarrier_works::does())
    aside_test::model::explorer::current().drain_all();
}

}  // namespace aside::inline ASIDE_ABI::detail
