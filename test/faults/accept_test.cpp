// accept and serve under the errors of accept(2), and of the ring's operation.
#include "faults/fault_test.hpp"

namespace {

using namespace aside_test;

constexpr std::array passing{EMFILE, ENFILE, ENOBUFS, ENOMEM, ENOSPC, ENOSR, ETIMEDOUT};
constexpr std::array one_peers{ECONNABORTED, EPROTO,       ENETDOWN, ENOPROTOOPT, EHOSTDOWN,
                               ENONET,       EHOSTUNREACH, ENETUNREACH, EOPNOTSUPP, EPERM, EINTR};
constexpr std::array fatal{EBADF, EFAULT, EINVAL, ENOTSOCK, ENOSYS, EACCES, EPROTONOSUPPORT,
                           ESOCKTNOSUPPORT};

call accepting() { return on_uring() ? call::ring_accept : call::accept4; }

/// A peer that no fault touches.
raw_socket connect_to(std::uint16_t port) {
  const unharmed here;
  return raw_socket::connect(port);
}

TEST(faults_of_accept, are_given_to_the_caller_and_keep_the_connection) {
  run_in([]() -> task<> {
    for (const auto& errors : {std::vector<int>(passing.begin(), passing.end()),
                               std::vector<int>(fatal.begin(), fatal.end())}) {
      for (const int error : errors) {
        const nothing_stays check;
        tcp_listener listener = co_await tcp_listener::bind("127.0.0.1:0");
        const raw_socket peer = connect_to(listener.port());
        {
          const fault injected(call::accept4, error);
          const failure f = co_await failure_of(listener.accept());
          EXPECT_EQ(f.code, error) << named(error);
          EXPECT_EQ(f.what, "accept: " + named(error));
          EXPECT_EQ(injected.calls(), 1u);
        }
        const tcp_stream got = co_await listener.accept();
        EXPECT_TRUE(got);
      }
    }
  });
}

TEST(faults_of_accept, of_one_peer_are_skipped) {
  run_in([]() -> task<> {
    for (const int error : one_peers) {
      const nothing_stays check;
      tcp_listener listener = co_await tcp_listener::bind("127.0.0.1:0");
      const raw_socket peer = connect_to(listener.port());
      const fault injected(call::accept4, error, 5);
      const tcp_stream got = co_await listener.accept();
      EXPECT_TRUE(got) << named(error);
      EXPECT_EQ(injected.failed(), 5u);
    }
  });
}

TEST(faults_of_accept, of_one_peer_that_never_end_are_an_error) {
  run_in([]() -> task<> {
    for (const int error : {EPERM, ECONNABORTED}) {
      const nothing_stays check;
      tcp_listener listener = co_await tcp_listener::bind("127.0.0.1:0");
      const raw_socket peer = connect_to(listener.port());
      const fault injected(call::accept4, error, fault::always);
      const failure f = co_await failure_of(listener.accept());
      EXPECT_EQ(f.code, error);
      EXPECT_EQ(injected.calls(), 64u);
    }
  });
}

// Something is there, and then it is not: the next one comes with an edge of its own.
TEST(faults_of_accept, that_find_nothing_after_all_wait_for_the_next) {
  run_in([]() -> task<> {
    const nothing_stays check;
    tcp_listener listener = co_await tcp_listener::bind("127.0.0.1:0");
    const raw_socket first = connect_to(listener.port());
    const fault injected(call::accept4, EAGAIN);
    co_await aside::scope([&](nursery& n) -> task<> {
      n.spawn_local([&]() -> task<> {
        const tcp_stream a = co_await listener.accept();
        const tcp_stream b = co_await listener.accept();
        EXPECT_TRUE(a);
        EXPECT_TRUE(b);
      });
      while (injected.failed() == 0)
        co_await aside::yield();
      const raw_socket second = connect_to(listener.port());
      while (n.size() != 0)
        co_await aside::yield();
    });
  });
}

task<> say(tcp_stream& s, std::string_view text) {
  co_await s.write(text);
  std::string back;
  while (back.size() < text.size()) {
    const chunk c = co_await s.receive();
    if (!c) break;
    back += c.text();
  }
  EXPECT_EQ(back, text);
}

/// Serves under a fault that comes three times: who is connected goes on, and in the end so do all.
task<> serve_under(call which, int error) {
  const nothing_stays check;
  neighbour live(co_await connected());
  tcp_listener listener = co_await tcp_listener::bind("127.0.0.1:0");
  const std::string where = local(listener.port());
  co_await aside::scope([&](nursery& n) -> task<> {
    const fault injected(which, error, 3);
    const auto serve = [&]() -> task<> { co_await listener.serve(&echo); };
    n.spawn_local(serve);
    tcp_stream late = co_await tcp_stream::connect(where);
    const auto until = std::chrono::steady_clock::now() + 20s;
    while (injected.failed() < 3 && std::chrono::steady_clock::now() < until)
      co_await live.exchange();
    EXPECT_EQ(injected.failed(), 3u) << named(error);
    co_await say(late, "it waited in the backlog");
    EXPECT_LE(injected.calls(), 3u + 3u) << "it spins: " << named(error);
    n.request_stop();
  });
}

// One core: a fault strikes the loop whose socket the kernel chooses.
TEST(faults_of_serve, that_pass_leave_live_connections_alone) {
  run_on(1, []() -> task<> {
    if (on_uring() && !ring_results_can_be_set()) co_return;
    testing::internal::CaptureStderr();
    for (const int error : passing)
      co_await serve_under(accepting(), error);
    static_cast<void>(testing::internal::GetCapturedStderr());
  });
}

task<failure> failure_of_serve(tcp_listener& listener) {
  failure f;
  try {
    co_await listener.serve(&echo);
  } catch (const std::system_error& e) {
    f.code = e.code().value();
    f.what = e.what();
  }
  co_return f;
}

TEST(faults_of_serve, that_do_not_pass_end_it_with_their_name) {
  run_in([]() -> task<> {
    if (on_uring() && !ring_results_can_be_set()) co_return;
    std::vector<int> errors{EBADF,  EFAULT,     ENOTSOCK,        ENOSYS,         EACCES,
                            EPERM,  EOPNOTSUPP, EPROTONOSUPPORT, ESOCKTNOSUPPORT};
    if (!on_uring()) errors.push_back(EINVAL);  // a ring accepts one at a time then
    for (const int error : errors) {
      const nothing_stays check;
      tcp_listener listener = co_await tcp_listener::bind("127.0.0.1:0");
      testing::internal::CaptureStderr();
      const fault injected(accepting(), error, fault::always);
      const raw_socket peer = connect_to(listener.port());
      const auto r = co_await aside::timeout(10s, [&]() -> task<> {
        const failure f = co_await failure_of_serve(listener);
        EXPECT_EQ(f.code, error);
        EXPECT_EQ(f.what, "accept: " + named(error));
      }());
      static_cast<void>(testing::internal::GetCapturedStderr());
      EXPECT_TRUE(r.has_value()) << named(error) << " was not surfaced";
      EXPECT_LE(injected.calls(), 2u * 70u);
    }
  });
}

// A kernel whose ring accepts one connection at a time, if at all.
TEST(faults_of_serve, of_a_ring_that_cannot_accept_ahead_are_none) {
  run_on(1, []() -> task<> {
    if (!on_uring() || !ring_results_can_be_set()) co_return;
    const nothing_stays check;
    const fault injected(call::ring_accept, EINVAL, fault::always);
    tcp_listener listener = co_await tcp_listener::bind("127.0.0.1:0");
    const std::string where = local(listener.port());
    co_await aside::scope([&](nursery& n) -> task<> {
      n.spawn_local([&]() -> task<> { co_await listener.serve(&echo); });
      for (int i = 0; i < 20; ++i) {
        tcp_stream s = co_await tcp_stream::connect(where);
        co_await say(s, "x");
      }
      n.request_stop();
    });
    EXPECT_EQ(injected.calls(), 1u);
  });
}

// Longer than a drain waits for handshakes: it must not part from a backlog that it cannot see.
TEST(faults_of_serve, that_pass_while_it_drains_cost_no_connection) {
  run_on(1, []() -> task<> {
    for (const int error : {EMFILE, ENFILE, ENOBUFS, ENOMEM}) {
      const nothing_stays check;
      const auto one = aside::listen_options().max_connections(1);
      tcp_listener listener = co_await tcp_listener::bind("127.0.0.1:0", one);
      const std::string where = local(listener.port());
      testing::internal::CaptureStderr();
      co_await aside::scope([&](nursery& n) -> task<> {
        n.spawn_local([&]() -> task<> { co_await listener.serve(&echo); });
        tcp_stream first = co_await tcp_stream::connect(where);
        co_await say(first, "served");
        tcp_stream late = co_await tcp_stream::connect(where);
        {
          const fault injected(call::accept4, error, fault::always);
          listener.drain();
          const auto until = std::chrono::steady_clock::now() + 20s;
          while (injected.failed() < 20 && std::chrono::steady_clock::now() < until)
            co_await aside::yield();
          EXPECT_GE(injected.failed(), 20u) << "it has given up: " << named(error);
        }
        co_await say(late, "it waited in the backlog");
      });  // serve returns by itself
      static_cast<void>(testing::internal::GetCapturedStderr());
    }
  });
}

// Nobody is left whose end could give a descriptor back.
TEST(faults_of_serve, that_do_not_pass_while_it_drains_let_it_end) {
  run_on(1, []() -> task<> {
    const nothing_stays check;
    tcp_listener listener = co_await tcp_listener::bind("127.0.0.1:0");
    const fault injected(call::accept4, EMFILE, fault::always);
    listener.drain();
    const auto in_time = co_await aside::timeout(
        20s, [&]() -> task<> { co_await listener.serve(&echo); }());
    EXPECT_TRUE(in_time.has_value());
    EXPECT_GT(injected.failed(), 0u);
  });
}

// A connection that cannot be registered is closed, and the server goes on.
TEST(faults_of_serve, of_the_registration_cost_that_connection_alone) {
  run_on(1, []() -> task<> {
    if (on_uring()) co_return;
    for (const int error : {ENOMEM, ENOSPC}) {
      const nothing_stays check;
      tcp_listener listener = co_await tcp_listener::bind("127.0.0.1:0");
      const std::uint16_t port = listener.port();
      testing::internal::CaptureStderr();
      co_await aside::scope([&](nursery& n) -> task<> {
        n.spawn_local([&]() -> task<> { co_await listener.serve(&echo); });
        tcp_stream first = co_await tcp_stream::connect(local(port));
        co_await say(first, "it serves");
        raw_socket unlucky(-1);
        {
          const fault injected(call::epoll_ctl, error);
          unlucky = connect_to(port);
          while (injected.failed() == 0)
            co_await aside::yield();
        }
        tcp_stream lucky = co_await tcp_stream::connect(local(port));
        co_await say(lucky, "x");
        char none = 0;
        EXPECT_EQ(::recv(unlucky.fd(), &none, 1, MSG_DONTWAIT), 0);
        n.request_stop();
      });
      static_cast<void>(testing::internal::GetCapturedStderr());
    }
  });
}

}  // namespace
