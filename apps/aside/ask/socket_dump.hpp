#pragma once

#include <vector>

#include "ask/proc_text.hpp"

namespace aside_app::ask {

/// The TCP sockets of this network namespace that a process has open, asked of the kernel directly:
/// unlike /proc/net/tcp it need not print those that only linger, often ten thousands. False when
/// the kernel or a container refuses.
bool dump_tcp_sockets(std::vector<tcp_row>& into);

}  // namespace aside_app::ask
