#pragma once
// write(2) to a pipe that nobody reads any more, without SIGPIPE.

#include <aside/config.hpp>

#include <sys/types.h>
#include <cstddef>

namespace aside::inline ASIDE_ABI::detail {

/// write(2); EPIPE comes as an error and leaves no signal behind. One system call from Linux 6.18
/// on, three before.
ssize_t write_quietly(int fd, const void* from, std::size_t size) noexcept;
/// The way for older kernels.
ssize_t write_with_signal_blocked(int fd, const void* from, std::size_t size) noexcept;

}  // namespace aside::inline ASIDE_ABI::detail
