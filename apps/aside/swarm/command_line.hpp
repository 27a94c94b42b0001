#pragma once

#include <CLI/CLI.hpp>

#include <sys/types.h>
#include <string>
#include <vector>

#include "exit_code.hpp"
#include "swarm/load/options.hpp"
#include "swarm/options.hpp"

namespace aside_app {

/// `aside swarm tcp` or `aside swarm http` on the command line.
class load_verb {
 public:
  load_verb(CLI::App& swarm, load::protocol protocol);

  bool chosen() const { return verb_.parsed(); }
  exit_code run();

 private:
  void add_connections();
  void add_loop();
  void add_message();

  CLI::App& verb_;
  load::options options_;
  std::vector<std::string> sources_;
  pid_t parent_ = 0;
};

/// `aside swarm` on the command line.
class swarm_verb {
 public:
  explicit swarm_verb(CLI::App& program);

  bool chosen() const { return verb_.parsed(); }
  exit_code run();

 private:
  CLI::App& verb_;
  CLI::Option* talkers_ = nullptr;
  swarm_options options_;
  pid_t parent_ = 0;
  load_verb tcp_;
  load_verb http_;
};

}  // namespace aside_app
