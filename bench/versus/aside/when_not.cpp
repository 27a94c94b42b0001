// when_not WORK workers=N key=value…: what tasks are not made for, done with tasks.

#include "../common/when_not.hpp"
#include "work.hpp"

#include <cstdio>
#include <functional>
#include <string>
#include <vector>

using aside::nursery;
using aside::task;

namespace {

using part = std::uint64_t;

task<part> words_in(const versus::input_file& file, std::uint64_t from, std::uint64_t to) {
  co_return file.count_words_in(from, to);
}

task<part> hash_some(std::atomic<std::uint64_t>& next, std::uint64_t blocks) {
  part hash = 0;
  for (std::uint64_t i; (i = next.fetch_add(1, std::memory_order_relaxed)) < blocks;)
    hash ^= versus::hash_block(i);
  co_return hash;
}

task<> count_words(const versus::parameters& p, versus::answer& a) {
  const std::uint64_t workers = p.number("workers");
  const std::uint64_t bytes = p.number("bytes");
  const versus::input_file file(p.text("file", ""));
  co_await aside::scope([&](nursery& n) -> task<> {
    std::vector<aside::join_handle<part>> parts;
    for (std::uint64_t i = 0; i < workers; ++i)
      parts.push_back(n.spawn_joinable(&words_in, std::cref(file), bytes * i / workers,
                                       bytes * (i + 1) / workers));
    for (auto& each : parts) {
      const part words = co_await each.join();
      a.sum += words;
    }
  });
}

task<> hash_blocks(const versus::parameters& p, versus::answer& a) {
  std::atomic<std::uint64_t> next{0};
  part hash = 0;
  co_await aside::scope([&](nursery& n) -> task<> {
    std::vector<aside::join_handle<part>> parts;
    for (std::uint64_t i = 0; i < p.number("workers"); ++i)
      parts.push_back(n.spawn_joinable(&hash_some, std::ref(next), p.number("blocks")));
    for (auto& each : parts) {
      const part some = co_await each.join();
      hash ^= some;
    }
  });
  a.sum = hash;
}

task<> echo(aside::tcp_stream peer) {
  while (auto chunk = co_await peer.receive())
    co_await peer.write(*chunk);
}

task<> serve(aside::tcp_listener& listener) { co_await listener.serve(echo); }

task<part> ask(std::string address, std::uint64_t messages, std::size_t size) {
  auto server = co_await aside::tcp_stream::connect(address);
  std::string message(size, 'm');
  std::string answer(size, ' ');
  part right = 0;
  for (std::uint64_t i = 0; i < messages; ++i) {
    message[i % size] = static_cast<char>(i);
    co_await server.write(message);
    for (std::size_t got = 0; got < size;) {
      const std::span<char> rest(answer.data() + got, size - got);
      const std::size_t n = co_await server.read_some(std::as_writable_bytes(rest));
      if (n == 0) co_return right;
      got += n;
    }
    if (answer == message) right += size;
  }
  co_return right;
}

task<> talk(const versus::parameters& p, versus::answer& a) {
  auto listener = co_await aside::tcp_listener::bind("127.0.0.1:0");
  const std::string address = "127.0.0.1:" + std::to_string(listener.port());
  co_await aside::scope([&](nursery& n) -> task<> {
    n.spawn_local([&]() -> task<> { co_await serve(listener); });
    std::vector<aside::join_handle<part>> clients;
    for (std::uint64_t i = 0; i < p.number("connections"); ++i)
      clients.push_back(n.spawn_joinable(&ask, address, p.number("messages"),
                                         static_cast<std::size_t>(p.number("size"))));
    for (auto& client : clients) {
      const part right = co_await client.join();
      a.sum += right;
    }
    n.request_stop();
  });
  a.tasks += 2 * p.number("connections");
}

task<int> obey(versus::natural_work* work, const versus::parameters& p) {
  versus::say("ready");
  for (;;) {
    const versus::command c = versus::next_command();
    if (c.what == versus::command::kind::quit) co_return 0;
    if (c.what != versus::command::kind::run) continue;
    versus::answer a;
    const versus::stopwatch timer;
    const std::uint64_t before = aside::info().spawned_tasks;
    for (; a.iterations < c.count; ++a.iterations)
      co_await work(p, a);
    a.ns = timer.ns();
    a.runtime_tasks = aside::info().spawned_tasks - before;
    versus::say(a);
  }
}

}  // namespace

int main(int count, char** words) {
  const std::string_view name = count > 1 ? words[1] : "";
  versus::natural_work* work = nullptr;
  if (name == "file_word_count") work = &count_words;
  if (name == "hash_all_cores") work = &hash_blocks;
  if (name == "ten_connections") work = &talk;
  if (work == nullptr) {
    std::fprintf(stderr, "no such work\n");
    return 3;
  }
  const versus::parameters p(count - 2, words + 2);
  aside::options o;
  o.workers(static_cast<unsigned>(p.number("workers"))).handle_signals(false);
  return aside::run(o, &obey, work, std::cref(p));
}
