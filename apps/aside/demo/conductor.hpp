#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include "demo/figures.hpp"
#include "demo/options.hpp"
#include "demo/screen.hpp"
#include "exit_code.hpp"

namespace aside_app {

class side_run;

/// Runs the demo's acts one after the other: the tasks, the threads, and, when no end was given, the
/// first of them again until Ctrl-C. Shows them on the screen and hands the page its text.
class conductor {
 public:
  using publisher = std::function<void(const std::string& json)>;

  /// `page` is where the page can be seen. `stop` is a descriptor that becomes readable on Ctrl-C.
  conductor(const demo_options& options, std::string page, int stop, publisher publish);

  /// Blocks until the demo is over; says whatever there is to say itself.
  exit_code run();

  /// The comparison is complete: an interruption from now on is the usual end.
  bool complete() const noexcept { return complete_; }

 private:
  void compare();
  void run_side(const std::string& kind, side_view& shown);
  void run_threads();
  void go_on();
  void judge(const std::string& kind, const side_view& side);
  void show();
  void drain(side_run& side, const std::string& kind, const side_view& shown);
  std::size_t sides() const noexcept { return options_.tasks && options_.threads ? 2 : 1; }

  demo_options options_;
  std::string page_;
  int stop_;
  publisher publish_;
  screen screen_;
  demo_view view_;
  std::optional<std::chrono::steady_clock::time_point> load_end_;
  exit_code code_ = exit_code::ok;
  bool complete_ = false;
};

}  // namespace aside_app
