#include <charconv>
#include <utility>

#include "swarm/event_reader.hpp"
#include "swarm/opening_place.hpp"
#include "swarm/state.hpp"

namespace aside_app {
namespace {

/// A message's data begins with the time at which it should have been sent, in nanoseconds.
void note_latency(swarm_state& shared, std::string_view data) {
  std::int64_t intended = 0;
  const auto [end, error] = std::from_chars(data.data(), data.data() + data.size(), intended);
  if (error != std::errc{}) return;
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  shared.latency.record(now - std::chrono::nanoseconds{intended});
}

}  // namespace

aside::task<> subscriber(std::reference_wrapper<swarm_state> shared, std::uint32_t id) {
  auto& swarm = shared.get();
  opening_place place{swarm};

  const auto source = swarm.source_of(id);
  auto connected = co_await aside::tcp_stream::connect(swarm.options.target, source).as_result();
  if (!connected) {
    swarm.refuse("connect: " + connected.error().message());
    co_return;
  }
  auto stream = std::move(*connected);
  const auto request = "GET /events/" + std::to_string(id) +
                       " HTTP/1.1\r\nHost: " + swarm.options.target +
                       "\r\nAccept: text/event-stream\r\n\r\n";
  auto written = co_await stream.write(request).as_result();
  if (!written) {
    swarm.refuse("write: " + written.error().message());
    co_return;
  }

  event_reader reader;
  bool first = true;
  bool too_late = false;
  const auto take = [&](std::string_view name, std::string_view data) {
    if (too_late) return;
    if (first) {
      first = false;
      too_late = !swarm.subscribed(id);
      place.leave();
    } else if (name == "all") {
      swarm.delivered.fetch_add(1);
      swarm.changed.set();
    } else {
      note_latency(swarm, data);
      swarm.received.fetch_add(1);
      if (swarm.talk_over.load()) swarm.changed.set();
    }
  };
  for (;;) {
    auto got = co_await stream.receive().as_result();
    const bool goes_on = got && *got && reader.feed(got->text(), take);
    if (too_late) co_return;
    if (goes_on) continue;

    std::string why = "the server closed the connection";
    if (!got) why = "receive: " + got.error().message();
    if (got && *got) why = "the server answered " + std::to_string(reader.status());
    if (first)
      swarm.refuse(why);
    else
      swarm.lose(why);
    co_return;
  }
}

}  // namespace aside_app
