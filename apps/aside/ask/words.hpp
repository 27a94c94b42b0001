#pragma once

#include <string>
#include <string_view>

#include "ask/evidence.hpp"
#include "ask/verdict.hpp"

namespace aside_app::ask {

/// "waiting: 50 network waits at once, the processors 94 % idle."
std::string finding_in_words(const verdict& given, const measurement& found);

/// One piece of advice: "Use tasks."
std::string advice_in_words(const verdict& given, const measurement& found);

/// "sure", "likely", or "close call: disk / mixed".
std::string confidence_in_words(const verdict& given);

/// "exact", or "sampled: why".
std::string mode_in_words(const measurement& found);

/// "ask itself used 1.0% of a core"; of runs under a second in time.
std::string own_cost_in_words(const measurement& found);

/// "Inside, on average: 412 tasks wait, 0.2 are ready, 1 run."
std::string tasks_in_words(const task_sum& tasks);

/// What a cause is called in a sentence: "the network".
std::string_view plain_name(cause why) noexcept;

/// "2.06 s", "20.3 ms", "85 µs".
std::string seconds_text(double seconds);
/// "94%"; "-" when it rounds to nothing.
std::string percent_text(double share);

}  // namespace aside_app::ask
