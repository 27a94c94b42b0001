#pragma once
// A drain: nobody is stopped, but the children of a nursery are to begin nothing further, and those of their
// waits that serve nothing else end.
//
// Invariants
//   R1  `end_hearer::drains` is set before drain_children looks at the children, each under its claim, and a
//       wait that ends by a drain looks at it when it is armed (leaf_ops::look). As with a stop, one of the
//       two sees the other: docs/design/0001.

#include <aside/detail/header.hpp>

namespace aside::inline ASIDE_ABI {

class nursery;

namespace detail {

/// Ends such waits of those children of `n` that the calling core has spawned. Once their hearer says that
/// they drain, which further children then see by themselves. Throws std::bad_alloc.
void drain_children(nursery& n);

/// Does a task drain, or a branch's? In its turn or under its claim.
[[nodiscard]] ASIDE_API bool drains(const task_header& t) noexcept;

}  // namespace detail
}  // namespace aside::inline ASIDE_ABI
