#pragma once

#include <vector>

#include "ask/rules.hpp"

namespace aside_app::ask {

/// Several threads do the work, one at a time: turns, or a lock that they want.
void add_turn_rules(std::vector<rule>& rules, const evidence& is);

/// One thread at a time waits for something outside, and others for that thread.
void add_waiting_turn_rules(std::vector<rule>& rules, const evidence& is);

}  // namespace aside_app::ask
