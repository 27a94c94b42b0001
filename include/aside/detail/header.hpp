#pragma once
// What the runtime keeps of a task, of the place where it waits, and of a request to stop.
//
// Invariants
//   H1  A task is in exactly one of: a queue, a core's turn, the hands of whoever took its leaf,
//       armed at its leaf. Only the run loop moves it into or out of a turn.
//   H2  `leaf_`, `stop_` and the coroutine frames belong to the turn; between turns they belong to
//       whoever holds the claim (docs/design/0001-leaves-stop-and-inspect.md).
//   H3  `next_`, `prev_` belong to the home core alone.
//   H4  Between turns a task that has begun has a leaf, and goes on in the coroutine that awaits
//       it; one that has not begun starts at `root_`. So the link of its queue can lie over
//       `resume_`, and a wake-up never allocates.
//   H5  After `ended_` the rest is read by nobody until the home core takes the block back. On its way
//       there a task is chained by `queued_` and carries up to three others, so that the home core
//       fetches four headers at once instead of chasing one after the other.

#include <aside/config.hpp>
#include <aside/detail/atomic.hpp>
#include <aside/detail/panic.hpp>

#include <cstddef>
#include <cstdint>
#include <exception>
#include <source_location>

namespace aside::inline ASIDE_ABI::detail {

struct host;  // the services of the core that runs a turn (src/task/host.hpp)
struct task_header;
struct promise_base;
struct leaf;
struct nursery_part;  // a nursery's children that were spawned on one core (src/scope/part.hpp)

/// What an attempt to finish a wait came to.
enum class armed : std::uint8_t {
  ready,     ///< done: the task may go on
  waiting,   ///< published: somebody will notify; the task is no longer ours
  stopped,   ///< the wait ended because a stop was requested
  branches,  ///< it waits for branches, which the turn has to run (branches.hpp)
  spent,     ///< not published: to be armed again in another turn of the task
};

struct leaf_ops {
  /// Finishes the wait or publishes the leaf. Called by the run loop only, after every coroutine of
  /// the task has suspended, and again after each notify. `stop`: do not begin to wait.
  armed (*arm)(leaf&, host&, bool stop) noexcept;
  /// Takes a published leaf back; true: the caller now owns the task's wake-up. Called under the
  /// task's claim. False: somebody has taken it already, or it will complete by itself.
  bool (*cancel)(leaf&) noexcept;
  const char* name;
  bool asks_kernel = false;  ///< each attempt may be a system call
  /// Called before a published leaf is asked for its stop, under the claim or in the task's turn: it may set
  /// a stop_state of its own for what else it hears of.
  void (*look)(leaf&) noexcept = nullptr;
};

/// The place where a task waits. Lives in the frame of the coroutine that awaits it.
struct leaf {
  const leaf_ops* ops_;
  promise_base* at_ = nullptr;  // the coroutine that awaits it

  constexpr explicit leaf(const leaf_ops& ops) noexcept : ops_(&ops) {}
};

enum class stop_kind : std::uint8_t {
  plain,
  wall,     // a stop_wall: requests from outside end here
  scope,    // a nursery: whoever passes on a stop finds open scopes by it
  binding,  // a local_binding (task_local.hpp)
};

/// A request to stop, level-triggered: once set it stays. A task is asked to stop when its
/// innermost stop_state or any above it is set.
struct stop_state {
  const stop_state* parent_ = nullptr;
  atomic<bool> requested_{false};
  stop_kind kind_ = stop_kind::plain;

  [[nodiscard]] bool requested() const noexcept {
    for (const stop_state* s = this; s != nullptr; s = s->parent_)
      if (s->requested_.load(memory_order_seq_cst)) return true;  // pairs with request() [CLAIM]
    return false;
  }
  /// True for the one caller that has to tell the waiting tasks.
  bool request() noexcept { return !requested_.exchange(true, memory_order_seq_cst); }
};

/// Where a shield begins: no parent, but what is bound outside is still seen (docs/design/0006).
struct stop_wall : stop_state {
  const stop_state* beyond_;

