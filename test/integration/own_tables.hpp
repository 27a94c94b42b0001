#pragma once
// Runtimes whose cores have tables of descriptors of their own.

#include "unit/net/loopback.hpp"

#include <sys/stat.h>

namespace aside_test {

inline aside::options own_tables(unsigned workers) {
  return quiet(workers).descriptors_per_core(true);
}

/// In the calling thread's table.
inline bool is_open(int fd) {
  struct stat s{};
  return ::fstat(fd, &s) == 0;
}

}  // namespace aside_test
