#pragma once
// The epoll engine: edge-triggered, each descriptor added once.

#include "base/unique_fd.hpp"
#include "driver/engine.hpp"

namespace aside::inline ASIDE_ABI::detail {

class epoll_engine final : public engine {
 public:
  /// Throws std::system_error when the kernel refuses.
  epoll_engine();
  ~epoll_engine() override { close_retired(); }

  [[nodiscard]] std::string_view name() const noexcept override { return "epoll"; }
  bool submit_connect(kernel_op&) noexcept override { return false; }
  bool accept_into(interest&, arrivals&) noexcept override { return false; }
  void recall(arrivals&) noexcept override {}
  void wait(std::uint64_t timeout_ns) noexcept override;
  [[nodiscard]] int wake_descriptor() const noexcept override { return wake_.get(); }
  [[nodiscard]] int wait_descriptor() const noexcept override { return epoll_.get(); }

 private:
  void submit_cancel(kernel_op&) noexcept override {}
  int add(interest& i, int fd) noexcept override;
  // Closing the last descriptor of a file removes it from the set.
  void remove(interest&, int fd) noexcept override {
    if (may_be_shared()) [[unlikely]]
      remove_now(fd);
  }
  void remove_now(int fd) noexcept;
  [[nodiscard]] bool closes_anywhere() const noexcept override { return true; }

  unique_fd epoll_;
  unique_fd wake_;
  bool precise_ = true;  // epoll_pwait2 is there
};

}  // namespace aside::inline ASIDE_ABI::detail
