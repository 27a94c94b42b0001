// Datagrams, over UDP and within the machine, under the errors of the calls behind them.
#include "faults/fault_test.hpp"
#include "unit/net/endpoints.hpp"

namespace {

using namespace aside_test;
using aside::udp_socket;
using aside::unix_datagram;

constexpr std::array socket_errors{EACCES, EAFNOSUPPORT, EINVAL,  EMFILE,
                                   ENFILE, ENOBUFS,      ENOMEM,  EPROTONOSUPPORT};
constexpr std::array bind_errors{EACCES, EADDRINUSE, EADDRNOTAVAIL, EBADF,
                                 EFAULT, EINVAL,     ENOMEM,        ENOTSOCK};
constexpr std::array connect_errors{EACCES,       EPERM,  EADDRINUSE, EADDRNOTAVAIL, EAFNOSUPPORT,
                                    EAGAIN,       EBADF,  EFAULT,     EHOSTUNREACH,  ENETUNREACH,
                                    ECONNREFUSED, ENOENT, ENOTSOCK,   EPROTOTYPE};
constexpr std::array epoll_ctl_errors{EBADF, EEXIST, EINVAL, ELOOP, ENOENT, ENOMEM, ENOSPC, EPERM};
constexpr std::array recv_errors{EBADF,  ECONNREFUSED, EFAULT,  EINVAL,
                                 ENOMEM, ENOTCONN,     ENOTSOCK};
constexpr std::array send_errors{EACCES,       EALREADY, EBADF,        ECONNREFUSED, ECONNRESET,
                                 EDESTADDRREQ, EFAULT,   EHOSTUNREACH, EINVAL,       EISCONN,
                                 EMSGSIZE,     ENOBUFS,  ENOMEM,       ENETUNREACH,  ENOTCONN,
                                 ENOTSOCK,     EOPNOTSUPP, EPIPE};

// ---- UDP

class udp_ends {
 public:
  udp_ends(udp_socket s, udp_socket c) : server(std::move(s)), client(std::move(c)) {}
  udp_socket server;
  udp_socket client;  // connected to the other
};
task<udp_ends> udp() {
  udp_socket server = co_await udp_socket::bind("127.0.0.1:0");
  const std::string where = local(server.port());
  udp_socket client = co_await udp_socket::connect(where, "127.0.0.1:0");
  co_return udp_ends(std::move(server), std::move(client));
}

TEST(faults_of_udp, of_each_call_that_opens_one_are_named_and_leave_nothing) {
  run_in([]() -> task<> {
    const auto bound = [] { return udp_socket::bind("127.0.0.1:0"); };
    const auto connected_one = [] { return udp_socket::connect("127.0.0.1:9"); };
    const auto from_here = [] { return udp_socket::connect("127.0.0.1:9", "127.0.0.1:0"); };
    co_await expect_named(call::socket, socket_errors, "bind 127.0.0.1:0", bound);
    co_await expect_named(call::bind, bind_errors, "bind 127.0.0.1:0", bound);
    co_await expect_named(call::socket, socket_errors, "connect 127.0.0.1:9", connected_one);
    co_await expect_named(call::connect, connect_errors, "connect 127.0.0.1:9", connected_one);
    co_await expect_named(call::connect, connect_errors, "connect 127.0.0.1:9", from_here);
    co_await expect_named(call::bind, bind_errors, "connect 127.0.0.1:0", from_here);
    if (!on_uring()) {
      co_await expect_named(call::epoll_ctl, epoll_ctl_errors, "bind 127.0.0.1:0", bound);
      co_await expect_named(call::epoll_ctl, epoll_ctl_errors, "connect 127.0.0.1:9", connected_one);
    }
  });
}

TEST(faults_of_udp, of_receiving_are_named_and_keep_the_datagram) {
  run_in([]() -> task<> {
    for (const int error : recv_errors) {
      const nothing_stays check;
      udp_ends e = co_await udp();
      co_await e.client.send("kept");
      std::array<std::byte, 8> room{};
      {
        const fault injected(call::recv, error);
        const failure f = co_await failure_of(e.server.recv_from(room));
        expect_error(f, error, "recv_from: ");
        EXPECT_EQ(injected.calls(), 1u);
      }
      {
        const fault injected(call::recv, error);
        const failure f = co_await failure_of(e.server.receive());
        expect_error(f, error, "receive: ");
      }
      const aside::datagram d = co_await e.server.receive();
      EXPECT_EQ(d.text(), "kept");
    }
  });
}

TEST(faults_of_udp, of_sending_are_named_and_the_socket_stays_usable) {
  run_in([]() -> task<> {
    for (const int error : send_errors) {
      const nothing_stays check;
      udp_ends e = co_await udp();
      const aside::socket_address to = e.client.local_address();
      {
        const fault injected(call::send, error);
        const failure f = co_await failure_of(e.client.send("lost"));
        expect_error(f, error, "send: ");
        EXPECT_EQ(injected.calls(), 1u);
      }
      {
        const fault injected(call::send, error);
        const failure f = co_await failure_of(e.server.send_to("lost", to));
        expect_error(f, error, "send to " + to.text());
      }
      co_await e.client.send("there");
      const aside::datagram there = co_await e.server.receive();
      EXPECT_EQ(there.text(), "there");
      co_await e.server.send_to("back", to);
      const aside::datagram back = co_await e.client.receive();
      EXPECT_EQ(back.text(), "back");
    }
  });
}

TEST(faults_of_udp, that_interrupt_are_not_noticed) {
  run_in([]() -> task<> {
    const nothing_stays check;
    udp_ends e = co_await udp();
    const fault no_send(call::send, EINTR, 3);
    const fault no_recv(call::recv, EINTR, 3);
    co_await e.client.send("once");
    const aside::datagram d = co_await e.server.receive();
    EXPECT_EQ(d.text(), "once");
    EXPECT_EQ(no_send.failed(), 3u);
    EXPECT_EQ(no_recv.failed(), 3u);
    char more = 0;
    EXPECT_EQ(::recv(e.server.native_handle(), &more, 1, MSG_DONTWAIT), -1) << "sent twice";
  });
}

TEST(faults_of_udp, that_find_nothing_after_all_wait_for_more) {
  run_in([]() -> task<> {
    const nothing_stays check;
    udp_ends e = co_await udp();
    co_await aside::scope([&](nursery& n) -> task<> {
      const fault injected(call::recv, EAGAIN);
      n.spawn_local([&]() -> task<> {
        const aside::datagram first = co_await e.server.receive();
        EXPECT_EQ(first.text(), "one");
        const aside::datagram second = co_await e.server.receive();
        EXPECT_EQ(second.text(), "two");
      });
      co_await e.client.send("one");
      while (injected.failed() == 0)
        co_await aside::yield();
      co_await e.client.send("two");
      while (n.size() != 0)
        co_await aside::yield();
    });
  });
}

// ---- within the machine

TEST(faults_of_unix_datagrams, of_each_call_that_opens_one_are_named_and_leave_nothing) {
  run_in([]() -> task<> {
    const folder f;
    const std::string mine = f / "mine";
    const std::string there = f / "there";
    const unix_datagram other = co_await unix_datagram::bind(there);
    const auto bound = [&] { return unix_datagram::bind(mine); };
    const auto connected_one = [&] { return unix_datagram::connect(there); };
    const auto nameless = [] { return unix_datagram::open(); };
    const auto both = [] { return unix_datagram::pair(); };
    co_await expect_named(call::socket, socket_errors, "bind " + mine, bound);
    co_await expect_named(call::bind, bind_errors, "bind " + mine, bound);
    co_await expect_named(call::socket, socket_errors, "connect " + there, connected_one);
    co_await expect_named(call::connect, connect_errors, "connect " + there, connected_one);
    co_await expect_named(call::socket, socket_errors, "socket: ", nameless);
    co_await expect_named(call::pair, socket_errors, "socketpair: ", both);
    if (!on_uring()) {
      co_await expect_named(call::epoll_ctl, epoll_ctl_errors, "bind " + mine, bound);
      co_await expect_named(call::epoll_ctl, epoll_ctl_errors, "connect " + there, connected_one);
      for (const unsigned skip : {0u, 1u})
        co_await expect_named(call::epoll_ctl, epoll_ctl_errors, "socketpair: ", both, skip);
    }
    EXPECT_FALSE(exists(mine));
  });
}

TEST(faults_of_unix_datagrams, of_receiving_are_named_and_keep_the_message) {
  run_in([]() -> task<> {
    for (const int error : recv_errors) {
      const nothing_stays check;
      auto [a, b] = co_await unix_datagram::pair();
      co_await a.send_fd(a.native_handle(), "kept");
      std::array<std::byte, 8> room{};
      {
        const fault injected(call::recv, error);
        const failure f = co_await failure_of(b.recv_from(room));
        expect_error(f, error, "recv_from: ");
        EXPECT_EQ(injected.calls(), 1u);
      }
      {
        const fault injected(call::recv, error);
        const failure f = co_await failure_of(b.receive_fd());
        expect_error(f, error, "receive_fd: ");
      }
      const aside::fd_message m = co_await b.receive_fd();
      EXPECT_EQ(m.bytes.text(), "kept");
      EXPECT_TRUE(m.fd);
    }
  });
}

TEST(faults_of_unix_datagrams, of_sending_are_named_and_the_socket_stays_usable) {
  run_in([]() -> task<> {
    const folder f;
    const std::string path = f / "s";
    std::vector<int> errors(send_errors.begin(), send_errors.end());
    errors.push_back(ETOOMANYREFS);
    for (const int error : errors) {
      const nothing_stays check;
      unix_datagram to = co_await unix_datagram::bind(path);
      unix_datagram from = co_await unix_datagram::connect(path);
      {
        const fault injected(call::send, error);
        const failure e = co_await failure_of(from.send("lost"));
        expect_error(e, error, "send: ");
        EXPECT_EQ(injected.calls(), 1u);
      }
      {
        const fault injected(call::send, error);
        const failure e = co_await failure_of(from.send_to("lost", path));
        expect_error(e, error, "send to " + path);
      }
      {
        const fault injected(call::send, error);
        const failure e = co_await failure_of(from.send_fd(from.native_handle(), "lost"));
        expect_error(e, error, "send_fd of descriptor ");
      }
      co_await from.send("next");
      std::array<std::byte, 8> room{};
      const aside::unix_received got = co_await to.recv_from(room);
      EXPECT_EQ(text_of(std::span(room).first(got.size())), "next");
    }
  });
}

TEST(faults_of_unix_datagrams, that_interrupt_are_not_noticed) {
  run_in([]() -> task<> {
    const nothing_stays check;
    const folder f;
    const std::string path = f / "s";
    unix_datagram to = co_await unix_datagram::bind(path);
    unix_datagram from = co_await unix_datagram::connect(path);
    std::array<std::byte, 8> room{};
    for (const bool by_name : {false, true}) {
      const fault no_send(call::send, EINTR, 3);
      const fault no_recv(call::recv, EINTR, 3);
      if (by_name)
        co_await from.send_to("once", path);
      else
        co_await from.send("once");
      const aside::unix_received got = co_await to.recv_from(room);
      EXPECT_EQ(text_of(std::span(room).first(got.size())), "once");
      EXPECT_EQ(no_send.failed(), 3u);
      EXPECT_EQ(no_recv.failed(), 3u);
    }
    EXPECT_EQ(drain(to.native_handle()), "") << "sent twice";
  });
}

}  // namespace
