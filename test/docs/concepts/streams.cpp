#include <aside/aside.hpp>
#include <aside/io/buffered_reader.hpp>
#include <aside/io/buffered_writer.hpp>
#include <aside/io/copy.hpp>
#include <aside/io/memory_stream.hpp>

#include <array>
#include <chrono>
#include <cstdio>
#include <span>
#include <string>

using aside::task;
using namespace std::chrono_literals;

// [any]
template <aside::stream Peer>
task<> shout_back(Peer& peer) {
  while (auto chunk = co_await peer.receive()) {
    std::string text(chunk.text());
    chunk.release();  // the buffer is not needed while we write
    for (char& c : text)
      c = static_cast<char>(std::toupper(c));
    co_await peer.write(text);
  }
  co_await peer.shutdown();
}
// [/any]

task<> ask(aside::memory_stream& peer) {
  co_await peer.write("hello\n");
  co_await peer.shutdown();
  while (auto chunk = co_await peer.receive())
    std::printf("%s", std::string(chunk.text()).c_str());
}

task<> any() {
  auto [near, far] = aside::memory_streams();
  co_await aside::all(shout_back(far), ask(near));
}

// [idle]
template <aside::stream Peer>
task<> echo_while_it_talks(Peer& peer, std::chrono::milliseconds silence) {
  for (;;) {
    const auto [bytes, late] = co_await aside::race(peer.receive(), aside::sleep_for(silence));
    if (!bytes || !*bytes) co_return;  // silent for too long, or at its end
    co_await peer.write(**bytes);
  }
}
// [/idle]

task<> idle() {
  auto [near, far] = aside::memory_streams();
  co_await near.write("echoed, then silence\n");
  co_await echo_while_it_talks(far, 5ms);
  const aside::chunk echoed = co_await near.receive();
  std::printf("%s", std::string(echoed.text()).c_str());
  co_await near.shutdown();
  co_await echo_while_it_talks(far, 1h);
  std::puts("at the end");
}

template <class Peer>
task<> pieces(Peer& peer, std::string_view head, std::string_view body) {
  // [pieces]
  co_await peer.write(head, body);
  // [/pieces]
}

template <class Peer>
task<> part(Peer& peer) {
  // [part]
  char buffer[512];
  const std::size_t n = co_await peer.read_some(buffer);
  co_await peer.write(std::span(buffer).first(n));
  // [/part]
}

// [lines]
task<> serve(aside::memory_stream peer) {
  aside::buffered_reader in(peer, 1024);  // no line is longer than that
  aside::buffered_writer out(peer);
  while (const auto line = co_await in.line()) {
    co_await out.write("you said ");
    co_await out.write(*line);  // valid until the reader is used again
    co_await out.write("\n");
    if (in.buffered().empty()) co_await out.flush();  // several answers, one write
  }
  co_await out.shutdown();
}
// [/lines]

task<> lines() {
  auto [near, far] = aside::memory_streams();
  aside::spawn(serve, std::move(far));
  co_await near.write("one\r\ntwo\n");
  co_await near.shutdown();
  while (auto chunk = co_await near.receive())
    std::printf("%s", std::string(chunk.text()).c_str());
}

task<> frames() {
  auto [near, far] = aside::memory_streams();
  aside::buffered_writer out(near);
  aside::buffered_reader in(far);
  // [frames]
  const auto format = aside::frame_format().prefix(2).limit(4096);
  co_await out.frame("a frame", format);
  co_await out.flush();
  const auto frame = co_await in.frame(format);
  // [/frames]
  std::printf("%zu bytes\n", frame->size());
}

task<> too_long() {
  auto [near, far] = aside::memory_streams();
  co_await near.write("a line that does not end");
  // [too_long]
  aside::buffered_reader in(far, 10);
  const auto line = co_await in.line().as_result();
  if (!line) std::printf("%s\n", line.error().message().c_str());
  std::printf("%zu bytes are still there\n", in.buffered().size());
  // [/too_long]
}

task<> progress() {
  auto [near, far] = aside::memory_streams();
  co_await near.write("123");
  std::array<std::byte, 8> header{};
  // [progress]
  std::size_t got = 0;
  const auto in_time = co_await aside::timeout(20ms, [&]() -> task<> {
    co_await far.read_exact(header, &got);
  }());
  if (!in_time) std::printf("%zu of %zu bytes, then the time was over\n", got, header.size());
  // [/progress]
}

// [proxy]
task<> forward(aside::tcp_stream client, std::string upstream) {
  auto server = co_await aside::tcp_stream::connect(upstream);
  co_await aside::copy_both(client, server);
}
// [/proxy]

task<> app() {
  co_await any();
  co_await idle();
  co_await lines();
  co_await frames();
  co_await too_long();
  co_await progress();
}

template task<> part(aside::tcp_stream&);
template task<> pieces(aside::tcp_stream&, std::string_view, std::string_view);
auto* forwards = &forward;

int main() { return aside::run(app); }
