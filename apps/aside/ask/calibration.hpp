#pragma once

#include "ask/estimate.hpp"

namespace aside_app::ask {

/// Runs some thousand waiting tasks of this library and some waiting threads in this process, and
/// returns what each holds here. Takes some milliseconds. What can't be measured keeps its usual
/// value: the kernel's part of a thread always does, since other programs share the kernel.
waiting_cost measured_cost() noexcept;

}  // namespace aside_app::ask
