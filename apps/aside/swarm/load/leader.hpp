#pragma once

#include <aside/aside.hpp>

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "swarm/control.hpp"
#include "swarm/load/state.hpp"

namespace aside_app::load {

/// Leads one of a load's processes through its phases: opens its connections, begins when it is told
/// to, measures, waits for what is under way, closes.
class leader {
 public:
  using reporter = std::function<void(const report&)>;

  leader(state& load, std::shared_ptr<control> orders, reporter report)
      : load_{load}, orders_{std::move(orders)}, report_{std::move(report)} {}

  aside::task<> lead();

 private:
  aside::task<> steps(aside::nursery& all);
  aside::task<> open(aside::nursery& all);
  aside::task<> order();
  aside::task<> load();
  aside::task<> pass_until(clock::time_point when);
  aside::task<> drain();
  aside::task<> change_or_tick(clock::time_point at_most);

  bool all_are_lost() const noexcept;
  load::report now() const;
  void say(std::string phase);
  void say_done();

  state& load_;
  std::shared_ptr<control> orders_;
  reporter report_;
  std::string phase_;
  clock::time_point said_{};
  double measured_seconds_ = 0;
  double processor_seconds_ = 0;
};

}  // namespace aside_app::load
