#pragma once

#include "ask/measurement.hpp"
#include "ask/options.hpp"

namespace aside_app::ask {

/// Runs the program, or looks at the process, once. Blocks until it ends, the time is up or Ctrl-C.
///
/// The program has the terminal, its signals and its exit code to itself: what the terminal sends
/// to
/// both is only its own business, and what is sent to this process alone is passed on to it.
/// Throws `failure` when there is nothing to look at.
measurement watch(const ask_options& options);

}  // namespace aside_app::ask
