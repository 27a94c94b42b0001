#pragma once

#include <vector>

#include "ask/turns.hpp"

namespace aside_app::ask {

/// Threads beside the busiest that are woken again and again for nothing. Whoever has what they want
/// lets go of it and takes it again at once, as locks allow that are given to whoever comes first: so
/// one thread does all the work, and looks as if the others had none. They are told from helpers by what
/// they do when they are woken: nothing, mostly, and now and then, while the busiest waits, all of its
/// work; or always nothing, and at the one word of a semaphore.
double outrun_in(const std::vector<thread_sum>& threads, double wall);

}  // namespace aside_app::ask
