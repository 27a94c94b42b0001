#pragma once

#include "exit_code.hpp"
#include "swarm/load/options.hpp"

namespace aside_app::load {

/// `aside swarm tcp` and `aside swarm http`: opens connections from several processes, loads a server
/// over them, and says how long answers took.
exit_code run(const options& asked);

/// One of the processes that `run` starts.
exit_code run_share(const options& asked);

}  // namespace aside_app::load
