#include "swarm/command_line.hpp"

#include <algorithm>

#include "swarm/load/run.hpp"
#include "swarm/load/sources.hpp"
#include "swarm/swarm.hpp"
#include "system/standard_files.hpp"
#include "text/number.hpp"
#include "usage.hpp"

namespace aside_app {
namespace {

constexpr auto swarm_examples = R"(Examples:
  aside swarm tcp --target 127.0.0.1:7000          closed loop against an echo server
  aside swarm http --target 127.0.0.1:8080 --path /plaintext --rate 5000
  aside swarm --connections 5000 --for 10s         against the server of a running `aside demo`
  aside swarm --target 127.0.0.1:9000 --json

Without `tcp` or `http` it is server-sent events: the target answers GET /events/ID with events for
subscriber ID, POST /to/ID and POST /all with 202, and GET /ready with 204.

)";

constexpr auto tcp_examples = R"(Every message is a piece of random bytes; the server has to send the same bytes back.

A closed loop (without --rate) sends the next message when the answer to the last one is there: a
server that stops for a second is asked nothing meanwhile, and looks fast. An open loop (--rate) sends
when it is time, or as soon after that as it can, and counts from when it was time.

Examples:
  aside swarm tcp --connections 1000
  aside swarm tcp --connections 100 --rate 10000 --idle 10000      100 busy ones among 10,000 idle
  aside swarm tcp --connections 38000 --processes 2 --think 1s     more than a process may open
  aside swarm tcp --target 10.0.0.5:7000 --source 10.0.0.7-10.0.0.9 --connections 60000 --processes 4
  aside swarm tcp --size 4096 --in-flight 4 --for 30s --json

)";

constexpr auto http_examples = R"(Every connection asks for the same path and is kept alive; one that the server says it closes is
opened anew.

Examples:
  aside swarm http --path /plaintext --connections 64 --in-flight 16     pipelined
  aside swarm http --path /health --rate 1000 --for 1m --json

)";

constexpr std::size_t most_connections = 1'000'000;
constexpr std::size_t most_bytes_under_way = std::size_t{64} << 20;

}  // namespace

load_verb::load_verb(CLI::App& swarm, load::protocol protocol)
    : verb_{protocol == load::protocol::tcp
                ? *swarm.add_subcommand("tcp", "sends messages and checks that they come back")
                : *swarm.add_subcommand("http", "asks for a path and checks the status")} {
  const bool tcp = protocol == load::protocol::tcp;
  options_.protocol = protocol;
  options_.target = tcp ? "127.0.0.1:7000" : "127.0.0.1:8080";
  verb_.footer(std::string{tcp ? tcp_examples : http_examples} + exit_codes);
  add_connections();
  add_loop();
  add_message();
  add_engine(verb_, options_.engine, options_.workers);
  verb_.add_flag("--json", options_.json, "one line of JSON on stdout, the rest on stderr");
  verb_.add_option("--share", options_.share)->group("");
  verb_.add_flag("--controlled", options_.controlled)->group("");
  add_parent(verb_, parent_);
}

void load_verb::add_connections() {
  verb_.add_option("--target", options_.target, "the server: a numeric ADDRESS:PORT")
      ->type_name("ADDRESS:PORT")
      ->check(numeric_address())
      ->capture_default_str();
  verb_.add_option("--connections", options_.connections, "connections that carry messages")
      ->check(CLI::Range(std::size_t{1}, most_connections))
      ->capture_default_str();
  verb_.add_option("--idle", options_.idle, "further ones that have one answer and then say nothing")
      ->check(CLI::Range(std::size_t{0}, most_connections))
      ->capture_default_str();
  verb_.add_option("--processes", options_.processes, "processes that open them, each as many")
      ->check(CLI::Range(1, 64))
      ->capture_default_str();
  verb_.add_option("--source", sources_,
                   "addresses to connect from, in turn: ADDRESS or FIRST-LAST, again for more; on "
                   "127.x.x.x the next one for each 12,000 connections")
      ->type_name("ADDRESS")
      ->check(CLI::Validator{[this](const std::string& text) {
                               return load::add_sources(text, options_.sources);
                             },
                             "", ""});
  verb_.add_option("--ramp", options_.ramp, "open so many connections a second, not all at once")
      ->check(CLI::Range(0.1, 1'000'000.0));
}

