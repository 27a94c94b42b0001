#pragma once

#include <sys/types.h>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "ask/history.hpp"
#include "ask/turns.hpp"
#include "ask/wait_log.hpp"

namespace aside_app::ask {

/// Tasks of the program's processes that are built on aside: means over the time that they had any.
struct task_sum {
  double seconds = 0;  ///< 0: there were none to be seen
  double waiting = 0;
  double ready = 0;
  double running = 0;
  double most = 0;  ///< of all three together
  bool partial = false;
};

/// A function near which threads waited.
struct waiting_place {
  cause why = cause::unknown;
  std::string function;
  std::string source;  ///< the file's name; empty when unknown
  int line = 0;
  double share = 0;  ///< of all waits that were looked into
  bool in_lock = false;  ///< it was called by a library's lock
  bool at_word = false;  ///< it waits until a word of memory changes that the program's threads share
  bool at_channel = false;  ///< it waits for one of Go's channels
  bool for_nobody = false;  ///< Go's: the goroutine that was there waits for none, or did not wait at all
  unsigned goroutines = 0;  ///< that were seen to wait there: three at most are told apart
};

/// How the look at the program ended.
enum class ending : std::uint8_t {
  exited,       ///< by itself, or by a signal that was not ours
  time_was_up,  ///< --for
  interrupted,  ///< Ctrl-C or another signal to us
};

/// Everything that one run has shown, before anybody judges it.
struct measurement {
  std::string command;
  bool attached = false;  ///< --pid: it ran before and goes on after
  ending end = ending::exited;
  int exit_status = 0;     ///< as a shell counts it
  double wall = 0;         ///< seconds
  double cpu = 0;          ///< seconds, of all its processes, those that nobody saw included
  double unseen_cpu = 0;   ///< of these, in processes that came and went between two looks
  double kernel_share = 0;  ///< of `cpu`, in the kernel; of a process that was attached to, its own
  double cores = 1;        ///< that it may use
  double idle_cores = 0;   ///< of the whole machine, on average
  bool throttled = false;  ///< its cgroup used up its quota meanwhile
  double throttled_share = 0;  ///< of the quota's periods in which it ran: those in which it did
  history stretches;
  wait_log waits;
  std::vector<thread_sum> threads;
  std::uint64_t thread_count = 0;
  std::uint64_t process_count = 0;
  std::uint64_t short_process_count = 0;
  double short_process_cpu = 0;
  std::uint64_t switches = 0;
  task_sum tasks;
  std::map<pid_t, std::uint64_t> monitor_waits;  ///< by process of Java's, as it has counted them
  std::map<pid_t, std::uint64_t> monitor_tells;  ///< the same of those that were told to go on
  double served = 0;  ///< connections of event loops that compute meanwhile, on average
  double owing = 0;   ///< answers that goroutines wait for while none of them computes, on average
  double own_pipes = 0;  ///< of the waits for pipes that were looked into: those for parts of the program
  std::vector<pid_t> left_behind;  ///< processes that it began and that go on

  bool exact = false;
  std::string not_exact_because;
  bool blind =
      false;  ///< /proc/PID/syscall is closed to us: causes are guesses of the kernel's names
  std::vector<std::string> peers;     ///< those waited for most, first
  std::vector<waiting_place> places;  ///< those seen most, first
  double own_cpu = 0;
  std::uint64_t sweeps = 0;
  std::uint64_t lost = 0;
};

}  // namespace aside_app::ask
