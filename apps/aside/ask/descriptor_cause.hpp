#pragma once

#include "ask/cause.hpp"
#include "ask/fd_kind.hpp"

namespace aside_app::ask {

/// What a wait for one descriptor is a wait for.
cause cause_of_descriptor(fd_kind kind) noexcept;

/// A wait for several descriptors at once. Few of them are a blocking call with a time limit.
cause cause_of_set(const fd_counts& found, bool is_loop) noexcept;

/// The same of a call that is no loop's, and gives up after a time where it `has_limit`.
cause cause_of_poll(const fd_counts& found, bool has_limit) noexcept;

/// An epoll call that watches nothing which others begin is a way to sleep where it gives up after a
/// time, and else a wait for another thread of the program, which alone can end it. One that watches
/// a single connection is that connection's wait, as a blocking call would be: Go and Node have no
/// other.
cause cause_of_waiting_loop(const fd_counts& found, bool has_limit) noexcept;

}  // namespace aside_app::ask
