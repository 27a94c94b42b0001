#pragma once

// What the programs `tasks` and `when_not` written in C++ share: arguments and the command loop.

#include <unistd.h>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <iostream>
#include <optional>
#include <string>

namespace versus {

class arguments {
 public:
  arguments(int count, char** values) : count_(count), values_(values) {
    std::signal(SIGTERM, [](int) { _exit(0); });
  }

  std::string work() const { return count_ > 1 ? values_[1] : ""; }
  unsigned workers() const { return static_cast<unsigned>(number("workers")); }
  bool blocked() const { return text("shape") == "blocked"; }

  // The value of key=value, which must be there.
  std::string text(const std::string& key) const {
    for (int i = 2; i < count_; ++i)
      if (std::strncmp(values_[i], (key + "=").c_str(), key.size() + 1) == 0)
        return values_[i] + key.size() + 1;
    if (key == "shape") return "natural";
    std::fprintf(stderr, "%s: the parameter %s= is missing\n", work().c_str(), key.c_str());
    std::exit(2);
  }

  std::uint64_t number(const std::string& key) const { return std::stoull(text(key)); }

 private:
  int count_;
  char** values_;
};

[[noreturn]] inline void refuse(const arguments& a, const char* why = "unknown work") {
  std::fprintf(stderr, "%s: %s\n", a.work().c_str(), why);
  std::exit(3);
}

struct outcome {
  std::chrono::nanoseconds time{};
  std::uint64_t tasks = 0;
  std::uint64_t sum = 0;
  std::optional<std::uint64_t> stalls;  // of tasks in the background
};

// One work, ready to run.
struct work {
  std::function<outcome(std::uint64_t iterations)> run;
  std::function<void(std::uint64_t tasks)> hold;
  std::function<void()> release;

  explicit operator bool() const { return run || hold; }
};

// Calls `once(outcome&)` so many times and takes the time of all.
template <class Once>
outcome timed(std::uint64_t iterations, Once&& once) {
  outcome result;
  auto start = std::chrono::steady_clock::now();
  for (std::uint64_t i = 0; i < iterations; ++i)
    once(result);
  result.time = std::chrono::steady_clock::now() - start;
  return result;
}

// Takes commands until there are no more; does not return.
[[noreturn]] inline void obey(const work& w) {
  std::cout << "ready" << std::endl;
  std::string line;
  while (std::getline(std::cin, line) && line != "quit") {
    std::uint64_t count = 0;
    if (w.run && std::sscanf(line.c_str(), "run %lu", &count) == 1) {
      outcome o = w.run(count);
      std::string more = o.stalls ? ", \"stalls\": " + std::to_string(*o.stalls) : "";
      std::cout << "{\"ns\": " << o.time.count() << ", \"iterations\": " << count
                << ", \"tasks\": " << o.tasks << ", \"sum\": " << o.sum
                << more << "}" << std::endl;
    } else if (w.hold && std::sscanf(line.c_str(), "hold %lu", &count) == 1) {
      w.hold(count);
      std::cout << "held " << count << std::endl;
    } else if (w.release && line == "release") {
      w.release();
      std::cout << "released" << std::endl;
    } else {
      std::cerr << "not a command for this work: " << line << std::endl;
    }
  }
  _exit(0);
}

}  // namespace versus
