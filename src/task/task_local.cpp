#include <aside/task_local.hpp>

#include "task/host.hpp"

namespace aside::inline ASIDE_ABI::detail {

const void* find_bound(const void* key) noexcept {
  const task_header* const branch = this_branch();
  const task_header* const here = branch != nullptr ? branch : this_turn();
  if (here == nullptr) return nullptr;
  for (const stop_state* s = here->stop_; s != nullptr; s = outwards(*s)) {
    if (s->kind_ != stop_kind::binding) continue;
    const auto& b = static_cast<const local_binding&>(*s);
    if (b.key_ == key) return b.value_;
  }
  return nullptr;
}

}  // namespace aside::inline ASIDE_ABI::detail
