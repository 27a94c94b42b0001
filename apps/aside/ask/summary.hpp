#pragma once

#include "ask/measurement.hpp"
#include "ask/observer.hpp"
#include "ask/processor_time.hpp"

namespace aside_app::ask {

/// Writes down what a finished observer has seen. `used` is what the kernel says of the same time.
void sum_up(const observer& seen, const processor_time& used, measurement& found);

}  // namespace aside_app::ask
