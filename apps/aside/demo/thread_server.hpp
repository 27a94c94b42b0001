#pragma once

#include "demo/options.hpp"
#include "exit_code.hpp"

namespace aside_app {

/// The server process of the threads' side: the same requests, the same parser and the same hub, but
/// blocking calls and one OS thread a connection with the default stack. When the system refuses
/// another thread it answers 503, says how many it got and why, and goes on with those. Ends when it
/// is killed.
exit_code serve_as_threads(const demo_options& options);

}  // namespace aside_app
