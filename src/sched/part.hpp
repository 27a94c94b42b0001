#pragma once
// nursery_part: the children that a nursery has on one core; at the same time the core's registry.
//
// Invariants
//   N1  The list, `listed` and the part's memory belong to the home core alone. A child that ends
//       elsewhere is sent home and unlinked there.
//   N2  A part outlives its nursery: it goes when it is closed, empty, and no message is under way.
//   N3  `owner` is used only while a child that has not reported its end keeps the nursery alive.

#include "base/inbox.hpp"

#include <aside/detail/header.hpp>

#include <exception>

namespace aside::inline ASIDE_ABI::detail {

class core;

struct nursery_part {
  core* home = nullptr;
  void* owner = nullptr;  // the nursery, or the runtime for its root
  /// Last thing a task does: tells the owner, on the core where the task ended.
  void (*child_ended)(nursery_part&, task_header* main_or_null, const std::source_location& site,
                      std::exception_ptr error, bool stopped) noexcept = nullptr;
  nursery_part* next_of_nursery = nullptr;

  // Home core
  task_header* children = nullptr;
  nursery_part* next_on_core = nullptr;
  nursery_part* prev_on_core = nullptr;
  bool listed = false;
  bool closed = false;

  // Messages, each under way at most once
  message stop;
  message close;
  atomic<bool> stop_sent{false};
};

}  // namespace aside::inline ASIDE_ABI::detail
