// Streams of bytes, whatever carries them: pipes in memory, frames, and how far a transfer came.

#include <aside/aside.hpp>
#include <aside/io/buffered_reader.hpp>
#include <aside/io/buffered_writer.hpp>
#include <aside/io/copy.hpp>
#include <aside/io/memory_stream.hpp>

#include <array>
#include <cstdio>
#include <string>

using aside::task;

static_assert(aside::stream<aside::tcp_stream> && aside::stream<aside::memory_stream>);

// Works on any of them.
template <aside::readable_stream From>
task<std::string> all_of(From& from) {
  std::string all;
  while (auto chunk = co_await from.receive())
    all += chunk.text();
  co_return all;
}
template <aside::writable_stream To>
task<> greet(To& to) {
  co_await to.write("hello, ");
  co_await to.write("stream\n");
  co_await to.shutdown();
}

// One direction. The ends may be in two tasks on two cores.
task<> send(aside::memory_writer to) { co_await greet(to); }
task<> pipe() {
  auto [reader, writer] = aside::memory_pipe();
  aside::spawn(send, std::move(writer));
  aside::memory_reader from = std::move(reader);
  const std::string text = co_await all_of(from);
  std::printf("%s", text.c_str());
}

// Frames: each with its length before it.
task<> frames() {
  const auto format = aside::frame_format().prefix(2).limit(1000);
  auto [near, far] = aside::memory_streams();
  aside::buffered_writer out(near);
  co_await out.frame("one", format);
  co_await out.frame("", format);
  co_await out.frame("three", format);
  co_await out.shutdown();  // writes what is buffered
  aside::buffered_reader in(far);
  while (const auto frame = co_await in.frame(format))
    std::printf("a frame of %zu bytes\n", frame->size());
}

// What an error leaves.
task<> progress() {
  auto [near, far] = aside::memory_streams(aside::memory_pipe_capacity);
  co_await near.write("1234");
  near.close();
  std::array<std::byte, 10> room{};
  try {
    co_await far.read_exact(room);
  } catch (const aside::transfer_error& e) {
    std::printf("%zu bytes, then: %s\n", e.transferred(), e.what());
  }
  const auto written = co_await far.write("too late").as_result();
  const aside::transfer_failure& why = written.error();
  std::printf("%zu bytes, then: %s\n", why.transferred(), why.message().c_str());
}

// The same stream on both sides of a copy.
task<> copied() {
  auto [near, far] = aside::memory_streams();
  auto [reader, writer] = aside::memory_pipe();
  co_await greet(near);
  const std::size_t bytes = co_await aside::copy(far, writer);
  std::printf("%zu bytes copied\n", bytes);
}

task<> app() {
  co_await pipe();
  co_await frames();
  co_await progress();
  co_await copied();
}

int main() { return aside::run(app); }
