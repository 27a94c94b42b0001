#pragma once
// What the files with cases share.

#include <aside/aside.hpp>
#include <aside/dump.hpp>
#include <aside/io/buffered_reader.hpp>
#include <aside/io/memory_stream.hpp>
#include <aside/thread_bound.hpp>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

using aside::nursery;
using aside::task;
using namespace std::chrono_literals;

struct misuse {
  std::string_view name;
  void (*commit)();
};

inline int run_it(task<> (*app)()) { return aside::run(aside::options().workers(1), app); }

inline task<int> number(int n) { co_return n; }
inline task<> nothing() { co_return; }
inline task<> fails(std::string why) {
  co_await aside::yield();
  throw std::runtime_error(why);
}

/// Those of handover_cases.cpp.
extern const std::span<const misuse> handover_cases;
