#pragma once

#include <cstddef>

namespace aside_app {

/// Raises this process's soft limit of open files to the hard one and returns it.
std::size_t raise_descriptor_limit() noexcept;

/// Throws `failure` (environment) with what to do when `connections` need more descriptors than
/// this process may open. `verb` begins the line.
void need_descriptors(const char* verb, std::size_t connections);

}  // namespace aside_app
