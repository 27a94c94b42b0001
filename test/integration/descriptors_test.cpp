// Cores with tables of descriptors of their own (options::descriptors_per_core).
#include "base/descriptor_table.hpp"
#include "integration/forbidden.hpp"
#include "integration/own_tables.hpp"
#include "sched/core.hpp"
#include "unit/net/loopback.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <filesystem>
#include <map>
#include <thread>

namespace {

using namespace aside_test;

struct held {
  std::atomic<std::uint16_t> port{0};
  std::atomic<int> live{0};
  std::atomic<bool> over{false};
};

}  // namespace

template <>
inline constexpr bool aside::shareable<held> = true;

namespace {

/// Sockets in the calling thread's table.
std::size_t sockets_here() {
  std::size_t n = 0;
  std::error_code none;
  for (const auto& each : std::filesystem::directory_iterator("/proc/thread-self/fd"))
    if (std::filesystem::read_symlink(each, none).string().starts_with("socket:")) ++n;
  return n;
}
std::size_t descriptors_here() {
  std::size_t n = 0;
  for ([[maybe_unused]] const auto& each :
       std::filesystem::directory_iterator("/proc/thread-self/fd"))
    ++n;
  return n;
}
bool is_pipe(int fd) {
  struct stat s{};
  return ::fstat(fd, &s) == 0 && S_ISFIFO(s.st_mode);
}
int close_one_and_read_the_other(int closed, int read) {
  ::close(closed);
  char byte = 0;
  return static_cast<int>(::read(read, &byte, 1));
}
bool refuses(int fd) {
  char c = 0;
  return ::read(fd, &c, 1) == -1 && errno == EBADF;
}

/// Raw peers of which all answers come back; how many did.
int echo_with_all(const std::vector<raw_socket>& peers) {
  int right = 0;
  for (const raw_socket& p : peers)
    p.send("abcd");
  for (const raw_socket& p : peers) {
    std::array<char, 8> got{};
    std::size_t n = 0;
    while (n < 4) {
      const ssize_t r = ::recv(p.fd(), got.data() + n, 4 - n, 0);
      if (r <= 0) break;
      n += static_cast<std::size_t>(r);
    }
    if (std::string_view(got.data(), n) == "abcd") ++right;
  }
  return right;
}

bool limit(rlim_t most) {
  const rlimit l{most, most};
  return ::setrlimit(RLIMIT_NOFILE, &l) == 0;
}

// ---- holding more than the limit

/// On a thread that runs no tasks; whoever starts the test limits its time.
void await_value(const std::atomic<int>& n, int wanted) {
  for (int now = n; now != wanted; now = n)
    n.wait(now);
}

task<> counted_echo(tcp_stream peer, held* h) {
  struct one {
    std::atomic<int>& n;
    explicit one(std::atomic<int>& of) : n(of) {
      ++n;
      n.notify_all();
    }
    one(const one&) = delete;
    ~one() {
      --n;
      n.notify_all();
    }
  } const here(h->live);
  co_await echo(std::move(peer));
}

task<int> hold(held* h) {
  const std::size_t before = sockets_here();
  tcp_listener listener = co_await tcp_listener::bind("127.0.0.1:0");
  co_await aside::scope([&](nursery& n) -> task<> {
    n.spawn_local([&]() -> task<> {
      while (!h->over)
        co_await aside::sleep_for(5ms);
      listener.drain();
    });
    h->port = listener.port();
    h->port.notify_all();
    co_await listener.serve(&counted_echo, h);
  });
  co_return sockets_here() == before ? 0 : 50;
}

/// In a child: 1,500 connections under a limit of 1,000, driven by a child of its own.
int hold_more_than_the_limit() {
  constexpr int all = 1500;
  constexpr int under = 1000;
  std::array<int, 2> orders{};
  std::array<int, 2> answers{};
  if (::pipe(orders.data()) != 0 || ::pipe(answers.data()) != 0) return 99;
  const pid_t peers_process = ::fork();
  if (peers_process == 0) {
    ::close(orders[1]);
    std::uint16_t port = 0;
    if (::read(orders[0], &port, sizeof port) != sizeof port) ::_exit(1);
    std::vector<raw_socket> peers;
    for (int i = 0; i < all; ++i)
      peers.push_back(raw_socket::connect(port));
    for (;;) {  // each order: an echo with all, or the end of a third of them
      char order = 0;
      if (::read(orders[0], &order, 1) != 1) ::_exit(0);
      if (order == 'c') peers.erase(peers.begin(), peers.begin() + all / 3);
      const int right = order == 'e' ? echo_with_all(peers) : static_cast<int>(peers.size());
      if (::write(answers[1], &right, sizeof right) != sizeof right) ::_exit(1);
    }
  }
  ::close(answers[1]);
  if (!limit(under)) return 99;
  const std::size_t before = open_descriptors();
  held h;
  std::thread driver([&] {
    const auto ask = [&](char order) {
      int answer = -1;
      EXPECT_EQ(::write(orders[1], &order, 1), 1);
      EXPECT_EQ(::read(answers[0], &answer, sizeof answer), static_cast<ssize_t>(sizeof answer));
      return answer;
    };
    h.port.wait(0);
    const std::uint16_t port = h.port;
    EXPECT_EQ(::write(orders[1], &port, sizeof port), static_cast<ssize_t>(sizeof port));
    EXPECT_EQ(ask('e'), all);
    EXPECT_EQ(h.live, all);
    EXPECT_EQ(ask('e'), all);
    EXPECT_EQ(ask('c'), all - all / 3);
    await_value(h.live, all - all / 3);
    EXPECT_EQ(ask('e'), all - all / 3);
    ::close(orders[1]);  // the peers' process ends: every connection does
    await_value(h.live, 0);
    h.over = true;
  });
  const int code = aside::run(own_tables(2), &hold, &h);
  driver.join();
  ::close(orders[0]);
  ::close(answers[0]);
  int status = 0;
  ::waitpid(peers_process, &status, 0);
  if (status != 0) return 51;
  if (open_descriptors() + 3 != before) return 52;  // orders and one of answers were open then
  return code != 0 ? code : testing::Test::HasFailure() ? 53 : 0;
}

TEST(descriptors, a_process_holds_more_connections_than_its_limit) {
  const child_result r = in_child(&hold_more_than_the_limit, 120s);
  EXPECT_EQ(r.exit_code, 0) << r.said;
  EXPECT_TRUE(r.in_time);
  EXPECT_EQ(r.said.find("accepts nothing"), std::string::npos) << r.said;
}

// ---- where connections are, and how they end

task<> say_core(tcp_stream peer) {
  const unsigned core = aside::detail::this_core_index();
  const std::string name = std::to_string(core);
  co_await peer.write(name);
  const chunk c = co_await peer.receive();
  EXPECT_EQ(aside::detail::this_core_index(), core);
  co_await peer.write(*c);
}

TEST(descriptors, every_core_serves_and_none_sees_the_others_sockets) {
  const int code = aside::run(own_tables(2), []() -> task<int> {
    tcp_listener listener = co_await tcp_listener::bind("127.0.0.1:0");
    const std::uint16_t port = listener.port();
    co_await aside::scope([&](nursery& n) -> task<> {
      n.spawn_local([&]() -> task<> { co_await listener.serve(&say_core); });
      // On this core only: the client ends, this listener, and what it has accepted.
      std::map<std::string, int> cores;
      std::vector<tcp_stream> clients;
      for (int i = 0; i < 200; ++i) {
        clients.push_back(co_await tcp_stream::connect(local(port)));
        const chunk c = co_await clients.back().receive();
        ++cores[std::string(c.text())];
      }
      EXPECT_EQ(cores.size(), 2u) << "200 connections, and one core got none";
      EXPECT_EQ(sockets_here(), 200u + 1u + static_cast<unsigned>(cores["0"]));
      for (tcp_stream& c : clients) {
        co_await c.write("x");
        const chunk back = co_await c.receive();
        EXPECT_EQ(back.text(), "x");
        const chunk end = co_await c.receive();  // a copy elsewhere would keep it from ending
        EXPECT_FALSE(end);
      }
      n.request_stop();
    });
    co_return 0;
  });
  EXPECT_EQ(code, 0);
}

TEST(descriptors, the_callers_thread_keeps_the_process_table) {
  const std::size_t before = open_descriptors();
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
  const int file = ::open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
  const auto caller = std::this_thread::get_id();
  const int code = aside::run(own_tables(2), [&]() -> task<int> {
    EXPECT_NE(std::this_thread::get_id(), caller);
    EXPECT_TRUE(is_open(1) && is_open(2));
    char byte = 0;
    EXPECT_EQ(::read(file, &byte, 1), 1) << "a file from before is there";
    EXPECT_EQ(byte, 0x7f);
    EXPECT_TRUE(refuses(ends[0])) << "a pipe from before is no copy";
    int refused = 0;
    for (int fd = 3; fd < aside::detail::reserved_descriptors; ++fd)
      refused += refuses(fd) ? 1 : 0;
    EXPECT_GT(refused, 80) << "low numbers mean nothing here";
    tcp_listener listener = co_await tcp_listener::bind("127.0.0.1:0");
    EXPECT_GE(listener.native_handle(), aside::detail::reserved_descriptors);
    const int number = listener.native_handle();
    const bool there = co_await aside::blocking(is_open, number);
    EXPECT_FALSE(there) << "blocking has the process's table";
    const auto seen = co_await aside::blocking(is_pipe, ends[0]);
    EXPECT_TRUE(seen);
    co_return 0;
  });
  EXPECT_EQ(code, 0);
  // The end of the pipe arrives: no core's table has kept a copy of its writer.
  ::close(ends[1]);
  char byte = 0;
  EXPECT_EQ(::read(ends[0], &byte, 1), 0);
  ::close(ends[0]);
  ::close(file);
  EXPECT_EQ(open_descriptors(), before);
}

TEST(descriptors, a_pipe_from_before_ends_while_the_cores_run) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
  const int code = aside::run(own_tables(2), [&]() -> task<int> {
    const auto got = co_await aside::blocking(close_one_and_read_the_other, ends[1], ends[0]);
    EXPECT_EQ(got, 0);
    co_return 0;
  });
  EXPECT_EQ(code, 0);
  ::close(ends[0]);
}

