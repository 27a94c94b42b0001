// Pipes, pairs, descriptors of others and those that are passed, under the errors of the calls behind them.
#include "faults/fault_test.hpp"
#include "unit/net/endpoints.hpp"

namespace {

using namespace aside_test;
using aside::poll_events;
using aside::unix_stream;

constexpr std::array epoll_ctl_errors{EBADF, EEXIST, EINVAL, ELOOP, ENOENT, ENOMEM, ENOSPC, EPERM};

TEST(faults_of_pairs, are_named_and_leave_neither_end) {
  run_in([]() -> task<> {
    constexpr std::array pipe_errors{EFAULT, EINVAL, EMFILE, ENFILE};
    constexpr std::array pair_errors{EAFNOSUPPORT, EFAULT,     EMFILE,         ENFILE,
                                     ENOMEM,       EOPNOTSUPP, EPROTONOSUPPORT};
    const auto new_pipe = [] { return aside::pipe(); };
    const auto new_pair = [] { return unix_stream::pair(); };
    co_await expect_named(call::pipe, pipe_errors, "pipe: ", new_pipe);
    co_await expect_named(call::pair, pair_errors, "socketpair: ", new_pair);
    if (on_uring()) co_return;
    for (const unsigned skip : {0u, 1u}) {
      co_await expect_named(call::epoll_ctl, epoll_ctl_errors, "pipe: ", new_pipe, skip);
      co_await expect_named(call::epoll_ctl, epoll_ctl_errors, "socketpair: ", new_pair, skip);
    }
  });
}

// Whether it can be waited for is asked first, of an epoll set of its own on every engine.
TEST(faults_of_pipes_from_elsewhere, are_named_and_leave_nothing) {
  run_in([]() -> task<> {
    constexpr std::array set_errors{EINVAL, EMFILE, ENFILE, ENOMEM};
    std::array<int, 2> ends{};
    EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
    const raw_socket reads(ends[0]);  // closes it
    const raw_socket writes(ends[1]);
    const auto reader = [&] { return aside::pipe_reader::from(reads.fd()); };
    const auto writer = [&] { return aside::pipe_writer::from(writes.fd()); };
    const std::string of_reader = "pipe_reader::from descriptor " + std::to_string(reads.fd());
    const std::string of_writer = "pipe_writer::from descriptor " + std::to_string(writes.fd());
    co_await expect_named(call::epoll_create1, set_errors, of_reader, reader);
    co_await expect_named(call::epoll_create1, set_errors, of_writer, writer);
    co_await expect_named(call::epoll_ctl, epoll_ctl_errors, of_reader, reader);
    co_await expect_named(call::epoll_ctl, epoll_ctl_errors, of_writer, writer);
    if (on_uring()) co_return;
    co_await expect_named(call::epoll_ctl, epoll_ctl_errors, of_reader, reader, 1);
    co_await expect_named(call::epoll_ctl, epoll_ctl_errors, of_writer, writer, 1);
  });
}

// poll(2) is only the short way to a descriptor that is ready already.
TEST(faults_of_poll, of_the_first_look_are_not_noticed) {
  run_in([]() -> task<> {
    for (const int error : {EFAULT, EINTR, EINVAL, ENOMEM}) {
      const nothing_stays check;
      auto [reader, writer] = co_await aside::pipe();
      co_await writer.write("x");
      const fault injected(call::poll, error, 2);  // as it begins, and before it waits
      const poll_events e = co_await aside::poll(reader.native_handle(), poll_events::readable);
      EXPECT_EQ(e, poll_events::readable) << named(error);
      EXPECT_EQ(injected.failed(), 2u);
    }
  });
}

TEST(faults_of_poll, of_the_wait_are_named_and_leave_nothing) {
  run_in([]() -> task<> {
    constexpr std::array set_errors{EINVAL, EMFILE, ENFILE, ENOMEM};
    auto [reader, writer] = co_await aside::pipe();
    const int empty = reader.native_handle();
    const auto waits = [empty] { return aside::poll(empty, poll_events::readable); };
    const std::string begin = "poll descriptor " + std::to_string(empty);
    co_await expect_named(call::epoll_create1, set_errors, begin, waits);
    co_await expect_named(call::epoll_ctl, epoll_ctl_errors, begin, waits);
    if (!on_uring())
      co_await expect_named(call::epoll_ctl, epoll_ctl_errors, begin, waits, 1);
    co_await writer.write("x");
    const poll_events e = co_await aside::poll(empty, poll_events::readable);
    EXPECT_EQ(e, poll_events::readable) << "nothing of that has stayed";
  });
}

TEST(faults_of_adopt, are_named_and_close_the_descriptor) {
  run_in([]() -> task<> {
    constexpr std::array option_errors{EBADF, EFAULT, EINVAL, ENOPROTOOPT, ENOTSOCK};
    const auto adopted = [] {
      aside::descriptor fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
      return aside::adopt<tcp_stream>(std::move(fd));
    };
    for (const unsigned skip : {0u, 1u})  // its type, its family
      co_await expect_named(call::getsockopt, option_errors, "adopt: ", adopted, skip);
    if (!on_uring())
      co_await expect_named(call::epoll_ctl, epoll_ctl_errors, "adopt: ", adopted);
  });
}

constexpr std::array recv_errors{EBADF,  ECONNREFUSED, ECONNRESET, EFAULT,
                                 EINVAL, ENOMEM,       ENOTCONN,   ENOTSOCK};
constexpr std::array send_errors{EACCES, EALREADY, EBADF,    ECONNRESET, EDESTADDRREQ, EFAULT,
                                 EINVAL, EISCONN,  EMSGSIZE, ENOBUFS,    ENOMEM,       ENOTCONN,
                                 ENOTSOCK, EOPNOTSUPP, EPIPE, ETOOMANYREFS};

TEST(faults_of_passing, are_named_and_keep_the_descriptor) {
  run_in([]() -> task<> {
    for (const int error : send_errors) {
      const nothing_stays check;
      auto [a, b] = co_await unix_stream::pair();
      {
        const fault injected(call::send, error);
        const failure f = co_await failure_of(a.send_fd(a.native_handle(), "lost"));
        expect_error(f, error, "send_fd of descriptor " + std::to_string(a.native_handle()));
        EXPECT_EQ(injected.calls(), 1u);
      }
      co_await a.send_fd(a.native_handle(), "next");
      const aside::fd_message m = co_await b.receive_fd();
      EXPECT_EQ(m.bytes.text(), "next");
      EXPECT_TRUE(m.fd);
    }
    for (const int error : recv_errors) {
      const nothing_stays check;
      auto [a, b] = co_await unix_stream::pair();
      co_await a.send_fd(a.native_handle(), "kept");
      {
        const fault injected(call::recv, error);
        const failure f = co_await failure_of(b.receive_fd());
        expect_error(f, error, "receive_fd: ");
        EXPECT_EQ(injected.calls(), 1u);
      }
      const aside::fd_message m = co_await b.receive_fd();
      EXPECT_EQ(m.bytes.text(), "kept");
      EXPECT_TRUE(m.fd);
    }
  });
}

// The descriptor goes with the first byte, and only once, however little is taken at a time.
TEST(faults_of_passing, that_interrupt_or_take_a_little_pass_it_once) {
  run_in([]() -> task<> {
    const nothing_stays check;
    auto [a, b] = co_await unix_stream::pair();
    const short_sends one_byte(1);
    const fault no_send(call::send, EINTR, 3, 1);
    const fault no_recv(call::recv, EINTR, 3);
    co_await a.send_fd(a.native_handle(), "seven b");
    EXPECT_EQ(no_send.failed(), 3u);
    const aside::fd_message first = co_await b.receive_fd();
    EXPECT_TRUE(first.fd);
    EXPECT_EQ(first.bytes.text(), "s");
    EXPECT_EQ(no_recv.failed(), 3u);
    std::string rest;
    while (rest.size() < 6) {
      const aside::fd_message m = co_await b.receive_fd();
      EXPECT_FALSE(m.fd);
      if (!m) break;
      rest += m.bytes.text();
    }
    EXPECT_EQ(rest, "even b");
  });
}

}  // namespace
