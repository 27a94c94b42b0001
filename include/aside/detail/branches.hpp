#pragma once
// Branches: coroutines of one task that wait at the same time, behind `all` and `race`.
//
// A branch has a header of its own, so that whatever its coroutines await works on it as on a task. It
// is no task: it is in no registry and never in a queue, and it runs only in turns of the task that
// awaits its group. Groups nest: what awaits a group is a task or a branch, the group's *owner*.
//
// Invariants
//   B1  `mailbox_` is `idle`, `running`, or the branches that were woken since. It is idle only while
//       the owner waits; whoever changes it from idle has the owner's wake-up, alone.
//   B2  A woken branch is in its group's mailbox or in one of its two lists, once. The lists and
//       `left_` belong to the turn.
//   B3  A group's frame outlives its branches: it goes on only when each of them has ended.
// The race that matters: a leaf is taken while the turn closes. The taker pushes, the turn goes from
// `running` to `idle` by CAS; if the push came first the turn goes on, else the push finds `idle`.
// Stopping and looking inside go through the outermost task's claim (docs/design/0001).

#include <aside/detail/promise.hpp>

namespace aside::inline ASIDE_ABI::detail {

class branch_group;

struct branch : task_header {
  branch_group* group_ = nullptr;

  ASIDE_API branch() noexcept;
};

/// The leaf of a coroutine that waits for several branches.
class branch_group : public leaf {
 public:
  /// What makes a group stop the branches that are left.
  enum class ends_by : std::uint8_t { failure, any_end };

  branch_group(promise_base& self, ends_by how) noexcept;
  branch_group(const branch_group&) = delete;
  branch_group& operator=(const branch_group&) = delete;

  [[nodiscard]] bool await_ready() const noexcept { return false; }
  template <class Promise>
  void await_suspend(std::coroutine_handle<Promise>) noexcept {
    begin();
  }

  // For the turn that runs the group
  /// The next branch to run, or null.
  [[nodiscard]] branch* next() noexcept;
  [[nodiscard]] bool any_ready() noexcept;
  /// To be run first, or not before the next turn.
  void now(branch& b) noexcept;
  void later(branch& b) noexcept;
  void next_turn() noexcept;  // what was left for later is ready
  /// A branch has ended; stops the others when that decides the group.
  void ended(branch& b) noexcept;
  [[nodiscard]] bool over() const noexcept { return left_ == 0; }
  /// False: more has been woken. After true the group is the wakers'.
  [[nodiscard]] bool try_idle() noexcept;
  /// Once it is over: does the awaiting coroutine go on, or is it stopped?
  [[nodiscard]] armed outcome() const noexcept;

  [[nodiscard]] task_header& owner() const noexcept { return *owner_; }
  [[nodiscard]] branch* begin_of_branches() const noexcept { return branches_; }
  [[nodiscard]] std::uint32_t count() const noexcept { return count_; }
  std::uint32_t cursor_ = 0;  // of a walk over all branches, under the claim or in a turn

  /// Puts a woken branch into its mailbox. True: the owner's wake-up is the caller's.
  [[nodiscard]] bool push(branch& b) noexcept;

 protected:
  ~branch_group() = default;
  /// The branches, each with its coroutine in `root_`; they live as long as the group.
  ASIDE_API void adopt(branch* branches, std::uint32_t count) noexcept;
  /// Rethrows the failure that decided the group; reports those of a race that a value has won.
  ASIDE_API void settle();
  ASIDE_API static void destroy(branch* branches, std::uint32_t count) noexcept;

 private:
  static constexpr std::uintptr_t idle = 0;
  static constexpr std::uintptr_t running = 1;

  ASIDE_API void begin() noexcept;
  void collect() noexcept;
  void append(branch*& first, branch*& last, branch& b) noexcept;

  task_header* owner_;
  branch* branches_ = nullptr;
  std::uint32_t count_ = 0;
  std::uint32_t left_ = 0;
  branch* ready_ = nullptr;
  branch* ready_end_ = nullptr;
  branch* later_ = nullptr;
  branch* later_end_ = nullptr;
  branch* first_ended_ = nullptr;
  branch* first_failed_ = nullptr;  // by an exception
  ends_by ends_by_;
  stop_state stop_;
  atomic<std::uintptr_t> mailbox_{running};
};

/// The group whose leaf this is, or null.
[[nodiscard]] branch_group* group_of(leaf& l) noexcept;
/// The task in whose turns a branch runs.
[[nodiscard]] task_header& outermost(task_header& t) noexcept;
[[nodiscard]] bool is_branch(const task_header& t) noexcept;
/// Takes back the leaves of all branches that are asked to stop and wakes them. In the task's turn or
/// under its claim.
void stop_below(branch_group& top) noexcept;
/// The same for one branch and what it waits for.
void stop_branch_here(branch& b) noexcept;

}  // namespace aside::inline ASIDE_ABI::detail
