#include "sched/census.hpp"

namespace aside::inline ASIDE_ABI::detail {

/// Version 2. A reader of another word size or version must not go on after `version`.
struct census {
  std::uint32_t version = 2;
  std::uint32_t word_bytes = sizeof(void*);
  std::uint32_t count = 256;
  atomic<std::uint32_t> left_out{0};  // cores without a place
  atomic<const census_part*> cores[256] = {};
};

extern "C" {
[[gnu::visibility("hidden"), gnu::used]] constinit census aside_task_census{};
}

// The distance, not the address: a note in read-only memory needs no relocation then.
asm(R"(
  .pushsection .note.aside, "a", %note
  .balign 4
  .4byte 6, 8, 1
  .asciz "aside"
  .balign 4
  .8byte aside_task_census - .
  .popsection
)");

void census_entry::enter(const census_part& part) noexcept {
  part_ = part;
  for (auto& each : aside_task_census.cores) {
    const census_part* none = nullptr;
    // release: the part is written before a reader finds it.
    if (each.compare_exchange_strong(none, &part_, memory_order_release, memory_order_relaxed)) {
      place_ = &each;
      return;
    }
  }
  left_out_ = true;
  aside_task_census.left_out.fetch_add(1, memory_order_relaxed);
}

void census_entry::leave() noexcept {
  // A reader that has read counters looks whether the place still names this part.
  if (place_ != nullptr) place_->store(nullptr, memory_order_seq_cst);
  if (left_out_) aside_task_census.left_out.fetch_sub(1, memory_order_relaxed);
}

}  // namespace aside::inline ASIDE_ABI::detail
