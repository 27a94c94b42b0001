// Descriptors that are passed: they arrive, they are closed when nobody takes them, and none leaks.
#include "sched/core.hpp"
#include "scope/start_on.hpp"
#include "unit/net/endpoints.hpp"

#include <aside/detail/block.hpp>

#include <sys/resource.h>
#include <array>

namespace {

using namespace aside_test;
using aside::descriptor;
using aside::fd_message;
using aside::tcp_stream;
using aside::unix_datagram;
using aside::unix_stream;

ino_t file_of(int fd) {
  struct stat s{};
  EXPECT_EQ(::fstat(fd, &s), 0);
  return s.st_ino;
}

/// Sends so many copies of a descriptor in one message.
void send_many(int over, int fd, std::size_t count, std::string_view text) {
  iovec part{const_cast<char*>(text.data()), text.size()};
  std::vector<std::byte> control(CMSG_SPACE(count * sizeof(int)));
  msghdr m{};
  m.msg_iov = &part;
  m.msg_iovlen = 1;
  m.msg_control = control.data();
  m.msg_controllen = control.size();
  cmsghdr* const c = CMSG_FIRSTHDR(&m);
  c->cmsg_level = SOL_SOCKET;
  c->cmsg_type = SCM_RIGHTS;
  c->cmsg_len = CMSG_LEN(count * sizeof(int));
  const std::vector<int> copies(count, fd);
  std::memcpy(CMSG_DATA(c), copies.data(), count * sizeof(int));
  EXPECT_EQ(::sendmsg(over, &m, MSG_NOSIGNAL), static_cast<ssize_t>(text.size()));
}

template <class Socket>
task<> pass_one() {
  auto [a, b] = co_await Socket::pair();
  auto [reader, writer] = co_await aside::pipe();
  co_await a.send_fd(writer.native_handle(), "take this");
  const ino_t file = file_of(writer.native_handle());
  writer.close();
  const fd_message m = co_await b.receive_fd();
  EXPECT_EQ(m.bytes.text(), "take this");
  EXPECT_TRUE(m.fd);
  EXPECT_EQ(file_of(m.fd.get()), file);
  EXPECT_EQ(::fcntl(m.fd.get(), F_GETFD), FD_CLOEXEC);
  EXPECT_FALSE(m.lost_descriptors());
  EXPECT_FALSE(m.truncated());
  EXPECT_EQ(::write(m.fd.get(), "x", 1), 1);
  const chunk c = co_await reader.receive();
  EXPECT_EQ(c.text(), "x");

  co_await a.send_fd(reader.native_handle());
  const fd_message zero = co_await b.receive_fd();
  EXPECT_EQ(zero.bytes.text(), std::string_view("\0", 1));
  EXPECT_TRUE(zero.fd);
}

TEST(send_fd, passes_a_descriptor_with_its_bytes) {
  const no_descriptor_left check;
  run_in(&pass_one<unix_stream>);
  run_in(&pass_one<unix_datagram>);
}

TEST(send_fd, says_what_is_wrong) {
  const no_descriptor_left check;
  run_in([]() -> task<> {
    auto [a, b] = co_await unix_stream::pair();
    const int over = a.native_handle();
    std::string e = co_await said([&]() -> task<> { co_await a.send_fd(over, ""); });
    EXPECT_EQ(e, "send_fd of descriptor " + std::to_string(over) +
                     ": Invalid argument; at least one byte goes with it");
    e = co_await said([&]() -> task<> { co_await a.send_fd(-1); });
    EXPECT_EQ(e, "send_fd of descriptor -1: Bad file descriptor");
    b.close();
    e = co_await said([&]() -> task<> { co_await a.send_fd(over); });
    EXPECT_EQ(e, "send_fd of descriptor " + std::to_string(over) + ": Broken pipe");
    const fd_message end = co_await a.receive_fd();
    EXPECT_FALSE(end);
  });
}

TEST(receive_fd, takes_bytes_without_descriptors_too) {
  run_in([]() -> task<> {
    auto [a, b] = co_await unix_stream::pair();
    co_await a.write("only bytes");
    const fd_message m = co_await b.receive_fd();
    EXPECT_EQ(m.bytes.text(), "only bytes");
    EXPECT_FALSE(m.fd);
    EXPECT_FALSE(m.lost_descriptors());
    EXPECT_TRUE(m);
  });
}

TEST(receive_fd, keeps_messages_with_descriptors_apart) {
  run_in([]() -> task<> {
    auto [a, b] = co_await unix_stream::pair();
    for (int i = 0; i < 5; ++i)
      co_await a.send_fd(a.native_handle(), "message");
    for (int i = 0; i < 5; ++i) {
      const fd_message m = co_await b.receive_fd();
      EXPECT_EQ(m.bytes.text(), "message");
      EXPECT_TRUE(m.fd);
    }
  });
}

TEST(receive_fd, closes_what_it_does_not_give_out_and_says_so) {
  run_in([]() -> task<> {
    auto [a, b] = co_await unix_stream::pair();
    const std::size_t before = open_descriptors();
    for (const std::size_t count : {std::size_t{2}, std::size_t{100}, std::size_t{253}}) {
      send_many(a.native_handle(), a.native_handle(), count, "many");
      {
        const fd_message m = co_await b.receive_fd();
        EXPECT_EQ(m.bytes.text(), "many");
        EXPECT_TRUE(m.fd);
        EXPECT_TRUE(m.lost_descriptors());
        EXPECT_EQ(open_descriptors(), before + 1);
      }
      EXPECT_EQ(open_descriptors(), before);
    }
  });
}

TEST(receive_fd, at_the_limit_loses_descriptors_and_says_so) {
  run_in([]() -> task<> {
    auto [a, b] = co_await unix_stream::pair();
    co_await a.send_fd(a.native_handle(), "no room");
    co_await a.send_fd(a.native_handle(), "room");
    const std::size_t before = open_descriptors();
    rlimit limit{};
    EXPECT_EQ(::getrlimit(RLIMIT_NOFILE, &limit), 0);
    rlimit none = limit;
    none.rlim_cur = 0;
    EXPECT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
    const fd_message m = co_await b.receive_fd();
    EXPECT_EQ(::setrlimit(RLIMIT_NOFILE, &limit), 0);
    EXPECT_EQ(m.bytes.text(), "no room");
    EXPECT_FALSE(m.fd);
    EXPECT_TRUE(m.lost_descriptors());
    EXPECT_EQ(open_descriptors(), before);
    const fd_message next = co_await b.receive_fd();
    EXPECT_EQ(next.bytes.text(), "room");
    EXPECT_TRUE(next.fd);
  });
}

TEST(receive_fd, says_that_a_datagram_was_cut_off_and_leaks_nothing) {
  run_in([]() -> task<> {
    auto [a, b] = co_await unix_datagram::pair();
    const std::size_t before = open_descriptors();
    const std::vector<std::byte> large = pattern(chunk::capacity + 1);
    co_await a.send_fd(a.native_handle(), large);
    {
      const fd_message m = co_await b.receive_fd();
      EXPECT_EQ(m.bytes.size(), chunk::capacity);
      EXPECT_TRUE(m.truncated());
      EXPECT_TRUE(m.fd);
    }
    EXPECT_EQ(open_descriptors(), before);
    // The others take no descriptors, and none stays with them.
    co_await a.send_fd(a.native_handle(), "unwanted");
    std::array<std::byte, 4> room{};
    const auto cut = co_await b.recv_from(room);
    EXPECT_TRUE(cut.truncated());
    EXPECT_EQ(open_descriptors(), before);
  });
}

TEST(receive_fd, that_nobody_gets_to_see_leaks_nothing) {
  const no_descriptor_left check;
  run_in([]() -> task<> {
    auto [a, b] = co_await unix_stream::pair();
    for (int i = 0; i < 10; ++i) {
      co_await a.send_fd(a.native_handle());
      static_cast<void>(co_await b.receive_fd());
    }
    for (int i = 0; i < 10; ++i)
      co_await a.send_fd(a.native_handle());
  });
}

// ---- adopting what has come

TEST(adopt, makes_a_stream_of_a_socket_from_elsewhere) {
  const no_descriptor_left check;
  run_in([]() -> task<> {
    auto [a, b] = co_await unix_stream::pair();
    stream_pair p = co_await connected();
    co_await a.send_fd(p.far.native_handle());
    p.far.close();
    fd_message m = co_await b.receive_fd();
    tcp_stream far = co_await aside::adopt<tcp_stream>(std::move(m.fd));
    co_await p.near.write("over there?");
    const chunk c = co_await far.receive();
    EXPECT_EQ(c.text(), "over there?");
    co_await far.write("here");
    const chunk answer = co_await p.near.receive();
    EXPECT_EQ(answer.text(), "here");
    far.close();
    const chunk end = co_await p.near.receive();
    EXPECT_FALSE(end);

    auto [c1, c2] = co_await unix_stream::pair();
    co_await a.send_fd(c2.native_handle());
    c2.close();
    fd_message second = co_await b.receive_fd();
    unix_stream local_far = co_await aside::adopt<unix_stream>(std::move(second.fd));
    co_await c1.write("x");
    const chunk x = co_await local_far.receive();
    EXPECT_EQ(x.text(), "x");
  });
}

TEST(adopt, makes_a_blocking_socket_wait_like_the_others) {
  const no_descriptor_left check;
  run_in([]() -> task<> {
    std::array<int, 2> raw{};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, raw.data()), 0);
    const raw_socket peer(raw[0]);
    unix_stream s = co_await aside::adopt<unix_stream>(descriptor(raw[1]));
    const auto none = co_await aside::timeout(
        1ms, [&]() -> task<> { static_cast<void>(co_await s.receive()); }());
    EXPECT_FALSE(none.has_value());
    peer.send("x");
    const chunk c = co_await s.receive();
    EXPECT_EQ(c.text(), "x");
  });
}

