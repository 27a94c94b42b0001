// Streams and descriptors that come to another core than theirs, where cores have tables of descriptors
// of their own.
#include "integration/forbidden.hpp"
#include "integration/own_tables.hpp"

#include <aside/net/descriptor.hpp>
#include <aside/net/pipe.hpp>
#include <aside/net/udp_socket.hpp>
#include <aside/net/unix_datagram.hpp>
#include <aside/net/unix_stream.hpp>

#include <fcntl.h>

namespace {

using namespace aside_test;

// ---- what dies elsewhere

task<tcp_stream> given_away(std::uint16_t port) {
  tcp_stream s = co_await tcp_stream::connect(local(port));
  co_return s;
}

TEST(descriptors_elsewhere, a_stream_that_dies_elsewhere_is_closed_by_its_core) {
  aside::runtime rt(own_tables(1).block_on_runs_tasks(false));
  raw_socket listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in a = raw_socket::address(0);
  socklen_t size = sizeof a;
  ASSERT_EQ(::bind(listener.fd(), reinterpret_cast<const sockaddr*>(&a), size), 0);
  ASSERT_EQ(::listen(listener.fd(), 8), 0);
  ASSERT_EQ(::getsockname(listener.fd(), reinterpret_cast<sockaddr*>(&a), &size), 0);
  raw_socket innocent(-1);
  raw_socket peer(-1);
  {
    auto given = rt.spawn_joinable(&given_away, static_cast<std::uint16_t>(ntohs(a.sin_port)));
    const tcp_stream s = rt.block_on([&]() -> task<tcp_stream> {
      tcp_stream got = co_await given.join();
      co_return got;
    });
    peer = raw_socket(::accept4(listener.fd(), nullptr, nullptr, SOCK_CLOEXEC));
    // The same number in the process's table, which must not be what is closed.
    innocent = raw_socket(::fcntl(listener.fd(), F_DUPFD_CLOEXEC, s.native_handle()));
    ASSERT_EQ(innocent.fd(), s.native_handle());
  }
  char byte = 0;
  EXPECT_EQ(::recv(peer.fd(), &byte, 1, 0), 0) << "it ends";
  EXPECT_TRUE(is_open(innocent.fd()));
}

// ---- what is used elsewhere

/// Streams of every kind, opened on a core of their own.
struct all_kinds {
  tcp_listener listener;
  tcp_stream tcp;
  aside::unix_stream local;
  aside::unix_stream other_end;
  aside::unix_datagram datagrams;
  aside::unix_datagram datagrams_end;
  aside::udp_socket udp;
  aside::pipe_reader reader;
  aside::pipe_writer writer;
};

task<> open_all(aside::oneshot_sender<std::unique_ptr<all_kinds>> to) {
  auto all = std::make_unique<all_kinds>();
  all->listener = co_await tcp_listener::bind("127.0.0.1:0");
  all->tcp = co_await tcp_stream::connect(local(all->listener.port()));
  auto pair = co_await aside::unix_stream::pair();
  all->local = std::move(pair.first);
  all->other_end = std::move(pair.second);
  auto both = co_await aside::unix_datagram::pair();
  all->datagrams = std::move(both.first);
  all->datagrams_end = std::move(both.second);
  all->udp = co_await aside::udp_socket::bind("127.0.0.1:0");
  auto ends = co_await aside::pipe();
  all->reader = std::move(ends.first);
  all->writer = std::move(ends.second);
  to.set(std::move(all));
}

/// What becomes of a process in which `use` is called on another core than theirs.
template <class F>
child_result used_elsewhere(F use) {
  return in_child([use] {
    aside::runtime one(own_tables(1));
    aside::runtime other(own_tables(1));
    auto ends = aside::oneshot<std::unique_ptr<all_kinds>>();
    other.spawn(&open_all, std::move(ends.sender));
    one.block_on([&]() -> task<> {
      auto all = co_await ends.receiver;
      co_await use(*all);
    });
    return 0;
  });
}

TEST(descriptors_elsewhere, every_operation_on_another_core_aborts_and_names_the_place) {
  const auto check = [](const char* what, auto use) {
    const child_result r = used_elsewhere(use);
    EXPECT_EQ(r.exit_code, 128 + SIGABRT) << what << ": " << r.said;
    EXPECT_NE(r.said.find("a stream is used on another core than its own"), std::string::npos)
        << what << ": " << r.said;
    EXPECT_NE(r.said.find("descriptors_elsewhere_test.cpp:"), std::string::npos) << what << ": " << r.said;
  };
  using kinds = all_kinds&;
  check("accept", [](kinds k) -> task<> { auto s = co_await k.listener.accept(); });
  check("serve", [](kinds k) -> task<> { co_await k.listener.serve(&echo); });
  check("receive", [](kinds k) -> task<> { auto c = co_await k.tcp.receive(); });
  check("read_some", [](kinds k) -> task<> {
    std::array<std::byte, 8> into{};
    static_cast<void>(co_await k.tcp.read_some(into));
  });
  check("read_exact", [](kinds k) -> task<> {
    std::array<std::byte, 8> into{};
    co_await k.tcp.read_exact(into);
  });
  check("write", [](kinds k) -> task<> { co_await k.tcp.write("x"); });
  check("write_some", [](kinds k) -> task<> {
    static_cast<void>(co_await k.tcp.write_some(std::as_bytes(std::span("x", 1))));
  });
  check("write of several", [](kinds k) -> task<> { co_await k.tcp.write("x", "y"); });
  check("shutdown", [](kinds k) -> task<> { co_await k.tcp.shutdown(); });
  check("unix receive", [](kinds k) -> task<> { auto c = co_await k.local.receive(); });
  check("unix write", [](kinds k) -> task<> { co_await k.local.write("x"); });
  check("send_fd", [](kinds k) -> task<> { co_await k.local.send_fd(0); });
  check("receive_fd", [](kinds k) -> task<> { auto c = co_await k.local.receive_fd(); });
  check("datagram recv_from", [](kinds k) -> task<> {
    std::array<std::byte, 8> into{};
    static_cast<void>(co_await k.datagrams.recv_from(into));
  });
  check("datagram send", [](kinds k) -> task<> { co_await k.datagrams.send("x"); });
  check("datagram send_to", [](kinds k) -> task<> { co_await k.datagrams.send_to("x", "/nowhere"); });
  check("udp recv_from", [](kinds k) -> task<> {
    std::array<std::byte, 8> into{};
    static_cast<void>(co_await k.udp.recv_from(into));
  });
  check("udp receive", [](kinds k) -> task<> { auto c = co_await k.udp.receive(); });
  check("udp send_to", [](kinds k) -> task<> {
    co_await k.udp.send_to("x", *aside::socket_address::parse("127.0.0.1:9"));
  });
  check("pipe receive", [](kinds k) -> task<> { auto c = co_await k.reader.receive(); });
  check("pipe write", [](kinds k) -> task<> { co_await k.writer.write("x"); });
}

TEST(descriptors_elsewhere, what_is_asked_of_a_stream_at_once_is_asked_on_its_core) {
  const auto check = [](auto use) {
    const child_result r = used_elsewhere(use);
    EXPECT_EQ(r.exit_code, 128 + SIGABRT) << r.said;
    EXPECT_NE(r.said.find("a stream is used on another core than its own"), std::string::npos);
    EXPECT_NE(r.said.find("descriptors_elsewhere_test.cpp:"), std::string::npos) << r.said;
  };
  using kinds = all_kinds&;
  check([](kinds k) -> task<> {
    static_cast<void>(k.listener.port());
    co_return;
  });
  check([](kinds k) -> task<> {
    static_cast<void>(k.udp.port());
    co_return;
  });
  check([](kinds k) -> task<> {
    static_cast<void>(k.local.peer());
    co_return;
  });
}

TEST(descriptors_elsewhere, a_descriptor_that_dies_on_another_core_is_reported) {
  const child_result r = in_child([] {
    aside::runtime one(own_tables(1).block_on_runs_tasks(false));
    aside::runtime other(own_tables(1).block_on_runs_tasks(false));
    auto takes = one.spawn_joinable(
        [](aside::runtime_handle there) -> task<> {
          auto ends = aside::oneshot<aside::descriptor>();
          there.spawn(
              [](aside::oneshot_sender<aside::descriptor> to) -> task<> {
                to.set(aside::descriptor(::dup(0)));
                co_return;
              },
              std::move(ends.sender));
          aside::descriptor d = co_await ends.receiver;
          auto refused = co_await aside::adopt<tcp_stream>(std::move(d)).as_result();
          static_cast<void>(refused);
        },
        other.handle());
    one.block_on([&]() -> task<> { co_await takes.join(); });
    return 0;
  });
  EXPECT_EQ(r.exit_code, 128 + SIGABRT) << r.said;
  EXPECT_NE(r.said.find("a descriptor was closed on another core than its own"), std::string::npos)
      << r.said;
  EXPECT_NE(r.said.find("descriptors_elsewhere_test.cpp:"), std::string::npos) << r.said;
}

/// One that the program brings in is closed where it is, and not what has its number here.
TEST(descriptors_elsewhere, a_descriptor_from_outside_is_closed_in_the_process_table) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
  {
    aside::runtime rt(own_tables(1).block_on_runs_tasks(false));
    auto done = rt.spawn_joinable(
        [](aside::descriptor d) -> task<> {
          auto refused = co_await aside::adopt<tcp_stream>(std::move(d)).as_result();
          EXPECT_FALSE(refused);
          EXPECT_EQ(refused.error().value(), EBADF);
        },
        aside::descriptor(ends[1]));
    rt.block_on([&]() -> task<> { co_await done.join(); });
    char byte = 0;
    EXPECT_EQ(::read(ends[0], &byte, 1), 0) << "nobody can write any more";
  }
  ::close(ends[0]);
}

}  // namespace
