#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "ask/callers.hpp"
#include "ask/measurement.hpp"

namespace aside_app::ask {

/// How often a wait was seen at a place, and whose.
struct place_looks {
  std::uint64_t count = 0;
  std::array<std::uint64_t, 3> goroutines{};  ///< the first ones; 0 where there are fewer

  void add(std::uint64_t goroutine) noexcept;
};

/// Waits for a cause, by place.
using seen_places = std::map<std::pair<cause, call_chain>, place_looks>;

/// Built with libdw.
bool can_name_functions() noexcept;

/// The functions near which the program waited, those seen most first. Reads the programs' files,
/// nothing else, and asks nobody. Empty when the files have no symbols.
std::vector<waiting_place> named(const seen_places& places);

}  // namespace aside_app::ask
