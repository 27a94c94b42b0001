// Plain threads: the work is cut into equal parts, one for each of `workers` threads; for
// ten_connections each end of a connection has a thread.

#include <atomic>
#include <functional>
#include <thread>

#include "../common/server.h"
#include "../common/tasks.hpp"
#include "../common/when_not.hpp"

namespace {

using std::uint64_t;

// Calls part(i) in a thread for each i, and waits for them.
void in_threads(uint64_t count, const std::function<void(uint64_t)>& part) {
  std::vector<std::jthread> threads;
  for (uint64_t i = 0; i < count; ++i)
    threads.emplace_back(part, i);
}

uint64_t count_words(const std::string& path, uint64_t bytes, uint64_t workers) {
  versus::input_file file(path);
  std::atomic<uint64_t> words = 0;
  in_threads(workers, [&](uint64_t i) {
    words += file.count_words_in(bytes * i / workers, bytes * (i + 1) / workers);
  });
  return words;
}

uint64_t hash_blocks(uint64_t blocks, uint64_t workers) {
  std::atomic<uint64_t> hash = 0, next = 0;
  in_threads(workers, [&](uint64_t) {
    uint64_t mine = 0;
    for (uint64_t i; (i = next++) < blocks;)
      mine ^= versus::hash_block(i);
    hash ^= mine;
  });
  return hash;
}

uint64_t talk(int listener, uint64_t connections, uint64_t messages, size_t size) {
  uint16_t port = server_port(listener);
  std::atomic<uint64_t> right = 0;
  std::jthread server([&] {
    in_threads(connections, [&](uint64_t) {
      versus::blocking_stream(accept4(listener, nullptr, nullptr, SOCK_CLOEXEC)).echo(4096);
    });
  });
  in_threads(connections, [&](uint64_t) {
    right += versus::blocking_stream::connect_to(port).ask(messages, size);
  });
  return right;
}

}  // namespace

int main(int argc, char** argv) {
  versus::arguments a(argc, argv);
  std::function<void(versus::outcome&)> once;
  if (a.work() == "file_word_count") {
    once = [&](auto& o) { o.sum += count_words(a.text("file"), a.number("bytes"), a.workers()); };
  } else if (a.work() == "hash_all_cores") {
    once = [&](auto& o) { o.sum = hash_blocks(a.number("blocks"), a.workers()); };
  } else if (a.work() == "ten_connections") {
    once = [&, listener = server_listen(0, 0)](auto& o) {
      o.sum += talk(listener, a.number("connections"), a.number("messages"), a.number("size"));
      o.tasks += 2 * a.number("connections");
    };
  } else {
    versus::refuse(a);
  }
  versus::obey(
      {.run = [&](uint64_t k) { return versus::timed(k, once); }, .hold = {}, .release = {}});
}
