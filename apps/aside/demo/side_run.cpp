#include "demo/side_run.hpp"

#include <poll.h>
#include <unistd.h>
#include <algorithm>
#include <csignal>
#include <cstring>
#include <utility>

#include "exit_code.hpp"
#include "measure/memory.hpp"
#include "text/number.hpp"

namespace aside_app {

using namespace std::chrono_literals;

namespace {

constexpr auto look_every = 250ms;
constexpr auto quiet_time = 300ms;
constexpr std::size_t most_samples = 400;

double growth(std::uint64_t before, std::uint64_t now) {
  return now > before ? static_cast<double>(now - before) : 0;
}

}  // namespace

side_run::side_run(const demo_options& options, std::string kind, int stop, side_view& shown,
                   std::function<void()> show)
    : options_{options},
      kind_{std::move(kind)},
      stop_{stop},
      shown_{shown},
      show_{std::move(show)} {}

side_run::~side_run() = default;

void side_run::start() {
  const auto parent = std::to_string(getpid());
  const auto connections = std::to_string(options_.connections);
  server_ = std::make_unique<child_process>(
      "the server of " + kind_,
      std::vector<std::string>{"demo", "--serve", kind_, "--parent", parent, "--connections",
                               connections, "--engine", options_.engine, "--workers",
                               std::to_string(options_.workers)});
  expect([&] { return server_says_.port != 0; }, 20s, "to listen");

  swarm_ = std::make_unique<child_process>(
      "the swarm",
      std::vector<std::string>{"swarm", "--controlled", "--parent", parent, "--target",
                               "127.0.0.1:" + std::to_string(server_says_.port), "--connections",
                               connections, "--talkers", std::to_string(options_.talkers()),
                               "--rate", std::to_string(demo_rate)});
  expect([&] { return swarm_says_.phase == "ready"; }, 20s, "to begin");

  observe();
  wait_for_quiet_kernel();
  user_before_ = server_memory();
  kernel_before_ = kernel_bytes();
  began_ = clock::now();
  shown_.samples.push_back({});
}

void side_run::open() {
  shown_.state = "opening";
  swarm_->tell("go");
  auto most = std::size_t{0};
  auto moved = clock::now();
  while (swarm_says_.phase != "open") {
    poll_once(look_every);
    const auto now = swarm_says_.subscribers + swarm_says_.talkers + swarm_says_.refused;
    if (now > most) {
      most = now;
      moved = clock::now();
    } else if (most == 0 && clock::now() - moved > 10s) {
      throw failure{exit_code::environment, server_->name() +
                                                " has accepted no connection within 10 s; is "
                                                "accept4 or connect forbidden here?"};
    } else if (clock::now() - moved > 30s) {
      throw failure{exit_code::failed,
                    "the swarm has opened " + grouped(std::uint64_t{most}) + " of " +
                        grouped(std::uint64_t{options_.connections}) +
                        " connections, and then none for 30 s; try fewer: --connections " +
                        std::to_string(std::max<std::size_t>(most / 2, 2))};
    }
  }
  auto& now = shown_.so_far;
  now.connections = swarm_says_.subscribers + swarm_says_.talkers;
  now.subscribers = swarm_says_.subscribers;
  now.seconds_to_open = swarm_says_.seconds_to_open;
  if (swarm_says_.subscribers == 0 || swarm_says_.talkers == 0) {
    wait_until([&] { return !server_says_.note.empty(); }, clock::now() + 2s);
    observe();
    throw failure{exit_code::environment,
                  "nobody could connect to " + server_->name() + ": " +
                      (server_says_.note.empty() ? swarm_says_.refusal : server_says_.note)};
  }
  shown_.state = "open";
  wait_until([] { return false; }, clock::now() + quiet_time);
  measure_memory(now.user_bytes_per_connection_before_load);
  now.user_bytes_per_connection = now.user_bytes_per_connection_before_load;
}

void side_run::load(std::optional<clock::time_point> end) {
  shown_.state = "load";
  load_began_ = mark{read_processor_ticks(), server_says_};
  swarm_->tell("go");
  wait_until([] { return false; }, end);
  observe();
  load_began_.reset();
  swarm_->tell("go");
  expect([&] { return swarm_says_.phase == "loaded"; }, 20s, "to receive the last messages");
  shown_.so_far.messages_per_second = swarm_says_.messages_per_second;
}

void side_run::deliver() {
  shown_.state = "delivering";
  swarm_->tell("go");
  expect([&] { return swarm_says_.phase == "delivered"; }, 30s, "to receive the event for all");
  auto& now = shown_.so_far;
  now.delivered = swarm_says_.delivered;
  measure_memory(now.user_bytes_per_connection);
  observe();
}

void side_run::close() {
  shown_.state = "closing";
  closing_ = true;
  if (swarm_) {
    swarm_->tell("close");
    end(swarm_);
    if (swarm_says_.phase != "closed") fail_ended(*swarm_);
    observe();
    swarm_.reset();
  }
  if (server_) {
    server_->signal(SIGTERM);
    end(server_);
    server_.reset();
  }
  shown_.state = "done";
  show_();
}

void side_run::end(std::unique_ptr<child_process>& child) {
  const auto until = clock::now() + 20s;
  while (!child->over() && clock::now() < until)
    poll_once(100ms);
  if (!child->over())
    throw failure{exit_code::child_ended,
                  child->name() + " did not end within 20 s and was killed"};
  child->wait();
}

template <class Done>
void side_run::wait_until(Done done, std::optional<clock::time_point> until) {
  while (!done() && (!until || clock::now() < *until)) {
    auto at_most = std::chrono::milliseconds{look_every};
    if (until)
      at_most = std::min(at_most, std::chrono::ceil<std::chrono::milliseconds>(
                                      std::max(*until - clock::now(), clock::duration{0})));
    poll_once(at_most);
  }
}

template <class Done>
void side_run::expect(Done done, std::chrono::seconds patience, const std::string& doing) {
  wait_until(done, clock::now() + patience);
  if (done()) return;
  const auto& who = swarm_ ? swarm_->name() : server_->name();
  throw failure{exit_code::child_ended, who + " took more than " +
                                            std::to_string(patience.count()) + " s " + doing +
                                            "; the machine may be too busy: try --connections " +
                                            std::to_string(options_.connections / 2)};
}

void side_run::poll_once(std::chrono::milliseconds at_most) {
  const auto output = [](const auto& child) {
    return child && !child->over() ? child->output() : -1;
  };
  pollfd watched[] = {{closing_ ? -1 : stop_, POLLIN, 0},
                      {output(server_), POLLIN, 0},
                      {output(swarm_), POLLIN, 0}};
  poll(watched, 3, static_cast<int>(at_most.count()));
  if (watched[0].revents != 0) throw interrupted{};
  for (auto* child : {server_.get(), swarm_.get()}) {
    if (child == nullptr || child->over()) continue;
    child->pump();
    take_lines();
    if (child->over() && !closing_) fail_ended(*child);
  }
  if (clock::now() >= next_look_) {
    next_look_ = clock::now() + look_every;
    observe();
    show_();
  }
}

void side_run::take_lines() {
  if (server_)
    while (const auto line = server_->line())
      if (auto report = server_report_from(*line); report && server_says_.error.empty())
        server_says_ = std::move(*report);
  if (swarm_)
    while (const auto line = swarm_->line())
      if (auto report = swarm_report_from(*line)) swarm_says_ = std::move(*report);
}

void side_run::observe() {
  if (!server_) return;
  auto& now = shown_.so_far;
  now.engine = server_says_.engine;
  now.engine_reason = server_says_.engine_reason;
  now.worker_threads = std::max(now.worker_threads, server_says_.workers);
  now.os_threads = std::max(now.os_threads, thread_count(server_->pid()));
  now.note = server_says_.note.empty() ? swarm_says_.refusal : server_says_.note;
  now.wake_us = server_says_.wake_us;
  now.latency_us = swarm_says_.latency_us;
  now.messages_sent = swarm_says_.sent;
  now.messages_received = swarm_says_.received;
  now.connections = swarm_says_.subscribers + swarm_says_.talkers;
  now.subscribers = swarm_says_.subscribers;
  now.connections_lost = swarm_says_.lost;

  if (load_began_) {
    const auto& first = load_began_->server;
    const double passed = std::max(server_says_.at - first.at, 0.001);
    const auto messages = static_cast<double>(server_says_.wakes - first.wakes);
    const double processor = server_says_.processor_seconds - first.processor_seconds;
    now.messages_per_second = swarm_says_.messages_per_second;
    now.idle_share = idle_share(load_began_->ticks, read_processor_ticks());
    now.context_switches_per_second =
        static_cast<double>(server_says_.context_switches - first.context_switches) / passed;
    if (messages > 0) now.processor_us_per_message = processor * 1e6 / messages;
  }

  if (user_before_ == 0 || closing_) return;
  const double grown = growth(user_before_, private_bytes_roughly(server_->pid())) +
                       growth(kernel_before_, kernel_bytes());
  auto& samples = shown_.samples;
  if (samples.size() == most_samples) samples.erase(samples.begin());
  samples.push_back({seconds(), now.connections, grown / 1e6, now.wake_us.p99});
}

std::uint64_t side_run::server_memory() {
  try {
    return private_bytes(server_->pid());
  } catch (const failure&) {
    // A process that is ending has no memory to be read: then the wait throws what ended it.
    wait_until([] { return false; }, clock::now() + 1s);
    throw;
  }
}

void side_run::measure_memory(double& user) {
  auto& now = shown_.so_far;
  const auto count = static_cast<double>(std::max<std::size_t>(now.connections, 1));
  user = growth(user_before_, server_memory()) / count;
  now.kernel_bytes_per_connection = growth(kernel_before_, kernel_bytes()) / count;
}

void side_run::fail_ended(child_process& child) {
  const bool is_server = &child == server_.get();
  const auto& said = is_server ? server_says_.error : swarm_says_.error;
  const int meant = is_server ? server_says_.code : swarm_says_.code;
  const int result = child.wait();
  if (!said.empty()) throw failure{static_cast<exit_code>(meant), said};
  auto line = child.name() + " ended before its time, ";
  if (result > 128) {
    line +=
        "killed by signal " + std::to_string(result - 128) + " (" + strsignal(result - 128) + ")";
    if (result == 128 + SIGKILL)
      line += "; if it was the kernel for want of memory, allow more or try fewer --connections";
  } else {
    line += "with exit code " + std::to_string(result);
  }
  throw failure{exit_code::child_ended, line};
}

double side_run::seconds() const {
  return std::chrono::duration<double>(clock::now() - began_).count();
}

}  // namespace aside_app
