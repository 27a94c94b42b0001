#include "usage.hpp"

#include "system/address.hpp"
#include "system/child_process.hpp"
#include "system/duration.hpp"

namespace aside_app {

const char* const exit_codes = R"(Exit codes:
  0    done; after Ctrl-C, when the demo's comparison was complete
  1    a connection, a message or an event was lost, late or wrong
  2    unknown option, or a value out of range
  3    the port is taken
  4    the system does not give enough files, threads, processes, ports or memory
  5    the server or the swarm ended before its time
  6    nothing answers at --target
  7    stdout can't be written: the output is lost
  `ask` has the exit codes of the program it runs, see aside ask --help
  130  stopped by Ctrl-C (143 by SIGTERM) before it was done; a second Ctrl-C ends at once)";

namespace {

/// The most that a runtime drives.
constexpr unsigned most_workers = 64;

}  // namespace

CLI::Validator duration_into(std::chrono::milliseconds& into) {
  return {[&into](const std::string& text) {
            const auto parsed = duration_from(text);
            if (!parsed) return no_duration(text);
            into = *parsed;
            return std::string{};
          },
          "", ""};
}

CLI::Validator numeric_address() {
  return {[](const std::string& text) {
            if (is_address(text)) return std::string{};
            return "'" + text + "' is no numeric ADDRESS:PORT such as 127.0.0.1:8080";
          },
          "", ""};
}

void add_engine(CLI::App& verb, std::string& engine, unsigned& workers) {
  verb.add_option("--engine", engine, "how sockets are waited for: auto, epoll or uring")
      ->check(CLI::IsMember({"auto", "epoll", "uring"}))
      ->capture_default_str();
  verb.add_option("--workers", workers, "threads of the runtime; 0: one for each core it may use")
      ->check(CLI::Range(0u, most_workers))
      ->capture_default_str();
}

void add_parent(CLI::App& verb, pid_t& parent) {
  verb.add_option("--parent", parent)->group("");
}

void enter_as_child(pid_t parent) {
  if (parent != 0) end_with_parent(parent);
}

}  // namespace aside_app
