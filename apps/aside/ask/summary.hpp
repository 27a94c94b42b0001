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

/// Pipes whose other ends are the program's, too, are one way to hand something on; at others somebody else is,
/// for whom it waits as for a peer.
void take_pipes(measurement& found);

/// Marks Go's threads where nearly all that wait for each other are goroutines that want the same of a channel:
/// whoever has it excludes the others, and none of them gives it work.
void take_channel_locks(measurement& found);

/// Marks Go's threads where no goroutine of the program was seen to wait for another: what goes on in another
/// thread is the same goroutine.
void take_moving_goroutines(measurement& found);

/// Waits of a loop that others end long before their limit are none for the clock.
void take_early_ends(measurement& found);

/// A Java virtual machine has counted how often its threads waited for a monitor: as large a part of
/// their waits for a word is taken to have been for a lock.
void take_monitors(measurement& found);

/// It has counted, too, how many that waited were told to go on: where those are as many, what they wait for
/// otherwise is no lock. They may all be told, and only one goes on.
void take_notifications(measurement& found);

}  // namespace aside_app::ask
