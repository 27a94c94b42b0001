#include <random>

#include "swarm/event_reader.hpp"
#include "swarm/state.hpp"

namespace aside_app {
namespace {

using clock = std::chrono::steady_clock;

/// Sends one request and reads an answer without a body. Gives its status, 0 when there was none.
aside::task<int> ask(aside::tcp_stream& server, const std::string& request, std::string& why) {
  auto written = co_await server.write(request).as_result();
  if (!written) {
    why = "write: " + written.error().message();
    co_return 0;
  }
  std::string answer;
  for (;;) {
    auto got = co_await server.receive().as_result();
    if (!got || !*got) {
      why = got ? std::string{"the server closed the connection"}
                : "receive: " + got.error().message();
      co_return 0;
    }
    answer += got->text();
    if (answer.find("\r\n\r\n") == std::string::npos) continue;
    const int status = status_of(answer);
    why = "the server answered " + std::to_string(status);
    co_return status;
  }
}

std::string post_request(const std::string& host, const std::string& path,
                         const std::string& body) {
  return "POST " + path + " HTTP/1.1\r\nHost: " + host +
         "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

/// Posts at intended times that do not depend on how fast the server is: a post that is late is
/// sent at once, and its lateness is part of the latency that its receiver counts.
aside::task<bool> talk(swarm_state& swarm, aside::tcp_stream& server, std::uint32_t id,
                       std::string& why) {
  std::minstd_rand random{id + 1};
  std::uniform_int_distribution<std::size_t> any{0, swarm.targets.size() - 1};
  const auto period = std::chrono::nanoseconds{static_cast<std::int64_t>(1e9 / swarm.options.rate)};
  const auto share = static_cast<double>(id) / static_cast<double>(swarm.options.talkers);
  const auto begin = swarm.load_began + std::chrono::duration_cast<clock::duration>(period * share);

  for (std::int64_t turn = 0;; ++turn) {
    const auto intended = begin + turn * period;
    co_await aside::sleep_until(intended);
    if (swarm.talk_over.load()) co_return true;
    const auto to = "/to/" + std::to_string(swarm.targets[any(random)]);
    const auto body =
        std::to_string(std::chrono::nanoseconds{intended.time_since_epoch()}.count()) + " " +
        std::to_string(id);
    const auto request = post_request(swarm.options.target, to, body);
    const int status = co_await ask(server, request, why);
    if (status != 202) co_return false;
    swarm.sent.fetch_add(1);
  }
}

}  // namespace

aside::task<> talker(std::reference_wrapper<swarm_state> shared, std::uint32_t id) {
  auto& swarm = shared.get();
  const auto& host = swarm.options.target;
  std::string why;

  auto connected = co_await aside::tcp_stream::connect(host).as_result();
  if (!connected) why = "connect: " + connected.error().message();
  int status = 0;
  if (connected) {
    const auto hello = "GET /ready HTTP/1.1\r\nHost: " + host + "\r\n\r\n";
    status = co_await ask(*connected, hello, why);
  }
  auto& gate = swarm.gates[id];
  const bool is_open = status == 204 && swarm.is_talker();
  gate.open.store(is_open);
  if (status != 204) swarm.refuse(why);
  swarm.opening.fetch_sub(1);
  swarm.changed.set();
  if (!is_open) co_return;

  for (bool good = true; good;) {
    co_await gate.go.wait();
    if (gate.next.load() == swarm_state::talk::to_all) {
      const auto request = post_request(host, "/all", "the last event, for all");
      status = co_await ask(*connected, request, why);
      good = status == 202;
    } else {
      good = co_await talk(swarm, *connected, id, why);
    }
    gate.open.store(good);
    if (!good) swarm.lose(why);
    gate.talks.store(false);
    swarm.talking.fetch_sub(1);
    swarm.changed.set();
  }
}

}  // namespace aside_app