// ---- tasks stay

std::atomic<int> moved = 0;
std::atomic<int> ended = 0;

task<> stays() {
  const unsigned core = aside::detail::this_core_index();
  for (int i = 0; i < 200; ++i) {
    co_await aside::yield();
    if (i % 50 == 0) co_await aside::sleep_for(1ms);
    if (aside::detail::this_core_index() != core) ++moved;
  }
  ++ended;
  ended.notify_all();
}

TEST(descriptors, tasks_stay_where_they_were_spawned) {
  moved = ended = 0;
  const int code = aside::run(own_tables(2), [&]() -> task<int> {
    EXPECT_EQ(aside::detail::this_core_index(), 0u);
    co_await aside::scope([&](nursery& n) -> task<> {
      for (int i = 0; i < 500; ++i)
        n.spawn(&stays);
      co_return;
    });
    EXPECT_EQ(aside::detail::this_core_index(), 0u);
    co_return 0;
  });
  EXPECT_EQ(code, 0);
  EXPECT_EQ(moved, 0);
  EXPECT_EQ(ended, 500);
}

// ---- a runtime beside the program's threads

TEST(descriptors, a_runtime_serves_and_block_on_has_the_process_table) {
  const std::size_t before = open_descriptors();
  {
    aside::runtime rt(own_tables(2));
    moved = ended = 0;
    for (int i = 0; i < 100; ++i)
      rt.spawn(&stays);
    std::array<int, 2> ends{};
    ASSERT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
    const int sum = rt.block_on([&]() -> task<int> {
      EXPECT_FALSE(refuses(0));
      EXPECT_TRUE(is_open(ends[0]));
      EXPECT_EQ(::write(ends[1], "x", 1), 1);
      stream_pair p = co_await connected();
      co_await p.near.write("hello");
      const chunk c = co_await p.far.receive();
      EXPECT_EQ(c.text(), "hello");
      co_return 7;
    });
    EXPECT_EQ(sum, 7);
    char byte = 0;
    EXPECT_EQ(::read(ends[0], &byte, 1), 1);
    ::close(ends[0]);
    ::close(ends[1]);
    await_value(ended, 100);
    EXPECT_EQ(moved, 0);
  }
  EXPECT_EQ(open_descriptors(), before);
}