void load_verb::add_loop() {
  auto* rate = verb_.add_option("--rate", options_.rate,
                                "open loop: so many messages a second in all, when it is time")
                   ->check(CLI::Range(0.01, 10'000'000.0));
  verb_.add_option("--in-flight", options_.in_flight,
                   "closed loop: messages that each connection sends at once")
      ->check(CLI::Range(1, 1'024))
      ->capture_default_str()
      ->excludes(rate);
  verb_.add_option("--think", "closed loop: pause of each connection between answer and question")
      ->type_name("TIME")
      ->check(duration_into(options_.think))
      ->excludes(rate);
  verb_.add_option("--warm-up", "load before it is measured (default 1s)")
      ->type_name("TIME")
      ->check(duration_into(options_.warm_up));
  verb_.add_option("--for", "how long to measure (20s, 2m; default 10s)")
      ->type_name("TIME")
      ->check(duration_into(options_.duration));
  verb_.add_option("--timeout", "how long a connection may wait for an answer (default 10s)")
      ->type_name("TIME")
      ->check(duration_into(options_.patience));
}

void load_verb::add_message() {
  if (options_.protocol == load::protocol::tcp) {
    verb_.add_option("--size", options_.size, "bytes of a message")
        ->check(CLI::Range(std::size_t{1}, std::size_t{16} << 20))
        ->capture_default_str();
    return;
  }
  verb_.add_option("--path", options_.path, "what to ask for")
      ->check(CLI::Validator{[](const std::string& text) {
                               const bool good = text.starts_with('/') &&
                                                 text.find_first_of(" \t\r\n") == text.npos;
                               return good ? std::string{}
                                           : "'" + text + "' is no path such as /plaintext";
                             },
                             "", ""})
      ->capture_default_str();
  verb_.add_option("--status", options_.status, "the status that is right")
      ->check(CLI::Range(200, 599))
      ->capture_default_str();
}

exit_code load_verb::run() {
  enter_as_child(parent_);
  if (options_.protocol == load::protocol::tcp &&
      options_.size * options_.in_flight > most_bytes_under_way)
    throw failure{exit_code::bad_usage,
                  "aside swarm: --size times --in-flight is more than 64 MiB on each connection: give "
                  "less"};
  const bool to_ipv6 = options_.target.starts_with('[');
  for (const auto& each : options_.sources) {
    if (each.contains(':') == to_ipv6) continue;
    throw failure{exit_code::bad_usage, "aside swarm: --source " + each + " is IPv" +
                                            (to_ipv6 ? "4 and --target " : "6 and --target ") +
                                            options_.target + " is IPv" + (to_ipv6 ? "6" : "4") +
                                            ": give addresses of one family"};
  }
  if (options_.processes > options_.connections)
    throw failure{exit_code::bad_usage, "aside swarm: --processes " +
                                            std::to_string(options_.processes) +
                                            " are more than there are --connections: give fewer"};
  if (options_.controlled) return load::run_share(options_);
  if (options_.json) need_output("aside swarm");
  return load::run(options_);
}

swarm_verb::swarm_verb(CLI::App& program)
    : verb_{*program.add_subcommand("swarm", "opens and loads very many connections")},
      tcp_{verb_, load::protocol::tcp},
      http_{verb_, load::protocol::http} {
  verb_.footer(std::string{swarm_examples} + exit_codes);
  verb_.require_subcommand(0, 1);
  verb_.add_option("--target", options_.target, "the server: a numeric ADDRESS:PORT")
      ->type_name("ADDRESS:PORT")
      ->check(numeric_address())
      ->capture_default_str();
  verb_.add_option("--connections", options_.connections, "connections in all, talkers included")
      ->check(CLI::Range(2, 250'000))
      ->capture_default_str();
  talkers_ = verb_
                 .add_option("--talkers", options_.talkers,
                             "of these, how many post; the others wait (fewer of a few)")
                 ->check(CLI::Range(1, 10'000))
                 ->capture_default_str();
  verb_.add_option("--rate", options_.rate, "posts a second and talker")
      ->check(CLI::Range(0.01, 10'000.0))
      ->capture_default_str();
  verb_.add_option("--for", "how long to talk (20s, 2m; default 10s)")
      ->type_name("TIME")
      ->check(duration_into(options_.duration));
  add_engine(verb_, options_.engine, options_.workers);
  verb_.add_flag("--json", options_.json, "one line of JSON on stdout, the rest on stderr");
  verb_.add_flag("--controlled", options_.controlled)->group("");
  add_parent(verb_, parent_);
}

exit_code swarm_verb::run() {
  if (tcp_.chosen()) return tcp_.run();
  if (http_.chosen()) return http_.run();
  enter_as_child(parent_);
  if (options_.json) need_output("aside swarm");
  if (talkers_->count() == 0)
    options_.talkers = std::min(options_.talkers, options_.connections / 2);
  if (options_.talkers >= options_.connections)
    throw failure{exit_code::bad_usage,
                  "aside swarm: --talkers " + std::to_string(options_.talkers) +
                      " leaves nobody to wait: give fewer than --connections " +
                      std::to_string(options_.connections)};
  return swarm(options_);
}

}  // namespace aside_app
