#pragma once
// end_hearer: hears of each child of a nursery that has ended.

#include <aside/detail/atomic.hpp>

namespace aside::inline ASIDE_ABI {

class nursery;

namespace detail {

struct end_hearer {
  /// On the core where the child ended, whose frame and arguments are gone. It is still counted, so the
  /// nursery stands, and whatever outlives that.
  void (*ended)(end_hearer&) noexcept;
  /// The children drain (drain.hpp). Never taken back.
  atomic<bool> drains{false};
};

/// `h`, which outlives the nursery, hears of the children that the calling core spawns into it, all or none:
/// called before the first. Throws std::bad_alloc.
void hear_ends(nursery& n, end_hearer& h);

}  // namespace detail
}  // namespace aside::inline ASIDE_ABI
