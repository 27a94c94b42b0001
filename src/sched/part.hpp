#pragma once
// nursery_part: the children that a nursery has on one core; at the same time the core's registry.
//
// Invariants
//   N1  The list, `listed` and the part's memory belong to the home core alone. A child that ends
//       elsewhere is sent home and unlinked there.
//   N2  A part outlives its nursery: it goes when it is closed, empty, and no message is under way.
//   N3  `owner` is used only while a child that has not reported its end, or a part that is not
//       merged, keeps the nursery alive.
//   N4  Until the nursery's join merges the part, children that are spawned and end on their home
//       core are counted in `alive`, without a read-modify-write, and the others in `away`, which
//       starts at `unmerged`. Merging adds the one to the other; from then on `away` counts them
//       all, and who brings it to 0 gives up the part's unit in the nursery's `live_`. `alive` may be
//       negative: of a child that another core spawned for us, only the end is counted there.
//   N5  `hearer` is set before the part has children that it is to hear of.

#include "base/inbox.hpp"

#include <aside/detail/header.hpp>

#include <exception>

namespace aside::inline ASIDE_ABI::detail {

class core;
struct end_hearer;  // src/scope/end_hearer.hpp

inline constexpr std::int64_t unmerged = std::int64_t{1} << 40;

struct nursery_part {
  core* home = nullptr;
  void* owner = nullptr;  // the nursery, or the runtime for its root
  /// Last thing a task does: tells the owner, on the core where the task ended. Its block still stands.
  void (*child_ended)(nursery_part&, const task_header& child, bool main, std::exception_ptr error,
                      bool stopped, bool at_home) noexcept = nullptr;
  nursery_part* next_of_nursery = nullptr;
  end_hearer* hearer = nullptr;  // N5

  // Home core: on a line of its own, since whoever ends a child abroad reads what is above
  alignas(cache_line) task_links children{&children, &children};  // the head of their list
  nursery_part* next_on_core = nullptr;
  nursery_part* prev_on_core = nullptr;
  bool listed = false;
  bool closed = false;
  bool merged = false;
  atomic<std::int64_t> alive{0};  // N4; read by others for a snapshot

  // Messages, each under way at most once
  message stop;
  message merge;
  message close;
  atomic<bool> stop_sent{false};
  atomic<bool> merge_sent{false};

  // Any core: on a line of its own, since a thief writes it while the home core spawns
  alignas(cache_line) atomic<std::int64_t> away{unmerged};  // N4

  // Home core: the children, one after the other; null after the last
  [[nodiscard]] task_header* first() const noexcept { return at(children.next_); }
  [[nodiscard]] task_header* after(const task_header& t) const noexcept { return at(t.next_); }

 private:
  [[nodiscard]] task_header* at(task_links* l) const noexcept {
    return l == &children ? nullptr : static_cast<task_header*>(l);
  }
};

}  // namespace aside::inline ASIDE_ABI::detail
