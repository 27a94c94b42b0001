#pragma once
// blocking_pool: threads for calls that hold them.
//
// The state is shared with the threads, which are detached: a call that never returns can keep its
// thread, and what that thread touches, without keeping the runtime.

#include <aside/blocking.hpp>
#include <aside/options.hpp>

#include <memory>

namespace aside::inline ASIDE_ABI::detail {

class blocking_pool {
 public:
  blocking_pool(unsigned most_threads, std::size_t most_queued);
  blocking_pool(const blocking_pool&) = delete;
  blocking_pool& operator=(const blocking_pool&) = delete;
  ~blocking_pool();

  void submit(blocking_job& job) noexcept;
  /// No task of the runtime is left, so every call that still runs is abandoned.
  void close() noexcept;
  void describe(runtime_info& to) const noexcept;

  struct state;

 private:
  std::shared_ptr<state> state_;
};

}  // namespace aside::inline ASIDE_ABI::detail
