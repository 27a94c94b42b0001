#pragma once

#include "ask/measurement.hpp"
#include "ask/observer.hpp"
#include "ask/processor_time.hpp"

namespace aside_app::ask {

/// Writes down what a finished observer has seen. `used` is what the kernel says of the same time.
void sum_up(const observer& seen, const processor_time& used, measurement& found);

/// Rust's, Go's and others' locks look like any other thread's word; what they wait in has a name. So
/// much of what was waited for a word is taken to have been for a lock as was seen in functions of
/// locks. Threads that are parked are left out: nobody looked into them again.
void take_locks_by_name(measurement& found);

/// A virtual machine waits in its own way for what is a word of its program's: who was seen in that, mostly,
/// waits at one word.
void take_words_by_name(measurement& found);

/// Waits of a loop that others end long before their limit are none for the clock.
void take_early_ends(measurement& found);

/// A Java virtual machine has counted how often its threads waited for a monitor: as large a part of
/// their waits for a word is taken to have been for a lock.
void take_monitors(measurement& found);

}  // namespace aside_app::ask
