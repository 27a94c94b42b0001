// What a waiting connection costs in private memory: the growth over many connections, divided by
// them. The peers are plain sockets, so all of the growth is the server's.
#include "http_peer.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <fstream>
#include <thread>
#include <vector>

namespace aside_test {

namespace {

namespace http = aside::http;
using aside::task;

constexpr int connections = 2000;

// g++ 12 does not overlay a frame's variables. Sanitizers and unoptimised builds multiply memory, and
// AddressSanitizer keeps what was freed: there the bound only says that nothing grows without end.
#if defined(ASIDE_ASAN) || defined(ASIDE_TSAN) || !defined(__OPTIMIZE__)
constexpr long at_most_streaming = 40000;
constexpr long at_most_waiting = 40000;
#elif defined(__clang__)
constexpr long at_most_streaming = 600;
constexpr long at_most_waiting = 600;
#else
constexpr long at_most_streaming = 900;
constexpr long at_most_waiting = 900;
#endif

task<> stay(aside::tcp_stream /*peer*/) {
  aside::event never;
  co_await never.wait();
}

task<> app(http::request const& asked, http::exchange& ex) {
  if (asked.path() == "/events") {
    ex.start_event_stream(stay);
  } else {
    ex.respond(200, "text/plain", "hello");
  }
  co_return;
}

/// Pages of files are left out: they turn from shared to private when another process that runs the
/// same tests ends.
long anonymous_bytes() {
  std::ifstream rollup("/proc/self/smaps_rollup");
  std::string word;
  long total = 0;
  while (rollup >> word) {
    long kib = 0;
    if (word == "Anonymous:" && rollup >> kib) total += kib;
  }
  return total * 1024;
}

int connected(std::uint16_t port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const bool good = fd >= 0 && connect(fd, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0;
  EXPECT_TRUE(good) << "connecting to the server under test";
  return fd;
}

/// Opens `n` connections, asks for `path` on each and waits for each answer.
void open_and_ask(std::vector<int>& peers, int n, std::uint16_t port, std::string_view path) {
  const std::string text =
      std::string("GET ").append(path).append(" HTTP/1.1\r\nHost: a\r\nX-Padding: ") +
      std::string(500, 'x') + "\r\n\r\n";
  for (int i = 0; i != n; ++i) {
    peers.push_back(connected(port));
    EXPECT_EQ(write(peers.back(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
    char answer[512];
    EXPECT_GT(read(peers.back(), answer, sizeof answer), 0);
  }
}

long bytes_per_connection(std::string_view path) {
  long grown = 0;
  const auto client = [&](std::uint16_t port) -> task<> {
    aside::event done;
    std::thread peers_thread([&] {
      std::vector<int> peers;
      peers.reserve(connections + 100);
      open_and_ask(peers, 100, port, path);
      const long before = anonymous_bytes();
      open_and_ask(peers, connections, port, path);
      grown = anonymous_bytes() - before;
      for (const int fd : peers)
        close(fd);
      done.set();
    });
    co_await done.wait();
    peers_thread.join();
  };
  EXPECT_EQ(with_server(&app, http::limits(), client), 0);
  return grown / connections;
}

TEST(connection_memory, a_waiting_event_stream_is_small) {
  const long bytes = bytes_per_connection("/events");
  RecordProperty("bytes", static_cast<int>(bytes));
  EXPECT_GT(bytes, 0);
  EXPECT_LE(bytes, at_most_streaming);
}

TEST(connection_memory, a_waiting_keep_alive_connection_is_small) {
  const long bytes = bytes_per_connection("/");
  RecordProperty("bytes", static_cast<int>(bytes));
  EXPECT_GT(bytes, 0);
  EXPECT_LE(bytes, at_most_waiting);
}

}  // namespace

}  // namespace aside_test
