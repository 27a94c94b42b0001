#pragma once

#include <string>
#include <vector>

#include "ask/estimate.hpp"
#include "ask/measurement.hpp"
#include "ask/verdict.hpp"

namespace aside_app::ask {

/// One HTML file that needs nothing else: the sentence, the timeline, where the time went, the
/// threads, and how long the waits were. Prints well and reads without colour.
std::string page_of(const verdict& given, const measurement& found,
                    const std::vector<estimate>& estimates);

/// Text made safe between tags and in quoted attributes.
std::string escaped(std::string_view text);

}  // namespace aside_app::ask
