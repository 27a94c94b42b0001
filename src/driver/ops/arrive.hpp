#pragma once
// arrival_op: the next of the connections that the engine accepts ahead, for an accept loop.

#include "driver/arrivals.hpp"

#include <aside/net/io_leaf.hpp>

namespace aside::inline ASIDE_ABI::detail {

/// Completes with a connection, or with the errno that the kernel gave instead of one. Awaited on the
/// engine's own core. Stopping: connections stay in `arrivals`.
class ASIDE_AWAIT_IT arrival_op : public io_op<arrival_op> {
 public:
  explicit arrival_op(arrivals& from) noexcept;
  bool attempt() noexcept;
  std::expected<io_handle, std::error_code> result() noexcept;

  arrivals* from_;
  io_handle accepted_;
};

}  // namespace aside::inline ASIDE_ABI::detail
