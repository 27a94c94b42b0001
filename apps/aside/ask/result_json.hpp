#pragma once

#include <nlohmann/json_fwd.hpp>
#include <vector>

#include "ask/estimate.hpp"
#include "ask/measurement.hpp"
#include "ask/verdict.hpp"

namespace aside_app::ask {

/// The result for programs; `schema` changes when a field changes its meaning.
nlohmann::json json_of(const verdict& given, const measurement& found,
                       const std::vector<estimate>& estimates, const waiting_cost& cost);

}  // namespace aside_app::ask
