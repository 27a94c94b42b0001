// A runtime where the system refuses something: it works, or says in one line why it does not.
#include "integration/forbidden.hpp"
#include "unit/net/loopback.hpp"

#include <cstdlib>
#include <sys/resource.h>
#include <thread>

namespace {

using namespace aside_test;

task<> question(std::string where, std::atomic<int>* done) {
  for (int i = 0; i < 5; ++i) {
    tcp_stream s = co_await tcp_stream::connect(where);
    co_await s.write("well?");
    const chunk c = co_await s.receive();
    if (c.text() == "well?") ++*done;
  }
}

task<> never_ends(std::atomic<int>* ended) {
  struct at_end {
    std::atomic<int>* ended;
    explicit at_end(std::atomic<int>* e) : ended(e) {}
    at_end(const at_end&) = delete;
    ~at_end() { ++*ended; }
  } end(ended);
  aside::event never;
  co_await never.wait();
}

/// Traffic on two cores, timers, and thousands of stops of waiting tasks. 0: all of it worked.
task<int> everyday_life() {
  std::atomic<int> done = 0;
  tcp_listener listener = co_await tcp_listener::bind("127.0.0.1:0");
  const std::string where = local(listener.port());
  co_await aside::scope([&](nursery& servers) -> task<> {
    servers.spawn_local([&]() -> task<> { co_await listener.serve(&echo); });
    co_await aside::scope([&](nursery& clients) -> task<> {
      for (int i = 0; i < 50; ++i)
        clients.spawn(&question, where, &done);
      co_return;
    });
    servers.request_stop();
  });
  if (done != 250) co_return 10;

  const int rounds = scaled(1000);
  std::atomic<int> ended = 0;
  for (int i = 0; i < rounds; ++i) {
    co_await aside::scope([&](nursery& n) -> task<> {
      for (int k = 0; k < 4; ++k)
        n.spawn(&never_ends, &ended);
      if (i % 2 != 0) co_await aside::yield();
      n.request_stop();
    });
  }
  // A child that sees the stop before its first wait has begun, so it ends like the others.
  if (ended != rounds * 4) co_return 11;

  const auto began = std::chrono::steady_clock::now();
  co_await aside::sleep_for(5ms);
  const auto late = co_await aside::timeout(2ms, never_ends(&ended));
  if (late) co_return 12;
  if (std::chrono::steady_clock::now() - began < 7ms) co_return 13;
  co_return 0;
}

void say_engine() {
  const aside::runtime_info i = aside::info();
  std::printf("engine %.*s: %.*s\n", static_cast<int>(i.engine.size()), i.engine.data(),
              static_cast<int>(i.engine_reason.size()), i.engine_reason.data());
}

int live() {
  return aside::run(aside::options().workers(2), []() -> task<int> {
    say_engine();
    const int code = co_await everyday_life();
    co_return code;
  });
}

constexpr std::initializer_list<long> io_uring_calls{SYS_io_uring_setup, SYS_io_uring_enter,
                                                     SYS_io_uring_register};

TEST(hostile_env, without_io_uring_it_falls_back_and_says_why) {
  for (const int error : {EPERM, ENOSYS}) {
    const child_result r = in_child([error] {
      ::setenv("ASIDE_ENGINE", "uring", 1);
      if (!forbid(io_uring_calls, error)) return 99;
      return live();
    });
    EXPECT_EQ(r.exit_code, 0) << r.said;
    EXPECT_NE(r.said.find("engine epoll: io_uring was asked for by ASIDE_ENGINE, but the kernel "
                          "refused it: " + std::string(std::strerror(error))),
              std::string::npos)
        << r.said;
  }
}

TEST(hostile_env, an_engine_that_does_not_exist_is_named) {
  const child_result r = in_child([] {
    ::setenv("ASIDE_ENGINE", "nonsense", 1);
    try {
      return live();
    } catch (const std::invalid_argument& e) {
      std::puts(e.what());
      return 3;
    }
  });
  EXPECT_EQ(r.exit_code, 3) << r.said;
  EXPECT_NE(r.said.find("ASIDE_ENGINE=nonsense is no engine: set it to epoll or uring"),
            std::string::npos)
      << r.said;
}

TEST(hostile_env, without_membarrier_stops_arrive) {
  for (const int error : {EPERM, ENOSYS}) {
    const child_result r = in_child([error] {
      if (!forbid({SYS_membarrier}, error)) return 99;
      return live();
    });
    EXPECT_EQ(r.exit_code, 0) << r.said;
    EXPECT_TRUE(r.in_time);
  }
}

TEST(hostile_env, without_epoll_pwait2_timers_and_sockets_work) {
  for (const int error : {EPERM, ENOSYS}) {
    const child_result r = in_child([error] {
      if (!forbid({SYS_epoll_pwait2}, error)) return 99;
      return live();
    });
    EXPECT_EQ(r.exit_code, 0) << r.said;
  }
}

TEST(hostile_env, without_io_uring_membarrier_and_epoll_pwait2_it_works) {
  const child_result r = in_child([] {
    if (!forbid({SYS_io_uring_setup, SYS_io_uring_enter, SYS_io_uring_register, SYS_membarrier,
                 SYS_epoll_pwait2},
                EPERM))
      return 99;
    return live();
  });
  EXPECT_EQ(r.exit_code, 0) << r.said;
  EXPECT_NE(r.said.find("engine epoll"), std::string::npos) << r.said;
}

// A sandbox that allows to open a ring, and not to use it.
TEST(hostile_env, without_entering_a_ring_it_falls_back_and_says_why) {
  const child_result r = in_child([] {
    ::setenv("ASIDE_ENGINE", "uring", 1);
    if (!forbid({SYS_io_uring_enter}, EPERM)) return 99;
    return live();
  });
  EXPECT_EQ(r.exit_code, 0) << r.said;
  EXPECT_TRUE(r.in_time);
  EXPECT_NE(r.said.find("engine epoll: io_uring was asked for by ASIDE_ENGINE, but the kernel "
                        "refused it: Operation not permitted"),
            std::string::npos)
      << r.said;
}

TEST(hostile_env, without_registering_with_a_ring_it_works) {
  const child_result r = in_child([] {
    if (!forbid({SYS_io_uring_register}, EPERM)) return 99;
    return live();
  });
  EXPECT_EQ(r.exit_code, 0) << r.said;
}

// Waiting mends it never, so the server says so instead of serving nobody.
TEST(hostile_env, without_accept_serve_throws_or_does_not_need_it) {
  for (const int error : {EPERM, ENOSYS, EACCES}) {
    const child_result r = in_child([error] {
      return aside::run(aside::options().workers(2), [error]() -> task<int> {
        tcp_listener listener = co_await tcp_listener::bind("127.0.0.1:0");
        const std::string where = local(listener.port());
        int code = 30;
        if (!forbid({SYS_accept4, SYS_accept}, error)) co_return 99;
        co_await aside::scope([&](nursery& n) -> task<> {
          const auto serve = [&]() -> task<> {
            try {
              co_await listener.serve(&echo);
            } catch (const std::system_error& e) {
              std::printf("%s\n", e.what());
              code = e.code().value() == error ? 0 : 31;
            }
            n.request_stop();
          };
          n.spawn_local(serve);
          tcp_stream s = co_await tcp_stream::connect(where);
          co_await s.write("x");
          const auto c = co_await s.receive().as_result();
          if (c && c->text() == "x") code = 0;  // a ring accepts by itself
          if (c && *c) n.request_stop();
          co_await wait_for_ever();
        });
        co_return code;
      });
    });
    EXPECT_EQ(r.exit_code, 0) << r.said;
    EXPECT_TRUE(r.in_time) << "nobody is served and nobody is told";
  }
}

// ---- a start that fails

/// What run throws, with the descriptors that it left behind; 0 when it threw as it should.
int expect_no_start(unsigned workers, std::string_view mention) {
  const std::size_t before = open_descriptors();
  bool ran = false;
  int code = 20;
  try {
    aside::run(aside::options().workers(workers), [&]() -> task<> {
      ran = true;
      co_return;
    });
  } catch (const std::system_error& e) {
    std::printf("refused: %s\n", e.what());
    code = std::string_view(e.what()).find(mention) != std::string_view::npos ? 0 : 21;
  }
  if (ran) return 22;
  if (open_descriptors() != before) return 23;
  return code;
}

TEST(hostile_env, without_threads_run_throws) {
  const child_result r = in_child([] {
    if (!forbid({SYS_clone, SYS_clone3}, EAGAIN)) return 99;
    if (const int code = expect_no_start(4, ""); code != 0) return code;
    // One core needs no thread.
    return aside::run(aside::options().workers(1), []() -> task<> { co_await aside::yield(); });
  });
  EXPECT_EQ(r.exit_code, 0) << r.said;
  EXPECT_TRUE(r.in_time);
}

TEST(hostile_env, threads_up_to_a_limit_and_no_further_are_given_back) {
  if (::getuid() != 0) GTEST_SKIP() << "needs root to become a user without other processes";
  const child_result r = in_child([] {
    if (::setresuid(54321, 54321, 54321) != 0) return 99;
    rlimit few{4, 4};
    if (::setrlimit(RLIMIT_NPROC, &few) != 0) return 99;
    return expect_no_start(8, "");
  });
  EXPECT_EQ(r.exit_code, 0) << r.said;
  EXPECT_TRUE(r.in_time);
}

TEST(hostile_env, a_start_without_descriptors_throws_and_gives_back_what_it_got) {
  const child_result r = in_child([] {
    int highest = 0;
    for (int i = 0; i < 64; ++i)
      highest = ::dup(1);  // no gaps below it
    const auto used = static_cast<rlim_t>(highest) + 1;
    const std::size_t before = open_descriptors();
    for (rlim_t spare = 0; spare < 2 * 2; ++spare) {  // a core has two
      rlimit few{used + spare, 4096};
      if (::setrlimit(RLIMIT_NOFILE, &few) != 0) return 99;
      rlimit many{4096, 4096};
      int code = 20;
      try {
        aside::run(aside::options().workers(2), []() -> task<> { co_return; });
      } catch (const std::system_error& e) {
        code = e.code() == std::errc::too_many_files_open ? 0 : 21;
      }
      ::setrlimit(RLIMIT_NOFILE, &many);
      if (code != 0) return code;
      if (open_descriptors() != before) return 24;
    }
    return aside::run(aside::options().workers(2), []() -> task<> { co_await aside::yield(); });
  });
  EXPECT_EQ(r.exit_code, 0) << r.said;
  EXPECT_TRUE(r.in_time);
}

// ---- memory

TEST(hostile_env, a_server_short_of_memory_goes_on_or_says_why_not) {
  if (sanitized) GTEST_SKIP() << "sanitizers need more address space than a limit leaves";
  const child_result r = in_child([] {
    return aside::run(aside::options().workers(1), []() -> task<int> {
      tcp_listener listener = co_await tcp_listener::bind("127.0.0.1:0");
      const std::uint16_t port = listener.port();
      int code = 0;
      co_await aside::scope([&](nursery& n) -> task<> {
        n.spawn_local([&]() -> task<> {
          co_await listener.serve([](tcp_stream peer) -> task<> {
            std::array<char, 60'000> large;  // in the frame, so that memory runs out
            asm volatile("" : : "r"(large.data()) : "memory");
            const chunk c = co_await peer.receive();
            asm volatile("" : : "r"(large.data()) : "memory");
            co_await peer.write(*c);
          });
        });
        co_await aside::yield();
        rlimit all{};
        ::getrlimit(RLIMIT_AS, &all);
        rlimit little = all;
        {
          FILE* const f = std::fopen("/proc/self/statm", "r");
          unsigned long pages = 0;
          if (std::fscanf(f, "%lu", &pages) != 1) code = 30;
          std::fclose(f);
          little.rlim_cur = pages * 4096 + 10'000'000;
        }
        std::vector<raw_socket> peers;
        peers.reserve(500);
        ::setrlimit(RLIMIT_AS, &little);
        for (int i = 0; i < 400; ++i) {
          peers.push_back(raw_socket::connect(port));
          co_await aside::yield();
        }
        co_await aside::sleep_for(100ms);
        ::setrlimit(RLIMIT_AS, &all);
        peers.clear();
        // Memory is back, and so is the service.
        const std::string where = local(port);
        const auto answer = co_await aside::timeout(5s, [&]() -> task<> {
          tcp_stream s = co_await tcp_stream::connect(where);
          co_await s.write("x");
          const chunk c = co_await s.receive();
          if (c.text() != "x") code = 31;
        }());
        if (!answer) code = 32;
        n.request_stop();
      });
      co_return code;
    });
  });
  EXPECT_EQ(r.exit_code, 0) << r.said;
  EXPECT_TRUE(r.in_time);
  EXPECT_NE(r.said.find("emory"), std::string::npos) << "the limit was never felt: " << r.said;
}

// ---- signals

TEST(hostile_env, sigterm_with_a_thousand_connections_open_ends_promptly) {
  const child_result r = in_child([] {
    const std::size_t before = open_descriptors();
    auto asked = std::chrono::steady_clock::now();
    const int code = aside::run(aside::options().workers(2), [&]() -> task<> {
      tcp_listener listener = co_await tcp_listener::bind("127.0.0.1:0");
      const std::string where = local(listener.port());
      co_await aside::scope([&](nursery& n) -> task<> {
        n.spawn_local([&]() -> task<> { co_await listener.serve(&echo); });
        std::vector<tcp_stream> peers;
        for (int i = 0; i < 1000; ++i) {
          peers.push_back(co_await tcp_stream::connect(where));
          co_await peers.back().write("x");
          const chunk c = co_await peers.back().receive();
          EXPECT_EQ(c.text(), "x");
        }
        asked = std::chrono::steady_clock::now();
        ::kill(::getpid(), SIGTERM);
        co_await wait_for_ever();
      });
    });
    const auto took = std::chrono::steady_clock::now() - asked;
    if (open_descriptors() != before) return 40;
    if (took > (sanitized ? 5s : 1s)) return 41;
    return code;
  });
  EXPECT_EQ(r.exit_code, 128 + SIGTERM) << r.said;
}

}  // namespace
