#pragma once

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "ask/callers.hpp"
#include "ask/measurement.hpp"

namespace aside_app::ask {

/// How often waits for a cause were seen at a place.
using seen_places = std::map<std::pair<cause, call_chain>, std::uint64_t>;

/// Built with libdw.
bool can_name_functions() noexcept;

/// The functions near which the program waited, those seen most first. Reads the programs' files,
/// nothing else, and asks nobody. Empty when the files have no symbols.
std::vector<waiting_place> named(const seen_places& places);

}  // namespace aside_app::ask
