#pragma once
// What a row of the cancellation matrix is made of: an awaitable of the core, what completes it, and
// what must be left of it afterwards.
#include <aside/all.hpp>
#include <aside/operation.hpp>
#include <aside/race.hpp>
#include <aside/stop_token.hpp>

#include "unit/run_test.hpp"

#include <chrono>
#include <optional>

namespace aside_test {

/// Something that is handed over; its owner counts the live ones.
class carried {
 public:
  explicit carried(std::atomic<int>& live) : live_(&live) { ++*live_; }
  carried(carried&& other) noexcept : live_(other.live_) { ++*live_; }
  carried& operator=(carried&&) = delete;
  ~carried() { --*live_; }

 private:
  std::atomic<int>* live_;
};

/// Everything that one cell counts, and what its operation waits for.
struct cell {
  // The task that awaits the operation
  std::atomic<int> begun{0};
  std::atomic<int> completed{0};  // the operation has given its result
  std::atomic<int> went_on{0};    // beyond its next wait
  std::atomic<int> ended{0};
  std::atomic<int> ended_in_stop{0};
  // What the operation is made of
  std::atomic<int> given{0};      // results of what can be completed once only
  std::atomic<int> delivered{0};  // those that the operation got
  std::atomic<int> live{0};       // objects in frames, and values
  std::atomic<int> cleaned{0};
  std::atomic<int> called{0};  // blocking calls that began
  std::atomic<int> may_return{0};
  std::atomic<int> holds{0};              // the blocking call that keeps others in the queue
  std::atomic<aside::nursery*> stop_at_end{nullptr};  // by the destructor of what the operation runs
  std::chrono::steady_clock::time_point due = std::chrono::steady_clock::time_point::max();
  aside::event gate;
  aside::event second;
  std::atomic<std::uintptr_t> word{0};
  std::optional<aside::oneshot_sender<carried>> sender;
  std::optional<aside::oneshot_receiver<carried>> receiver;
  std::optional<aside::join_handle<carried>> handle;
  std::optional<aside::join_handle<>> other;
  std::optional<aside::callback<carried>> callback;
  std::atomic<void*> context{nullptr};  // of the callback, until it is ended
  std::optional<aside::nursery_ref> held;
  std::atomic<bool> is_held{false};
  std::stop_source stop_source;
  std::shared_ptr<void> streams;  // of the rows in stop_matrix_streams.cpp
};
using cell_ptr = std::shared_ptr<cell>;

inline constexpr int dropped = -1;

/// In the frame of what an operation runs.
class inside {
 public:
  explicit inside(cell& c) : cell_(&c) { ++c.live; }
  inside(const inside&) = delete;
  inside& operator=(const inside&) = delete;
  ~inside() {
    --cell_->live;
    if (aside::nursery* const n = cell_->stop_at_end.exchange(nullptr)) n->request_stop();
  }

 private:
  cell* cell_;
};

struct row {
  const char* name;
  aside::task<> (*await)(cell_ptr);
  /// Completes the operation, on the core that runs it or from elsewhere; how many results it gave.
  int (*complete)(cell&);
  /// Whether the operation gives its result when the stop comes: before it begins, while its task is
  /// queued, while it waits, when it has been completed, and at the end of what it runs ('-': nothing).
  const char* gives = "0001-";
  /// What it needs, made by the cell's main task.
  aside::task<> (*prepare)(cell_ptr) = nullptr;
  /// Takes what the operation did not: how many results that is. `dropped`: as it should be.
  aside::task<int> (*rest)(cell&) = nullptr;
  /// What else must hold; `began` is false when the stop came before the operation.
  void (*after)(const cell&, bool began) = nullptr;
  bool (*waits)(const cell&) = nullptr;  // beyond having begun
  bool needs_completion = false;         // a stop alone does not end it
  bool timed = false;                    // completes when `due` has passed
  int settles = 4;                       // turns until it waits
};

[[nodiscard]] const std::vector<row>& rows();
void add_call_rows(std::vector<row>& to);
void add_stream_rows(std::vector<row>& to);

}  // namespace aside_test

template <>
inline constexpr bool aside::shareable<aside_test::cell> = true;
