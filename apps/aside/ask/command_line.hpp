#pragma once

#include <CLI/CLI.hpp>

#include <chrono>
#include <string>
#include <vector>

#include "ask/options.hpp"

namespace aside_app {

/// Cuts the program and its arguments off the words after `aside`: all after `--`, or from the
/// first
/// word on that is no option of `ask` and not `diff`. Other verbs' words stay as they are.
std::vector<std::string> cut_program(std::vector<std::string>& words);

/// `aside ask` on the command line.
class ask_verb {
 public:
  explicit ask_verb(CLI::App& program);

  /// Before parsing: the program's own options must not be taken for ours.
  void take_program(std::vector<std::string>& words) { options_.program = cut_program(words); }
  bool chosen() const { return verb_.parsed(); }
  int run();

 private:
  CLI::App& verb_;
  CLI::App* diff_ = nullptr;
  ask_options options_;
  std::chrono::milliseconds time_{0};
  std::string explain_;
  std::string before_;
  std::string after_;
};

}  // namespace aside_app
