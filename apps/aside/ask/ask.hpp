#pragma once

#include <string>

#include "ask/options.hpp"

namespace aside_app {

/// Runs the program, or looks at the process, and reports on stderr. Returns the program's own exit
/// code (128 + signal when one ended it; of several runs the first that is not 0), 0 for a process
/// that was only looked at, and 3 when the verdict is among `fail_on`. Throws `failure` when there
/// was nothing to look at.
int ask_about(const ask_options& options);

/// The page about one verdict code for a terminal. Throws `failure` (bad_usage) for others.
std::string explanation_of(const std::string& code);

/// What has changed from one result of --json to another, as text. Throws `failure` (bad_usage)
/// when
/// one is no such result.
std::string difference_of(const std::string& before, const std::string& after);

}  // namespace aside_app
