#pragma once

#include <aside/aside.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "swarm/control.hpp"
#include "swarm/state.hpp"

namespace aside_app {

/// Leads a swarm through its phases: opens its connections, lets the talkers talk, has one event sent
/// to all, closes. Controlled, it waits for an order before each; otherwise it goes on by itself.
class leader {
 public:
  using reporter = std::function<void(const swarm_report&)>;

  leader(swarm_state& swarm, std::shared_ptr<control> orders, reporter report)
      : swarm_{swarm}, orders_{std::move(orders)}, report_{std::move(report)} {}

  aside::task<> lead();
  const swarm_report& last() const noexcept { return last_; }

 private:
  aside::task<> steps(aside::nursery& all);
  aside::task<> open(aside::nursery& all);
  aside::task<> load();
  aside::task<> deliver();
  aside::task<> order();
  aside::task<> change_or_tick();

  bool told_to_close() const noexcept { return orders_ && orders_->close(); }
  std::uint64_t progress() const noexcept;
  void say(std::string phase);

  swarm_state& swarm_;
  std::shared_ptr<control> orders_;
  reporter report_;
  std::string phase_;
  std::chrono::steady_clock::time_point said_{};
  swarm_report last_;
};

}  // namespace aside_app
