// Unix sockets and pipes under the errors of the calls behind them, and calls that take a little.
#include "faults/fault_test.hpp"
#include "unit/net/endpoints.hpp"

#include <sys/uio.h>
#include <optional>

namespace {

using namespace aside_test;
using aside::unix_listener;
using aside::unix_stream;

constexpr std::array recv_errors{EBADF,  ECONNREFUSED, ECONNRESET, EFAULT,
                                 EINVAL, ENOMEM,       ENOTCONN,   ENOTSOCK};
constexpr std::array send_errors{EACCES, EALREADY,   EBADF,  ECONNRESET, EDESTADDRREQ,
                                 EFAULT, EINVAL,     EISCONN, EMSGSIZE,  ENOBUFS,
                                 ENOMEM, ENOTCONN,   ENOTSOCK, EOPNOTSUPP, EPIPE, ETOOMANYREFS};
constexpr std::array read_errors{EBADF, EFAULT, EINVAL, EIO, EISDIR};
constexpr std::array write_errors{EBADF,  EDESTADDRREQ, EDQUOT, EFAULT, EFBIG,
                                  EINVAL, EIO,          ENOSPC, EPERM,  EPIPE};

/// What the kernel is asked for.
struct by_socket {
  using type = way<unix_stream, unix_stream>;
  static constexpr call reads = call::recv;
  static constexpr call writes = call::send;
  static constexpr std::span<const int> errors_of_reads{recv_errors};
  static constexpr std::span<const int> errors_of_writes{send_errors};
  static task<type> open() {
    auto [a, b] = co_await unix_stream::pair();
    co_return type(std::move(a), std::move(b));
  }
};
struct by_pipe {
  using type = way<aside::pipe_writer, aside::pipe_reader>;
  static constexpr call reads = call::read;
  static constexpr call writes = call::write;
  static constexpr std::span<const int> errors_of_reads{read_errors};
  static constexpr std::span<const int> errors_of_writes{write_errors};
  static task<type> open() {
    auto [reader, writer] = co_await aside::pipe();
    co_return type(std::move(writer), std::move(reader));
  }
};

template <class Kind>
class faults_of_bytes : public testing::Test {};
struct name_of_kind {
  template <class Kind>
  static std::string GetName(int) {
    return std::is_same_v<Kind, by_pipe> ? "pipe" : "socket";
  }
};
using kinds = testing::Types<by_socket, by_pipe>;
TYPED_TEST_SUITE(faults_of_bytes, kinds, name_of_kind);

TYPED_TEST(faults_of_bytes, of_reads_are_named_and_lose_no_byte) {
  run_in([]() -> task<> {
    for (const int error : TypeParam::errors_of_reads) {
      const nothing_stays check;
      auto w = co_await TypeParam::open();
      co_await w.to.write("kept");
      std::array<std::byte, 4> room{};
      {
        const fault injected(TypeParam::reads, error);
        const failure f = co_await failure_of(w.from.receive());
        EXPECT_EQ(f.code, error);
        EXPECT_EQ(f.what, "receive: " + named(error));
        EXPECT_EQ(injected.calls(), 1u);
      }
      {
        const fault injected(TypeParam::reads, error);
        const failure f = co_await failure_of(w.from.read_some(room));
        EXPECT_EQ(f.code, error);
        EXPECT_EQ(f.what, "read_some: " + named(error));
      }
      {
        const fault injected(TypeParam::reads, error);
        const failure f = co_await failure_of(w.from.read_exact(room));
        EXPECT_EQ(f.code, error);
        EXPECT_EQ(f.what, "read_exact: " + named(error));
      }
      co_await w.from.read_exact(room);
      EXPECT_EQ(text_of(room), "kept");
    }
  });
}

TYPED_TEST(faults_of_bytes, of_writes_are_named_and_tell_how_far_they_came) {
  run_in([]() -> task<> {
    for (const int error : TypeParam::errors_of_writes) {
      const nothing_stays check;
      auto w = co_await TypeParam::open();
      {
        const fault injected(TypeParam::writes, error);
        const failure f = co_await failure_of(w.to.write("lost"));
        EXPECT_EQ(f.code, error);
        EXPECT_EQ(f.what, "write: " + named(error));
        EXPECT_EQ(injected.calls(), 1u);
      }
      {
        const fault injected(TypeParam::writes, error);
        const failure f = co_await failure_of(w.to.write_some("lost"));
        EXPECT_EQ(f.code, error);
        EXPECT_EQ(f.what, "write_some: " + named(error));
      }
      for (const bool in_pieces : {false, true}) {
        const short_sends injected(2);
        const fault after_two(TypeParam::writes, error, 1, 2);
        std::size_t sent = 99;
        std::expected<void, aside::transfer_failure> r;
        if (in_pieces)
          r = co_await w.to.write("one", "two").as_result();
        else
          r = co_await w.to.write("onetwo", &sent).as_result();
        EXPECT_FALSE(r.has_value());
        if (!r) {
          EXPECT_EQ(r.error().value(), error);
          EXPECT_EQ(r.error().transferred(), in_pieces ? 3u : 4u);
        }
        if (!in_pieces) {
          EXPECT_EQ(sent, 4u);
        }
      }
      co_await w.to.shutdown();
      const std::string all = co_await read_all(w.from);
      EXPECT_EQ(all, "onetone");
    }
  });
}

TYPED_TEST(faults_of_bytes, that_interrupt_or_take_a_little_deliver_every_byte_once) {
  run_in([]() -> task<> {
    for (const std::size_t most : {std::size_t{1}, std::size_t{7}, std::size_t{1000}}) {
      for (const bool in_pieces : {false, true}) {
        const nothing_stays check;
        const std::vector<std::byte> all = pattern(most * 500);
        const std::array<std::span<const std::byte>, 2> pieces{std::span(all).first(most * 99 / 2),
                                                               std::span(all).subspan(most * 99 / 2)};
        auto w = co_await TypeParam::open();
        const short_sends injected(most);
        const fault no_write(TypeParam::writes, EINTR, 20, 3);
        const fault no_read(TypeParam::reads, EINTR, 3, 1);
        std::vector<std::byte> got(all.size());
        co_await aside::scope([&](nursery& n) -> task<> {
          n.spawn_local([&]() -> task<> {
            if (in_pieces)
              co_await w.to.write(pieces);
            else
              co_await w.to.write(all);
            co_await w.to.shutdown();
          });
          co_await w.from.read_exact(got);
          const chunk end = co_await w.from.receive();
          EXPECT_FALSE(end);
        });
        EXPECT_EQ(got, all);
        EXPECT_EQ(no_write.failed(), 20u);
        EXPECT_GE(no_write.calls(), 500u);
      }
    }
  });
}

TYPED_TEST(faults_of_bytes, that_find_nothing_after_all_wait_for_more) {
  run_in([]() -> task<> {
    const nothing_stays check;
    auto w = co_await TypeParam::open();
    co_await aside::scope([&](nursery& n) -> task<> {
      const fault injected(TypeParam::reads, EAGAIN);
      n.spawn_local([&]() -> task<> {
        std::string got(8, '\0');
        co_await w.from.read_exact(std::as_writable_bytes(std::span(got)));
        EXPECT_EQ(got, "one, two");
      });
      co_await w.to.write("one, ");
      while (injected.failed() == 0)
        co_await aside::yield();
      co_await w.to.write("two");
      while (n.size() != 0)
        co_await aside::yield();
    });
  });
}

bool kernel_writes_without_signals() {
  std::array<int, 2> ends{};
  EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
  iovec piece{const_cast<char*>("x"), 1};
  const bool can = ::pwritev2(ends[1], &piece, 1, -1, 0x100) == 1;
  ::close(ends[0]);
  ::close(ends[1]);
  return can;
}

// As of a kernel that does not know RWF_NOSIGNAL; the process remembers it.
TEST(faults_of_pipe, of_an_old_kernels_pwritev2_are_not_noticed) {
  run_on(1, []() -> task<> {  // so that an old kernel has been found out
    auto [reader, writer] = co_await aside::pipe();
    co_await writer.write("x");
  });
  const bool asks_twice = kernel_writes_without_signals();
  run_on(1, [asks_twice]() -> task<> {
    auto [reader, writer] = co_await aside::pipe();
    const fault injected(call::write, EOPNOTSUPP);
    co_await writer.write("as ", "ever");
    const chunk c = co_await reader.receive();
    EXPECT_EQ(c.text(), "as ever");
    const unsigned first = asks_twice ? 2 : 1;
    EXPECT_EQ(injected.calls(), first);
    co_await writer.write("again");
    EXPECT_EQ(injected.calls(), first + 1);
  });
}

// ---- listening

constexpr std::array passing{EMFILE, ENFILE, ENOBUFS, ENOMEM, ENOSPC, ENOSR, ETIMEDOUT};
constexpr std::array one_peers{ECONNABORTED, EPROTO, EOPNOTSUPP, EPERM, EINTR};
constexpr std::array fatal{EBADF, EFAULT, EINVAL, ENOTSOCK, ENOSYS, EACCES};

call accepting() { return on_uring() ? call::ring_accept : call::accept4; }

TEST(faults_of_unix_accept, are_given_to_the_caller_or_skipped_and_keep_the_connection) {
  run_in([]() -> task<> {
    const folder f;
    for (const auto& errors : {std::span<const int>(passing), std::span<const int>(fatal)}) {
      for (const int error : errors) {
        const nothing_stays check;
        unix_listener listener = co_await unix_listener::bind(f / "s");
        const unix_stream peer = co_await unix_stream::connect(f / "s");
        {
          const fault injected(call::accept4, error);
          const failure e = co_await failure_of(listener.accept());
          EXPECT_EQ(e.code, error) << named(error);
          EXPECT_EQ(e.what, "accept: " + named(error));
          EXPECT_EQ(injected.calls(), 1u);
        }
        const unix_stream got = co_await listener.accept();
        EXPECT_TRUE(got);
      }
    }
    for (const int error : one_peers) {
      const nothing_stays check;
      unix_listener listener = co_await unix_listener::bind(f / "s");
      const unix_stream peer = co_await unix_stream::connect(f / "s");
      const fault injected(call::accept4, error, 5);
      const unix_stream got = co_await listener.accept();
      EXPECT_TRUE(got) << named(error);
      EXPECT_EQ(injected.failed(), 5u);
    }
  });
}

task<> echo_here(unix_stream peer) {
  for (;;) {
    const chunk c = co_await peer.receive();
    if (!c) break;
    co_await peer.write(*c);
  }
}
task<> say(unix_stream& s, std::string_view text) {
  co_await s.write(text);
  std::string back(text.size(), '\0');
  co_await s.read_exact(std::as_writable_bytes(std::span(back)));
  EXPECT_EQ(back, text);
}

TEST(faults_of_unix_serve, that_pass_leave_live_connections_alone) {
  run_on(1, []() -> task<> {
    if (on_uring() && !ring_results_can_be_set()) co_return;
    const folder f;
    testing::internal::CaptureStderr();
    for (const int error : passing) {
      const nothing_stays check;
      unix_listener listener = co_await unix_listener::bind(f / "s");
      co_await aside::scope([&](nursery& n) -> task<> {
        n.spawn_local([&]() -> task<> { co_await listener.serve(&echo_here); });
        unix_stream live = co_await unix_stream::connect(f / "s");
        co_await say(live, "served");
        const fault injected(accepting(), error, 3);
        unix_stream late = co_await unix_stream::connect(f / "s");
        if (!on_uring()) {  // on a ring the operation that waits has passed already
          const auto until = std::chrono::steady_clock::now() + 20s;
          while (injected.failed() < 3 && std::chrono::steady_clock::now() < until)
            co_await say(live, "still here");
          EXPECT_EQ(injected.failed(), 3u) << named(error);
        }
        co_await say(late, "it waited in the backlog");
        EXPECT_LE(injected.calls(), 3u + 3u) << "it spins: " << named(error);
        n.request_stop();
      });
    }
    static_cast<void>(testing::internal::GetCapturedStderr());
  });
}

TEST(faults_of_unix_serve, that_do_not_pass_end_it_with_their_name) {
  run_in([]() -> task<> {
    if (on_uring() && !ring_results_can_be_set()) co_return;
    const folder f;
    for (const int error : {EBADF, EFAULT, ENOTSOCK, ENOSYS, EACCES, EPERM}) {
      const nothing_stays check;
      unix_listener listener = co_await unix_listener::bind(f / "s");
      const unix_stream peer = co_await unix_stream::connect(f / "s");
      testing::internal::CaptureStderr();
      const fault injected(accepting(), error, fault::always);
      const auto r = co_await aside::timeout(10s, [&]() -> task<> {
        const std::string what =
            co_await said([&]() -> task<> { co_await listener.serve(&echo_here); });
        EXPECT_EQ(what, "accept: " + named(error));
      }());
      static_cast<void>(testing::internal::GetCapturedStderr());
      EXPECT_TRUE(r.has_value()) << named(error) << " was not surfaced";
      EXPECT_LE(injected.calls(), 70u);
    }
  });
}

// ---- opening

constexpr std::array socket_errors{EACCES, EAFNOSUPPORT, EINVAL,  EMFILE,
                                   ENFILE, ENOBUFS,      ENOMEM,  EPROTONOSUPPORT};
constexpr std::array bind_errors{EACCES, EADDRINUSE, EADDRNOTAVAIL, EBADF,   EFAULT, EINVAL,      ELOOP,
                                 ENAMETOOLONG, ENOENT, ENOMEM,      ENOTDIR, EROFS,  ENOTSOCK};
constexpr std::array listen_errors{EADDRINUSE, EBADF, ENOTSOCK, EOPNOTSUPP};
constexpr std::array connect_errors{EACCES, EPERM,  EADDRINUSE, EAFNOSUPPORT, EAGAIN,    EBADF,
                                    EFAULT, ENOENT, ENOTSOCK,   EPROTOTYPE,   ECONNREFUSED};
constexpr std::array epoll_ctl_errors{EBADF, EEXIST, EINVAL, ELOOP, ENOENT, ENOMEM, ENOSPC, EPERM};

task<> open_under(call which, std::span<const int> errors, bool binds) {
  const folder f;
  const std::string path = f / "s";
  for (const int error : errors) {
    std::optional<unix_listener> listener;
    if (!binds) listener = co_await unix_listener::bind(path);
    {
      const nothing_stays check;
      const fault injected(which, error);
      failure e;
      if (binds)
        e = co_await failure_of(unix_listener::bind(path));
      else
        e = co_await failure_of(unix_stream::connect(path));
      EXPECT_EQ(injected.failed(), 1u);
      expect_error(e, error, (binds ? "bind " : "connect ") + path);
    }
    EXPECT_EQ(exists(path), !binds) << named(error);
  }
}

TEST(faults_of_unix_bind, of_each_of_its_calls_are_named_and_leave_nothing) {
  run_in([]() -> task<> {
    co_await open_under(call::socket, socket_errors, true);
    co_await open_under(call::bind, bind_errors, true);
    co_await open_under(call::listen, listen_errors, true);
    if (!on_uring()) co_await open_under(call::epoll_ctl, epoll_ctl_errors, true);
  });
}

TEST(faults_of_unix_connect, of_each_of_its_calls_are_named_and_leave_nothing) {
  run_in([]() -> task<> {
    co_await open_under(call::socket, socket_errors, false);
    co_await open_under(call::connect, connect_errors, false);
    if (!on_uring()) co_await open_under(call::epoll_ctl, epoll_ctl_errors, false);
  });
}

}  // namespace
