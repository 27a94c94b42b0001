#pragma once

#include <chrono>
#include <string>

#include "swarm/load/options.hpp"
#include "swarm/load/report.hpp"
#include "text/colours.hpp"

namespace aside_app::load {

/// Says how far a load is: on a terminal in one line that is written over, else in one line for each
/// phase.
class progress {
 public:
  progress(const options& asked, int descriptor);

  /// `sum` is of all processes, in the phase `now`.
  void show(const std::string& now, const report& sum);
  /// Lines that stay.
  void say(const std::string& line);
  void warn(const std::string& line);
  /// Takes the line that is written over away.
  void end() { erase(); }

 private:
  using clock = std::chrono::steady_clock;

  std::string opening(const report& sum) const;
  std::string begins(const std::string& phase, const report& sum) const;
  std::string runs(const std::string& phase, const report& sum) const;
  void erase();

  const options& asked_;
  int descriptor_;
  bool redraws_;
  colours marks_;
  bool drawn_ = false;
  std::string phase_;
  clock::time_point began_{};  // the phase
};

}  // namespace aside_app::load
