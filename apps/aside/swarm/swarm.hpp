#pragma once

#include "exit_code.hpp"
#include "swarm/options.hpp"

namespace aside_app {

/// `aside swarm`: opens many connections to a server that speaks the demo's three requests, loads it
/// open loop, and says what arrived and how late.
exit_code swarm(const swarm_options& options);

}  // namespace aside_app
