#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include "ask/measurement.hpp"
#include "ask/proc_text.hpp"

namespace aside_test {

using namespace aside_app::ask;

/// A run of one second in twenty equal stretches.
inline measurement ran(const stretch& all_of_it) {
  measurement found;
  found.command = "program";
  found.wall = 1;
  found.cores = 2;
  found.idle_cores = 1;
  found.exact = true;
  found.sweeps = 200;
  found.switches = 100;
  found.thread_count = 1;
  found.process_count = 1;
  found.cpu = all_of_it.running;
  for (int i = 0; i < 20; ++i) {
    auto part = all_of_it;
    const auto cut = [](double& value) { value /= 20; };
    part.length = 0.05;
    cut(part.running), cut(part.queued), cut(part.some_ran), cut(part.some_waited);
    cut(part.held_by_queue);
    for (std::size_t at = 0; at < causes; ++at)
      cut(part.waiting[at]), cut(part.held_up[at]);
    found.stretches.add(part);
  }
  return found;
}

inline stretch waits_for(cause why, double at_once, double busy = 0.05) {
  stretch all;
  all.running = all.some_ran = busy;
  all.some_waited = 1 - busy;
  all.waiting[index_of(why)] = at_once * (1 - busy);
  all.held_up[index_of(why)] = 1 - busy;
  return all;
}

inline stretch busy(double cores, double queued = 0) {
  stretch all;
  all.running = cores;
  all.queued = queued;
  all.some_ran = std::min(1.0, cores);
  if (queued > 0) all.held_by_queue = 1 - all.some_ran;
  return all;
}

inline void wait_often(measurement& found, cause why, int times) {
  for (int i = 0; i < times; ++i)
    found.waits.add(why, static_cast<std::uint64_t>(1e9 / times));
}

inline thread_sum thread(pid_t pid, double running, cause why, double waited, std::uint64_t slices) {
  thread_sum made;
  made.pid = pid;
  made.life = 1;
  made.running = running;
  made.slices = slices;
  made.waited[index_of(why)] = waited;
  return made;
}

inline system_call call(long number, std::array<std::uint64_t, 6> arguments) {
  system_call made;
  made.number = number;
  made.arguments = arguments;
  return made;
}

}  // namespace aside_test