TEST(adopt, refuses_a_socket_that_listens) {
  const no_descriptor_left check;
  run_in([]() -> task<> {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ::listen(fd, 1);
    const std::string e = co_await said([&]() -> task<> {
      tcp_stream s = co_await aside::adopt<tcp_stream>(descriptor(fd));
    });
    EXPECT_EQ(e,
              "adopt: Transport endpoint is not connected; the socket listens, so it is no stream");
  });
}

TEST(adopt, refuses_and_closes_what_fits_not) {
  const no_descriptor_left check;
  run_in([]() -> task<> {
    const auto error_of = [](int fd) -> task<std::error_code> {
      const auto s = co_await aside::adopt<tcp_stream>(descriptor(fd)).as_result();
      co_return s ? std::error_code() : s.error();
    };
    std::error_code e = co_await error_of(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    EXPECT_EQ(e, std::errc::wrong_protocol_type);
    e = co_await error_of(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    EXPECT_EQ(e, std::errc::wrong_protocol_type);
    e = co_await error_of(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    EXPECT_EQ(e, std::errc::not_a_socket);
    e = co_await error_of(-1);
    EXPECT_EQ(e, std::errc::bad_file_descriptor);
    const auto u = co_await aside::adopt<unix_stream>(
                       descriptor(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)))
                       .as_result();
    EXPECT_FALSE(u.has_value());
  });
}

// ---- what is passed on lives on: closing here neither ends it nor leaves anything registered

task<> close_it(tcp_stream* s, unsigned* core) {
  *core = aside::detail::this_core_index();
  s->close();
  co_return;
}

TEST(send_fd, leaves_a_connection_alive_that_is_closed_here_on_any_core) {
  const no_descriptor_left check;
  run_on(2, []() -> task<> {
    auto [a, b] = co_await unix_stream::pair();
    for (unsigned i = 0; i < 20; ++i) {
      stream_pair p = co_await connected();
      co_await a.send_fd(p.far.native_handle());
      fd_message m = co_await b.receive_fd();
      unsigned core = 2;
      co_await aside::scope([&](nursery& n) -> task<> {
        using aside::detail::make_task;
        aside::detail::start_on(
            n, make_task(std::source_location::current(), &close_it, &p.far, &core), i % 2);
        co_return;
      });
      EXPECT_EQ(core, i % 2);
      tcp_stream far = co_await aside::adopt<tcp_stream>(std::move(m.fd));
      co_await p.near.write("x");
      const chunk c = co_await far.receive();
      EXPECT_EQ(c.text(), "x");
    }
  });
}

TEST(send_fd, leaves_nothing_registered_of_what_is_closed_here) {
  run_on(1, []() -> task<> {
    auto [a, b] = co_await unix_stream::pair();
    stream_pair p = co_await connected();
    co_await a.send_fd(p.far.native_handle());
    const fd_message kept = co_await b.receive_fd();
    p.far.close();
    char epoll_info[4096] = {};
    std::size_t registered = 0;
    for (int fd = 3; fd < 64; ++fd) {  // what the epoll sets of this process hold
      const std::string name = "/proc/self/fdinfo/" + std::to_string(fd);
      const int f = ::open(name.c_str(), O_RDONLY | O_CLOEXEC);
      if (f < 0) continue;
      const ssize_t n = ::read(f, epoll_info, sizeof epoll_info - 1);
      ::close(f);
      const std::string_view info(epoll_info, n > 0 ? static_cast<std::size_t>(n) : 0);
      for (std::size_t at = 0; (at = info.find("tfd:", at)) != info.npos; ++at)
        ++registered;
    }
    // The wake-up, two ends of the pair and one of the connection; none with io_uring.
    EXPECT_TRUE(registered == 4 || registered == 0) << registered;
  });
}

}  // namespace