  explicit stop_wall(const stop_state* outside) noexcept : beyond_(outside) {
    kind_ = stop_kind::wall;
  }
};

/// The next node of the chain, also where no request comes through.
[[nodiscard]] inline const stop_state* outwards(const stop_state& s) noexcept {
  return s.kind_ == stop_kind::wall ? static_cast<const stop_wall&>(s).beyond_ : s.parent_;
}

enum class task_mood : std::uint8_t {
  none,
  stop_taken,  // a stopper took its leaf: unwind instead of resuming
  unwinding,   // frames are being destroyed because of a stop
  // Goes to the queue's end:
  yielding,  // and on from there
  spent,     // and has its leaf tried then
};

struct task_label;  // a task's name (src/sched/name.hpp)

/// What all tasks spawned with the same callable and argument types share. A task with a name has a copy
/// of its own.
struct task_descriptor {
  void (*schedule)(task_header&) noexcept;  // the one way into the scheduler
  void (*stop)(task_header&) noexcept;      // one of its stop_states has been set: end its wait
  /// The outermost coroutine has ended and its frame still stands. An error that is its parent's.
  std::exception_ptr (*finish)(task_header&) noexcept;
  void (*destroy_arguments)(task_header&) noexcept;  // the task's last act
  void (*free_block)(task_header&) noexcept;         // after destroy_arguments
  std::size_t block_size;  // header, callable, arguments; the frame follows
  task_label* label = nullptr;
};

/// Its neighbours in a circular list, whose head is one of them: so that linking and unlinking have no
/// cases.
struct task_links {
  task_links* next_ = nullptr;
  task_links* prev_ = nullptr;
};

struct task_header : task_links {        // H3
  atomic<const task_descriptor*> what_;  // changed in a turn, when the task gets a name
  std::source_location site_;            // where it was spawned
  nursery_part* home_ = nullptr;         // constant once spawned
  union {
    promise_base* root_ = nullptr;  // outermost coroutine; null once it is gone
    task_header* rider1_;           // H5
  };
  union {
    promise_base* resume_ = nullptr;  // in a turn: what the run loop resumes next
    task_header* queued_;             // H4: in a queue: the next task of the queue
  };
  union {
    leaf* leaf_ = nullptr;  // H2: where it waits, if it does
    task_header* rider2_;   // H5
  };
  union {
    const stop_state* stop_ = nullptr;  // H2: innermost
    task_header* rider3_;               // H5
  };
  atomic<std::uint8_t> claim_{0};  // who looks inside, other than a turn (src/sched/claim.hpp)
  atomic<bool> ended_{false};
  std::uint8_t pinned_ = 0;           // 1 + the index of the only core that may run it; 0: any
  task_mood mood_ = task_mood::none;  // H2
  std::uint8_t budget_ = 0;           // leaf operations left in this turn
  std::uint8_t depth_ = 0;            // coroutines started on one another's native stack
  std::uint16_t room_ = 0;            // bytes for the outermost frame in the task's own block

  /// acquire: a stopper may call while the task gets its name; pairs with release in name.cpp.
  [[nodiscard]] const task_descriptor& what() const noexcept {
    return *what_.load(memory_order_acquire);
  }
};
static_assert(sizeof(void*) != 8 || sizeof(task_header) <= 80,
              "a task's header has outgrown its budget");

inline constexpr std::uint8_t turn_budget = 128;
inline constexpr std::uint8_t nest_limit = 64;

/// Memory for coroutine frames and task blocks: size classes kept per thread. Throws bad_alloc.
[[nodiscard]] ASIDE_API void* frame_allocate(std::size_t size);
ASIDE_API void frame_free(void* memory, std::size_t size) noexcept;
inline constexpr std::size_t lent_buffer_size = 8192;  // what receive() lends; a size class too
/// A buffer of that size; null when there is no memory.
[[nodiscard]] ASIDE_API std::byte* lend_buffer() noexcept;
ASIDE_API void return_buffer(std::byte* buffer) noexcept;

/// Room for the next coroutine frame inside a task's own block (see spawn.hpp).
struct frame_room {
  void* place = nullptr;
  std::size_t size = 0;
  std::size_t wanted = 0;
  bool taken = false;
};
[[nodiscard]] ASIDE_API frame_room*& current_room() noexcept;

}  // namespace aside::inline ASIDE_ABI::detail
