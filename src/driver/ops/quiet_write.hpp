#pragma once
// writev(2) to a pipe that nobody reads any more, without SIGPIPE.

#include <aside/config.hpp>

#include <sys/uio.h>
#include <span>

namespace aside::inline ASIDE_ABI::detail {

/// writev(2); EPIPE comes as an error and leaves no signal behind. One system call from Linux 6.18
/// on, three before.
ssize_t write_quietly(int fd, std::span<const iovec> pieces) noexcept;
/// The way for older kernels.
ssize_t write_with_signal_blocked(int fd, std::span<const iovec> pieces) noexcept;

}  // namespace aside::inline ASIDE_ABI::detail