task<> set_from_elsewhere(aside::oneshot_sender<int> done) {
  co_await aside::sleep_for(1ms);
  done.set(1);
}

task<int> ask(aside::runtime_handle there) {
  auto ends = aside::oneshot<int>();
  there.spawn(&set_from_elsewhere, std::move(ends.sender));
  const int n = co_await ends.receiver;
  co_return n;
}

/// Two runtimes with tables, and one without: each wakes the others.
TEST(descriptors, runtimes_wake_each_other_through_the_process_table) {
  const std::size_t before = open_descriptors();
  {
    aside::runtime plain(quiet(1));
    aside::runtime first(own_tables(1));
    aside::runtime second(own_tables(1));
    aside::runtime later(quiet(1));  // its descriptors are in no table of the other two
    for (int i = 0; i < 20; ++i) {
      for (aside::runtime* to : {&plain, &second, &later}) {
        auto asks = first.spawn_joinable(&ask, to->handle());
        EXPECT_EQ(first.block_on([&]() -> task<int> {
          const int n = co_await asks.join();
          co_return n;
        }), 1);
      }
    }
  }
  EXPECT_EQ(open_descriptors(), before);
}

TEST(descriptors, a_task_may_have_a_runtime_of_its_own) {
  const std::size_t before = open_descriptors();
  const int code = aside::run(own_tables(1), []() -> task<int> {
    const std::size_t here = descriptors_here();
    int n = 0;
    {
      auto inner = std::make_unique<aside::runtime>(own_tables(1));
      auto ends = aside::oneshot<int>();
      inner->spawn(&set_from_elsewhere, std::move(ends.sender));
      n = co_await ends.receiver;
    }
    EXPECT_EQ(descriptors_here(), here) << "it is in the process's table";
    co_await aside::yield();
    co_return n;
  });
  EXPECT_EQ(code, 1);
  EXPECT_EQ(open_descriptors(), before);
}

