#pragma once
// The driver's side of a program: parameters from the command line, commands on stdin, answers on
// stdout (bench/versus/PROTOCOL.md).

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace versus {

class parameters {
 public:
  /// From "key=value" words; others are an error (exit code 3).
  parameters(int count, char** words);
  [[nodiscard]] std::uint64_t number(std::string_view key) const;
  [[nodiscard]] std::uint64_t number(std::string_view key, std::uint64_t otherwise) const;
  [[nodiscard]] std::string text(std::string_view key, std::string_view otherwise) const;

 private:
  std::map<std::string, std::string, std::less<>> values_;
};

struct command {
  enum class kind : std::uint8_t { run, hold, release, quit } what;
  std::uint64_t count;
};

/// The next line of stdin. Blocks the calling thread.
[[nodiscard]] command next_command();

/// What the iterations of a work came to.
struct answer {
  std::uint64_t ns = 0;
  std::uint64_t iterations = 0;
  std::uint64_t tasks = 0;
  std::uint64_t sum = 0;
  std::uint64_t runtime_tasks = 0;  // the runtime's own count of tasks spawned meanwhile
  std::uint64_t stalls = 0;         // of tasks in the background
};
void say(const answer& a);
void say(std::string_view line);

class stopwatch {
 public:
  [[nodiscard]] std::uint64_t ns() const {
    return static_cast<std::uint64_t>((std::chrono::steady_clock::now() - began_).count());
  }

 private:
  std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
};

}  // namespace versus
