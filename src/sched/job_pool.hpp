#pragma once
// job_pool: threads for calls that hold them, of `blocking` and of `compute`.
//
// The state is shared with the threads, which are detached: a call that never returns can keep its
// thread, and what that thread touches, without keeping the runtime.

#include <aside/detail/job.hpp>

#include <memory>

namespace aside::inline ASIDE_ABI::detail {

/// Aborts in a function of compute, where `what` would keep the place of a CPU for which the calls that it
/// waits for may have to wait.
void refuse_in_compute(const char* what, const std::source_location& where) noexcept;

struct job_counts {
  unsigned threads = 0;
  std::size_t queued = 0;
  std::uint64_t oldest_ns = 0;
  std::uint64_t abandoned = 0;
};

class job_pool {
 public:
  /// `name`, a literal, is that of the operation.
  job_pool(const char* name, unsigned most_threads, std::size_t most_queued);
  job_pool(const job_pool&) = delete;
  job_pool& operator=(const job_pool&) = delete;
  ~job_pool();

  void submit(job& j) noexcept;
  /// No task of the runtime is left, so every call that still runs is abandoned.
  void close() noexcept;
  [[nodiscard]] job_counts counts() const noexcept;
  [[nodiscard]] unsigned most_threads() const noexcept;

  struct state;

 private:
  std::shared_ptr<state> state_;
};

}  // namespace aside::inline ASIDE_ABI::detail
