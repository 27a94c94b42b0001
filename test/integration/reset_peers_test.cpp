// The echo server of the README under peers that break off, and without descriptors.
#include "integration/forbidden.hpp"
#include "unit/net/loopback.hpp"

#include <cstdio>
#include <fcntl.h>
#include <sys/resource.h>
#include <thread>

namespace {

using namespace aside_test;

/// The server in a process of its own, as it stands in the README but for the port.
class echo_server {
 public:
  explicit echo_server(rlim_t descriptors = 0, unsigned workers = 2) {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) return;
    child_ = ::fork();
    if (child_ == 0) {
      ::close(ends[0]);
      const int nowhere = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
      ::dup2(nowhere, 2);  // a line for each peer that breaks off
      ::close(nowhere);
      if (descriptors != 0) {
        const rlimit few{descriptors, descriptors};
        ::setrlimit(RLIMIT_NOFILE, &few);
      }
      const int code = aside::run(aside::options().workers(workers), [&]() -> task<> {
        tcp_listener listener = co_await tcp_listener::bind(
            "127.0.0.1:0", aside::listen_options().max_connections(1'000'000));
        const std::uint16_t port = listener.port();
        if (::write(ends[1], &port, sizeof port) != sizeof port) std::_Exit(98);
        co_await listener.serve(&echo);
      });
      ::_exit(code);
    }
    ::close(ends[1]);
    if (::read(ends[0], &port_, sizeof port_) != sizeof port_) ADD_FAILURE() << "no server";
    ::close(ends[0]);
  }
  echo_server(const echo_server&) = delete;
  ~echo_server() {
    ::kill(child_, SIGTERM);
    int status = 0;
    ::waitpid(child_, &status, 0);
    EXPECT_TRUE(WIFEXITED(status)) << "ended by signal " << WTERMSIG(status);
    EXPECT_EQ(WEXITSTATUS(status), 128 + SIGTERM);
  }

  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] std::size_t descriptors() const {
    std::size_t n = 0;
    DIR* const all = ::opendir(path("fd").c_str());
    if (all == nullptr) return 0;
    while (const dirent* const e = ::readdir(all)) {
      if (e->d_name[0] != '.') ++n;
    }
    ::closedir(all);
    return n;
  }
  /// Waits until the server has at most so many descriptors; false after ten seconds.
  [[nodiscard]] bool comes_down_to(std::size_t n) const {
    const auto until = std::chrono::steady_clock::now() + 10s;
    while (descriptors() > n) {
      if (std::chrono::steady_clock::now() > until) return false;
      std::this_thread::yield();
    }
    return true;
  }
  [[nodiscard]] std::size_t resident_kb() const {
    FILE* const f = std::fopen(path("status").c_str(), "r");
    if (f == nullptr) return 0;
    std::array<char, 256> line{};
    std::size_t value = 0;
    while (std::fgets(line.data(), line.size(), f) != nullptr) {
      if (std::strncmp(line.data(), "VmRSS:", 6) == 0)
        value = std::strtoul(line.data() + 6, nullptr, 10);
    }
    std::fclose(f);
    return value;
  }
  [[nodiscard]] double cpu_seconds() const {
    FILE* const f = std::fopen(path("stat").c_str(), "r");
    if (f == nullptr) return 0;
    unsigned long user = 0;
    unsigned long system = 0;
    const int n = std::fscanf(
        f, "%*d (%*[^)]) %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &system);
    std::fclose(f);
    EXPECT_EQ(n, 2);
    return static_cast<double>(user + system) / static_cast<double>(::sysconf(_SC_CLK_TCK));
  }

 private:
  [[nodiscard]] std::string path(const char* name) const {
    return "/proc/" + std::to_string(child_) + "/" + name;
  }
  pid_t child_ = -1;
  std::uint16_t port_ = 0;
};

/// Sends a message and checks what comes back.
void exchange(const raw_socket& s, std::size_t size, std::size_t seed) {
  const std::vector<std::byte> all = pattern(size, seed);
  ASSERT_EQ(::send(s.fd(), all.data(), size, MSG_NOSIGNAL), static_cast<ssize_t>(size));
  std::vector<std::byte> back(size);
  ASSERT_EQ(::recv(s.fd(), back.data(), size, MSG_WAITALL), static_cast<ssize_t>(size));
  ASSERT_EQ(back, all);
}

void break_off_after_half_a_message(std::uint16_t port) {
  raw_socket s = raw_socket::connect(port);
  s.send("half a mess");
  s.reset();
}
void break_off_in_a_large_reply(std::uint16_t port) {
  raw_socket s = raw_socket::connect(port, SOCK_NONBLOCK);
  pollfd p{s.fd(), POLLOUT, 0};
  ::poll(&p, 1, 5000);
  fill(s.fd());  // the server's replies find no room: it waits in write
  std::array<char, 1000> some{};
  p.events = POLLIN;
  ::poll(&p, 1, 5000);
  static_cast<void>(::recv(s.fd(), some.data(), some.size(), 0));
  s.reset();
}

