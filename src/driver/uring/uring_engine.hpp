#pragma once
// The io_uring engine: one multishot, edge-triggered poll for each descriptor, and operations that
// the kernel owns. Usually a DEFER ring: only the thread that opened it may enter it. One that may change
// threads costs more, and its completions pass through the thread that submitted, which must not end.

#include "base/unique_fd.hpp"
#include "driver/engine.hpp"

#include <liburing.h>

namespace aside::inline ASIDE_ABI::detail {

class uring_engine final : public engine {
 public:
  /// Opens the ring on the calling thread, which must be the one that will drive it unless it
  /// `may_move` between threads. Throws std::system_error when the kernel refuses.
  explicit uring_engine(bool may_move);
  ~uring_engine() override;

  [[nodiscard]] std::string_view name() const noexcept override { return "uring"; }
  bool submit_connect(kernel_op& op) noexcept override;
  bool accept_into(interest& listener, arrivals& a) noexcept override;
  void recall(arrivals& a) noexcept override;
  void wait(std::uint64_t timeout_ns) noexcept override;
  [[nodiscard]] int wake_descriptor() const noexcept override { return wake_.get(); }
  [[nodiscard]] int wait_descriptor() const noexcept override { return ring_.ring_fd; }

 private:
  void submit_cancel(kernel_op& op) noexcept override;
  int add(interest& i, int fd) noexcept override;
  void remove(interest& i, int fd) noexcept override;
  [[nodiscard]] bool closes_anywhere() const noexcept override { return false; }

  [[nodiscard]] io_uring_sqe* next_sqe() noexcept;
  /// What a call that enters the ring gave: ends the process for an error that does not pass.
  static void expect_entered(int result) noexcept;
  void submit_cancel_of(std::uint64_t user_data) noexcept;
  void arm_accept(arrivals& a) noexcept;
  void arrived(arrivals& a, std::int32_t result, bool more) noexcept;
  void watch_wake() noexcept;
  void reap() noexcept;
  void take(std::uint64_t about, std::int32_t result, bool more) noexcept;

  io_uring ring_{};
  unique_fd wake_;
};

/// The first opcode in use here that the kernel lacks; -1: none.
[[nodiscard]] int missing_opcode(const io_uring_probe& p) noexcept;
/// 0 when a ring can be opened and entered here, else the errno of the refusal.
[[nodiscard]] int probe_uring() noexcept;

}  // namespace aside::inline ASIDE_ABI::detail
