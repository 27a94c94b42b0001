// bind and connect, as far as they open, set up and register a socket.
#include "faults/fault_test.hpp"

namespace {

using namespace aside_test;

constexpr std::array socket_errors{EACCES, EAFNOSUPPORT, EINVAL,  EMFILE,
                                   ENFILE, ENOBUFS,      ENOMEM,  EPROTONOSUPPORT};
constexpr std::array bind_errors{EACCES, EADDRINUSE, EADDRNOTAVAIL, EBADF,
                                 EFAULT, EINVAL,     ENOMEM,        ENOTSOCK};
constexpr std::array listen_errors{EADDRINUSE, EBADF, ENOTSOCK, EOPNOTSUPP};
constexpr std::array epoll_ctl_errors{EBADF,  EEXIST, EINVAL, ELOOP,
                                      ENOENT, ENOMEM, ENOSPC, EPERM};

template <std::size_t N>
task<> bind_under(call which, const std::array<int, N>& errors) {
  neighbour beside(co_await connected());
  for (const int error : errors) {
    {
      const nothing_stays check;
      const fault injected(which, error);
      const failure f = co_await failure_of(tcp_listener::bind("127.0.0.1:0"));
      EXPECT_EQ(injected.failed(), 1u);
      EXPECT_LE(injected.calls(), 2u);
      expect_error(f, error, "bind 127.0.0.1:0");
    }
    co_await beside.exchange();
  }
}

TEST(faults_of_bind, of_each_of_its_calls_are_named_and_leave_nothing) {
  run_in([]() -> task<> {
    co_await bind_under(call::socket, socket_errors);
    co_await bind_under(call::bind, bind_errors);
    co_await bind_under(call::listen, listen_errors);
    if (!on_uring()) co_await bind_under(call::epoll_ctl, epoll_ctl_errors);
  });
}

// What cannot be set up is not needed: the listener works all the same.
TEST(faults_of_bind, of_an_option_are_none) {
  run_in([]() -> task<> {
    for (const int error : {ENOPROTOOPT, ENOMEM, EPERM}) {
      const nothing_stays check;
      const fault injected(call::setsockopt, error, fault::always);
      stream_pair p = co_await connected();
      EXPECT_GT(injected.failed(), 0u);
      co_await p.near.write("x");
      const chunk c = co_await p.far.receive();
      EXPECT_EQ(c.text(), "x");
    }
  });
}

template <std::size_t N>
task<> connect_under(call which, const std::array<int, N>& errors, bool from = false) {
  tcp_listener listener = co_await tcp_listener::bind("127.0.0.1:0");
  const std::string where = local(listener.port());
  neighbour beside(co_await connected());
  for (const int error : errors) {
    {
      const nothing_stays check;
      const fault injected(which, error);
      const failure f =
          co_await failure_of(tcp_stream::connect(where, from ? "127.0.0.1" : std::string_view()));
      EXPECT_EQ(injected.failed(), 1u);
      EXPECT_LE(injected.calls(), 2u);
      expect_error(f, error, "connect 127.0.0.1:");
    }
    co_await beside.exchange();
  }
}

TEST(faults_of_connect, before_the_handshake_are_named_and_leave_nothing) {
  run_in([]() -> task<> {
    co_await connect_under(call::socket, socket_errors);
    co_await connect_under(call::bind, bind_errors, true);
    if (!on_uring()) co_await connect_under(call::epoll_ctl, epoll_ctl_errors);
  });
}

constexpr std::array connect_errors{
    EACCES,      EPERM,  EADDRINUSE,  EADDRNOTAVAIL, EAFNOSUPPORT, EAGAIN,    EBADF,    ECONNREFUSED,
    EHOSTUNREACH, EFAULT, ENETUNREACH, ENOTSOCK,      EPROTOTYPE,   ETIMEDOUT, ECONNRESET};

TEST(faults_of_connect, of_the_handshake_are_named_and_leave_nothing) {
  run_in([]() -> task<> {
    if (on_uring() && !ring_results_can_be_set()) co_return;
    co_await connect_under(on_uring() ? call::ring_connect : call::connect, connect_errors);
  });
}

// An interrupted connect goes on.
TEST(faults_of_connect, that_is_interrupted_connects) {
  run_in([]() -> task<> {
    if (on_uring() && !ring_results_can_be_set()) co_return;
    const nothing_stays check;
    tcp_listener listener = co_await tcp_listener::bind("127.0.0.1:0");
    const std::string where = local(listener.port());
    const fault injected(on_uring() ? call::ring_connect : call::connect, EINTR);
    const tcp_stream s = co_await tcp_stream::connect(where);
    EXPECT_EQ(injected.failed(), 1u);
    // Here the call that was interrupted has begun nothing: the socket that it leaves is marked at once, and
    // has no error.
    std::string peer;
    try {
      peer = s.peer_address().text();
    } catch (const std::system_error& e) {
      peer = e.what();
    }
    EXPECT_EQ(peer, where);
  });
}

}  // namespace