TEST(reset_peers, are_not_noticed_by_the_others) {
  echo_server server;
  std::vector<raw_socket> good;
  for (int i = 0; i < 100; ++i)
    good.push_back(raw_socket::connect(server.port()));
  for (std::size_t i = 0; i < good.size(); ++i)
    exchange(good[i], 1000, i);
  const std::size_t descriptors = server.descriptors();

  const auto attack = [&](int peers) {
    for (int i = 0; i < peers; ++i) {
      if (i % 20 == 0)
        break_off_in_a_large_reply(server.port());
      else
        break_off_after_half_a_message(server.port());
      const auto k = static_cast<std::size_t>(i);
      exchange(good[k % good.size()], 1 + k * 31 % 9000, k);
    }
    EXPECT_TRUE(server.comes_down_to(descriptors)) << server.descriptors() << " descriptors";
  };
  attack(scaled(1000));
  const std::size_t warm = server.resident_kb();
  attack(scaled(1000));
  const std::size_t after = server.resident_kb();
  if (!sanitized) {
    EXPECT_LE(after, warm + 512) << "kB resident: " << warm << ", then " << after;
  }
  for (std::size_t i = 0; i < good.size(); ++i)
    exchange(good[i], 1000, i);
}

TEST(short_of_descriptors, a_server_serves_on_without_spinning_and_recovers) {
  echo_server server(40, 1);  // one core, so one listener: the first to connect is the first served
  std::vector<raw_socket> served;
  // The ones beyond the limit wait in the backlog.
  for (int i = 0; i < 60; ++i)
    served.push_back(raw_socket::connect(server.port()));
  exchange(served.front(), 1000, 1);
  const auto until = std::chrono::steady_clock::now() + 10s;
  while (server.descriptors() < 40 && std::chrono::steady_clock::now() < until)
    std::this_thread::yield();
  EXPECT_GE(server.descriptors(), 40u);

  const double before = server.cpu_seconds();
  const auto began = std::chrono::steady_clock::now();
  int rounds = 0;
  while (std::chrono::steady_clock::now() < began + 1s) {
    exchange(served.front(), 100, 2);
    ++rounds;
    std::this_thread::sleep_for(20ms);  // the pace of the load, nothing waits for it
  }
  const double used = server.cpu_seconds() - before;
  EXPECT_GT(rounds, 10);
  EXPECT_LT(used, sanitized ? 0.6 : 0.2) << "CPU seconds in one second of shortage";

  served.erase(served.begin(), served.begin() + 40);
  for (std::size_t i = 0; i < served.size(); ++i)
    exchange(served[i], 1000, i);
}

TEST(short_of_descriptors, a_server_with_thousands_of_connections_keeps_them_all) {
  const rlim_t live = scaled(5000);
  const rlim_t more = 200;
  rlimit all{};
  ::getrlimit(RLIMIT_NOFILE, &all);
  if (all.rlim_max < live + more + 100) GTEST_SKIP() << "needs more descriptors";
  all.rlim_cur = all.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &all);
  for (const unsigned workers : {1u, 2u}) {
    SCOPED_TRACE(workers);
    echo_server server(live, workers);
    std::vector<raw_socket> peers;
    for (rlim_t i = 0; i < live + more; ++i)
      peers.push_back(raw_socket::connect(server.port()));
    const auto until = std::chrono::steady_clock::now() + 20s;
    while (server.descriptors() < live && std::chrono::steady_clock::now() < until)
      std::this_thread::yield();
    ASSERT_GE(server.descriptors(), live) << "the limit was not felt";

    // Who is served answers, all of them, and again.
    std::vector<std::size_t> served;
    std::vector<std::size_t> waiting;
    for (const raw_socket& p : peers)
      p.send("well?");
    std::size_t answers = 0;
    std::vector<bool> answered(peers.size());
    const auto deadline = std::chrono::steady_clock::now() + 20s;
    while (answers < live - 100 && std::chrono::steady_clock::now() < deadline) {
      for (std::size_t i = 0; i < peers.size(); ++i) {
        std::array<char, 5> back{};
        if (answered[i] || ::recv(peers[i].fd(), back.data(), back.size(), MSG_DONTWAIT) <= 0)
          continue;
        answered[i] = true;
        ++answers;
      }
    }
    EXPECT_GE(answers, live - 100);
    for (std::size_t i = 0; i < peers.size(); ++i)
      (answered[i] ? served : waiting).push_back(i);
    EXPECT_GE(waiting.size(), more);
    for (const std::size_t i : served)
      exchange(peers[i], 100, i);

    // Descriptors become free: the others' questions are still there, and are answered.
    for (std::size_t k = 0; k < waiting.size() + 50; ++k)
      peers[served[k]].close();
    for (const std::size_t i : waiting) {
      std::array<char, 5> back{};
      ASSERT_EQ(::recv(peers[i].fd(), back.data(), back.size(), MSG_WAITALL), 5);
    }
    for (std::size_t k = waiting.size() + 50; k < served.size(); ++k)
      exchange(peers[served[k]], 100, k);
  }
}

}  // namespace
