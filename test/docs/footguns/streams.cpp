#include <aside/aside.hpp>
#include <aside/io/buffered_reader.hpp>
#include <aside/io/buffered_writer.hpp>
#include <aside/io/copy.hpp>
#include <aside/io/memory_stream.hpp>

#include <chrono>
#include <cstdio>
#include <deque>
#include <string>

using aside::task;
using namespace std::chrono_literals;

// [one_read]
task<std::string> read_command(aside::memory_stream& peer) {
  const auto chunk = co_await peer.receive();
  co_return std::string(chunk.text());  // wrong: half a command, or three
}
// [/one_read]
// [one_line]
task<std::string> read_command(aside::buffered_reader<aside::memory_stream>& in) {
  const auto line = co_await in.line();
  co_return std::string(line.value_or(""));
}
// [/one_line]

task<> cut() {
  auto [near, far] = aside::memory_streams();
  co_await near.write("DELETE /foo");
  std::string got = co_await read_command(far);
  std::printf("one receive: %s\n", got.c_str());
  co_await near.write("DELETE /foo");
  aside::buffered_reader in(far);
  const auto read = [&]() -> task<> { got = co_await read_command(in); };
  co_await aside::all(read(), near.write("bar\n"));
  std::printf("one line: %s\n", got.c_str());
}

// [ended_within]
task<> commands(aside::memory_stream& peer) {
  aside::buffered_reader in(peer);
  try {
    while (const auto line = co_await in.line())
      std::printf("do: %s\n", std::string(*line).c_str());
  } catch (const std::system_error& e) {
    std::printf("%s; not done: %zu bytes\n", e.what(), in.buffered().size());
  }
}
// [/ended_within]

task<> ended_within() {
  auto [near, far] = aside::memory_streams();
  co_await near.write("DELETE /foobar\nDELETE /foo");
  co_await near.shutdown();
  co_await commands(far);
}

// [one_after_the_other]
task<> relay(aside::memory_stream& a, aside::memory_stream& b) {
  co_await aside::copy(a, b);
  co_await aside::copy(b, a);  // wrong: nothing comes back until a has ended
}
// [/one_after_the_other]
// [first_to_end]
task<> relay_race(aside::memory_stream& a, aside::memory_stream& b) {
  co_await aside::race(aside::copy(a, b), aside::copy(b, a));  // wrong: cuts the answer off
}
// [/first_to_end]
// [both]
task<> relay_both(aside::memory_stream& a, aside::memory_stream& b) {
  co_await aside::copy_both(a, b);
}
// [/both]

task<std::string> asked_through(task<> (*how)(aside::memory_stream&, aside::memory_stream&)) {
  auto [client, front] = aside::memory_streams();
  auto [behind, server] = aside::memory_streams();
  std::string answer;
  const auto relays = [&]() -> task<> {
    co_await how(front, behind);
    front.close();
    behind.close();
  };
  const auto answers = [&]() -> task<> {
    while (auto chunk = co_await server.receive()) {
    }
    co_await aside::sleep_for(5ms);
    static_cast<void>(co_await server.write("the answer").as_result());
    static_cast<void>(co_await server.shutdown().as_result());
  };
  const auto asks = [&]() -> task<> {
    co_await client.write("the question");
    co_await client.shutdown();
    while (auto chunk = co_await client.receive())
      answer += chunk.text();
  };
  co_await aside::all(relays(), answers(), asks());
  co_return answer;
}

task<> half_closed() {
  std::string said = co_await asked_through(relay_race);
  std::printf("race: \"%s\"\n", said.c_str());
  said = co_await asked_through(relay_both);
  std::printf("copy_both: \"%s\"\n", said.c_str());
}

// [queue]
struct outbox {
  std::deque<std::string> lines;  // wrong: grows as long as the peer does not read
  aside::event filled;
};
// [/queue]

task<> send_to(aside::memory_stream& peer) {
  // [back_pressure]
  const std::string much(100'000, 'x');
  const auto sent = co_await aside::timeout(50ms, [&]() -> task<> { co_await peer.write(much); }());
  if (!sent) std::puts("the peer does not read: end the connection");
  // [/back_pressure]
}
task<> slow() {
  auto [near, far] = aside::memory_streams();
  co_await send_to(near);
}

task<> unflushed() {
  auto [reader, writer] = aside::memory_pipe();
  // [unflushed]
  {
    aside::buffered_writer out(writer);
    co_await out.write("good bye\n");
  }  // wrong: it is still in the buffer
  // [/unflushed]
}

task<> app() {
  co_await cut();
  co_await ended_within();
  co_await half_closed();
  co_await slow();
  co_await unflushed();
}

auto* relays = &relay;

int main() { return aside::run(app); }
