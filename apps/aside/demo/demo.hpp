#pragma once

#include "demo/options.hpp"
#include "exit_code.hpp"

namespace aside_app {

/// `aside demo`: ten thousand waiting connections as tasks, then as threads, side by side in the
/// terminal and on a page.
///
/// Three processes at a time: this one serves the page and shows the figures; for each side it
/// starts a fresh server, which is the one that is measured, and a fresh swarm, which loads it. So
/// neither the page nor a reader of it adds to the figures.
exit_code demo(const demo_options& options);

}  // namespace aside_app
