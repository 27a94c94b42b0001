#pragma once
// Code that ends its process, or changes what belongs to all of it, in a process of its own.

#include <gtest/gtest.h>

#include <sys/wait.h>
#include <unistd.h>

namespace aside_test {

/// What fn returns, or the signal that ended it, negative.
template <class F>
int outcome_in_child(F fn) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(fn());
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

}  // namespace aside_test