// ---- listeners that are served again

TEST(descriptors, a_stopped_serve_leaves_each_core_its_connections) {
  const int code = aside::run(own_tables(2), []() -> task<int> {
    constexpr int count = 60;
    tcp_listener listener = co_await tcp_listener::bind(
        "127.0.0.1:0", aside::listen_options().max_connections(1));
    testing::internal::CaptureStderr();
    std::vector<raw_socket> peers;
    co_await aside::scope([&](nursery& n) -> task<> {
      n.spawn_local([&]() -> task<> { co_await listener.serve(&echo); });
      tcp_stream first = co_await tcp_stream::connect(local(listener.port()));
      co_await first.write("x");
      const chunk c = co_await first.receive();
      EXPECT_EQ(c.text(), "x");
      for (int i = 0; i < count; ++i) {
        peers.push_back(raw_socket::connect(listener.port()));
        peers.back().send("abcd");
      }
      co_await aside::sleep_for(50ms);  // time in which they arrive on both cores
      n.request_stop();
    });
    static_cast<void>(testing::internal::GetCapturedStderr());
    tcp_listener again = std::move(listener);
    int answered = 0;
    co_await aside::scope([&](nursery& n) -> task<> {
      n.spawn_local([&]() -> task<> { co_await again.serve(&echo); });
      co_await aside::sleep_for(1ms);
      const auto until = std::chrono::steady_clock::now() + 20s;
      while (!peers.empty() && std::chrono::steady_clock::now() < until) {
        answered += static_cast<int>(std::erase_if(peers, [](const raw_socket& p) {
          std::array<char, 4> got{};
          return ::recv(p.fd(), got.data(), got.size(), MSG_DONTWAIT) == 4;  // makes room
        }));
        co_await aside::sleep_for(1ms);
      }
      n.request_stop();
    });
    // Beyond its limit the first serve may have begun one, on the second core, and ended it.
    EXPECT_GE(answered, count - 1);
    co_return 0;
  });
  EXPECT_EQ(code, 0);
}

// ---- what is refused

TEST(descriptors, without_close_range_and_unshare_the_start_says_why) {
  const child_result r = in_child([] {
    if (!forbid({SYS_close_range, SYS_unshare}, EPERM)) return 99;
    const std::size_t before = open_descriptors();
    int code = 20;
    try {
      aside::run(own_tables(2), []() -> task<> { co_return; });
    } catch (const std::system_error& e) {
      std::printf("refused: %s\n", e.what());
      code = e.code() == std::errc::operation_not_permitted ? 0 : 21;
    }
    if (open_descriptors() != before) return 22;
    if (code != 0) return code;
    return aside::run(quiet(2), []() -> task<> { co_return; });
  });
  EXPECT_EQ(r.exit_code, 0) << r.said;
  EXPECT_NE(r.said.find("refused: options::descriptors_per_core"), std::string::npos) << r.said;
}

TEST(descriptors, without_unshare_close_range_does) {
  const child_result r = in_child([] {
    if (!forbid({SYS_unshare}, EPERM)) return 99;
    return aside::run(own_tables(2), []() -> task<> { co_return; });
  });
  EXPECT_EQ(r.exit_code, 0) << r.said;
}

TEST(descriptors, takeover_is_refused_beside_it) {
  EXPECT_THROW(static_cast<void>(aside::run(own_tables(1).takeover(1), []() -> task<> { co_return; })),
               std::invalid_argument);
}

TEST(descriptors, a_start_without_room_for_tables_throws_and_gives_back) {
  const child_result r = in_child([] {
    const std::size_t before = open_descriptors();
    for (const rlim_t few : {12u, 16u, 20u, 24u}) {
      rlimit now{few, 4096};
      if (::setrlimit(RLIMIT_NOFILE, &now) != 0) return 99;
      int code = 0;
      try {
        code = aside::run(own_tables(2), []() -> task<> { co_await aside::yield(); });
      } catch (const std::system_error& e) {
        if (e.code() != std::errc::too_many_files_open) code = 21;
      }
      now.rlim_cur = 4096;
      ::setrlimit(RLIMIT_NOFILE, &now);
      if (code != 0) return code;
      if (open_descriptors() != before) return 22;
    }
    return aside::run(own_tables(2), []() -> task<> { co_await aside::yield(); });
  });
  EXPECT_EQ(r.exit_code, 0) << r.said;
}

}  // namespace
