// The driver contract itself (docs/design/0008-the-driver-contract.md), clause by clause, on an
// engine without a runtime: what it marks, whom it notifies, and what it leaves.
#include "driver/arrivals.hpp"
#include "driver/engine.hpp"
#include "sched/choice.hpp"
#include "unit/net/loopback.hpp"

#include <fcntl.h>
#include <cstdlib>
#include <thread>

namespace {

using namespace aside_test;
using namespace aside::detail;
using std::chrono::steady_clock;

std::unique_ptr<engine> open_engine() {
  return make_engine(choose_engine(aside::engine_kind::automatic).kind, false);
}

/// A task that waits at a leaf; notify does not run it, but counts.
class waiter {
 public:
  waiter() {
    header_.what_.store(&descriptor, memory_order_relaxed);
    header_.root_ = nullptr;
    at_.task_ = &header_;
    leaf_.at_ = &at_;
    header_.budget_ = 0;
  }
  waiter(const waiter&) = delete;
  [[nodiscard]] leaf& at() { return leaf_; }
  /// How often it was notified.
  [[nodiscard]] int notified() const { return header_.room_; }
  void arm(readiness& word) { EXPECT_TRUE(word.arm(leaf_)); }

 private:
  static void count(task_header& t) noexcept { ++t.room_; }
  static constexpr task_descriptor descriptor{&count, nullptr, nullptr, nullptr, nullptr, 0};
  static constexpr leaf_ops ops{nullptr, nullptr, "test"};
  task_header header_;
  promise_base at_{std::source_location::current()};
  leaf leaf_{ops};
};

/// Two connected ends, neither of which blocks.
class ends {
 public:
  ends() {
    std::array<int, 2> both{};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, both.data()), 0);
    mine = both[0];
    theirs = raw_socket(both[1]);
  }
  int mine = -1;  // the engine's from attach on
  raw_socket theirs{-1};
};

interest& attach(engine& e, int fd, bool writable = false) {
  int error = 0;
  interest* const i = e.attach(fd, writable, error);
  EXPECT_NE(i, nullptr) << std::strerror(error);
  return *i;
}
bool reads_something(int fd) {
  char c = 0;
  return ::recv(fd, &c, 1, MSG_DONTWAIT) == 1;
}
/// Waits until the condition holds; edges of one kind may come in several waits.
template <class F>
bool wait_until(engine& e, F condition) {
  const auto until = steady_clock::now() + 10s;
  for (;;) {
    if (condition()) return true;
    if (steady_clock::now() > until) return false;
    e.wait(10'000'000);
  }
}

TEST(engine_contract, bytes_that_were_there_before_are_marked_first) {
  const auto e = open_engine();
  ends p;
  p.theirs.send("x");
  interest& i = attach(*e, p.mine);
  EXPECT_TRUE(wait_until(*e, [&] { return i.reader.take(); }));
  EXPECT_TRUE(wait_until(*e, [&] { return i.writer.take(); }));
  EXPECT_FALSE(i.reader.take()) << "one edge is one mark";
  e->close(i, p.mine);
}

TEST(engine_contract, a_write_need_not_wait_where_the_caller_knows_better) {
  const auto e = open_engine();
  ends p;
  interest& i = attach(*e, p.mine, true);
  EXPECT_TRUE(i.writer.take());
  EXPECT_FALSE(i.reader.take());
  e->close(i, p.mine);
}

TEST(engine_contract, an_edge_notifies_who_waits_once) {
  const auto e = open_engine();
  ends p;
  interest& i = attach(*e, p.mine, true);
  e->wait(0);
  waiter w;
  w.arm(i.reader);
  e->wait(0);
  EXPECT_EQ(w.notified(), 0) << "nothing has come";
  p.theirs.send("x");
  EXPECT_TRUE(wait_until(*e, [&] { return w.notified() != 0; }));
  e->wait(0);
  EXPECT_EQ(w.notified(), 1);
  EXPECT_TRUE(i.reader.take()) << "the woken one finds the mark";
  e->close(i, p.mine);
}

TEST(engine_contract, every_arrival_of_bytes_is_an_edge) {
  const auto e = open_engine();
  ends p;
  interest& i = attach(*e, p.mine, true);
  for (int round = 0; round < 50; ++round) {
    p.theirs.send("x");
    ASSERT_TRUE(wait_until(*e, [&] { return i.reader.take(); })) << round;
    ASSERT_TRUE(reads_something(p.mine));
    ASSERT_FALSE(reads_something(p.mine));
  }
  e->close(i, p.mine);
}

TEST(engine_contract, room_to_write_is_an_edge) {
  const auto e = open_engine();
  ends p;
  interest& i = attach(*e, p.mine, true);
  EXPECT_TRUE(i.writer.take());
  const std::size_t sent = fill(p.mine);
  e->wait(0);
  static_cast<void>(i.writer.take());
  waiter w;
  if (i.writer.take()) ADD_FAILURE() << "marked, but full";
  w.arm(i.writer);
  std::vector<char> all(sent);
  EXPECT_EQ(::recv(p.theirs.fd(), all.data(), all.size(), MSG_WAITALL),
            static_cast<ssize_t>(all.size()));
  EXPECT_TRUE(wait_until(*e, [&] { return w.notified() != 0; }));
  e->close(i, p.mine);
}

TEST(engine_contract, a_hang_up_marks_for_good_and_notifies_both_directions) {
  const auto e = open_engine();
  ends p;
  interest& i = attach(*e, p.mine, true);
  e->wait(0);
  static_cast<void>(i.writer.take());
  waiter reads;
  waiter writes;
  reads.arm(i.reader);
  writes.arm(i.writer);
  p.theirs.close();
  EXPECT_TRUE(wait_until(*e, [&] { return reads.notified() != 0 && writes.notified() != 0; }));
  for (int k = 0; k < 3; ++k)
    EXPECT_TRUE(i.reader.take()) << "the end stays readable";
  e->close(i, p.mine);
}

/// The same over TCP.
class tcp_ends {
 public:
  tcp_ends() {
    const raw_socket listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in a = raw_socket::address(0);
    socklen_t size = sizeof a;
    EXPECT_EQ(::bind(listener.fd(), reinterpret_cast<const sockaddr*>(&a), size), 0);
    EXPECT_EQ(::listen(listener.fd(), 1), 0);
    EXPECT_EQ(::getsockname(listener.fd(), reinterpret_cast<sockaddr*>(&a), &size), 0);
    theirs = raw_socket::connect(ntohs(a.sin_port));
    mine = ::accept4(listener.fd(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
  }
  int mine = -1;  // the engine's from attach on
  raw_socket theirs{-1};
};

TEST(engine_contract, an_urgent_byte_marks_until_a_call_has_found_nothing) {
  const auto e = open_engine();
  tcp_ends p;
  interest& i = attach(*e, p.mine, true);
  EXPECT_EQ(::send(p.theirs.fd(), "!", 1, MSG_OOB | MSG_NOSIGNAL), 1);
  EXPECT_TRUE(wait_until(*e, [&] { return i.reader.take(); }));
  for (int k = 0; k < 3; ++k)
    EXPECT_TRUE(i.reader.take()) << "a read may have stopped in front of it";
  EXPECT_FALSE(reads_something(p.mine)) << "it is not in the stream";
  i.reader.calm();
  EXPECT_TRUE(i.reader.take());
  EXPECT_FALSE(i.reader.take());
  p.theirs.send("x");
  EXPECT_TRUE(wait_until(*e, [&] { return i.reader.take(); }));
  EXPECT_FALSE(i.reader.take()) << "one edge is one mark again";
  e->close(i, p.mine);
}

TEST(engine_contract, what_is_closed_is_gone_at_once) {
  const auto e = open_engine();
  for (int round = 0; round < 20; ++round) {
    ends old;
    interest& i = attach(*e, old.mine);
    old.theirs.send("x");  // an event that nobody will take
    if (round % 2 != 0) e->wait(0);
    if (round % 3 != 0) old.theirs.send("y");
    const int number = old.mine;
    e->close(i, old.mine);
    EXPECT_EQ(e->attached(), 0u);
    char c = 0;
    errno = 0;
    EXPECT_LE(::recv(old.theirs.fd(), &c, 1, MSG_DONTWAIT), 0);
    EXPECT_NE(errno, EAGAIN) << "the kernel still holds the file";

    // Its number and its entry are used again: no event of the former reaches them.
    ends fresh;
    if (fresh.mine != number) {
      EXPECT_EQ(::dup3(fresh.mine, number, O_CLOEXEC), number);
      ::close(std::exchange(fresh.mine, number));
    }
    interest& again = attach(*e, fresh.mine);
    e->wait(0);
    e->wait(0);
    EXPECT_FALSE(again.reader.take()) << "an event of the descriptor before";
    e->close(again, fresh.mine);
  }
}

TEST(engine_contract, another_thread_may_retire) {
  const auto e = open_engine();
  for (int round = 0; round < 100; ++round) {
    ends p;
    interest& i = attach(*e, p.mine);
    std::thread other([&] { e->retire(i, p.mine); });
    EXPECT_TRUE(wait_until(*e, [&] { return e->attached() == 0; }));
    other.join();
    char c = 0;
    EXPECT_EQ(::recv(p.theirs.fd(), &c, 1, MSG_DONTWAIT), 0) << "the peer learns of it";
  }
}

TEST(engine_contract, what_is_retired_last_is_closed_with_the_engine) {
  const no_descriptor_left check;
  auto e = open_engine();
  ends p;
  interest& i = attach(*e, p.mine);
  e->retire(i, p.mine);
  e.reset();
}

// ---- waiting

TEST(engine_contract, a_wait_lasts_as_long_as_it_was_told) {
  const auto e = open_engine();
  e->wait(0);
  for (const auto limit : {1ms, 5ms, 20ms}) {
    const auto began = steady_clock::now();
    e->wait(static_cast<std::uint64_t>(std::chrono::nanoseconds(limit).count()));
    const auto took = steady_clock::now() - began;
    EXPECT_GE(took, limit);
    EXPECT_LT(took, limit + 5s);
  }
}

TEST(engine_contract, a_wake_ends_the_wait_under_way_or_the_next) {
  const auto e = open_engine();
  e->wake();
  e->wake();
  e->wait(engine::forever);
  for (int round = 0; round < 200; ++round) {
    std::atomic<bool> waits = false;
    std::thread other([&] {
      while (!waits)
        std::this_thread::yield();
      e->wake();
    });
    waits = true;
    e->wait(engine::forever);
    other.join();
  }
}

TEST(engine_contract, many_wakes_before_a_wait_are_one_call_of_the_kernel) {
  const auto e = open_engine();
  for (int round = 0; round < 2; ++round) {
    for (int n = 0; n < 100; ++n)
      e->wake();
    e->wait(engine::forever);
  }
  std::uint64_t calls = 0;
  ASSERT_EQ(::read(e->wake_descriptor(), &calls, sizeof calls), sizeof calls);
  EXPECT_EQ(calls, 2u);
}

// ---- completion

struct connecting : kernel_op {
  explicit connecting(std::uint16_t port) : to(raw_socket::address(port)) {
    completed = [](kernel_op& op) noexcept { ++static_cast<connecting&>(op).completions; };
    address = &to;
    length = sizeof to;
    fd = socket.fd();
  }
  sockaddr_in to;
  raw_socket socket{::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
  int completions = 0;
};

/// A listening socket of the C library. `full`: it answers no handshake any more.
class listening {
 public:
  explicit listening(int backlog, bool full = false)
      : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) {
    sockaddr_in a = raw_socket::address(0);
    socklen_t size = sizeof a;
    EXPECT_EQ(::bind(socket_.fd(), reinterpret_cast<const sockaddr*>(&a), size), 0);
    EXPECT_EQ(::listen(socket_.fd(), backlog), 0);
    EXPECT_EQ(::getsockname(socket_.fd(), reinterpret_cast<sockaddr*>(&a), &size), 0);
    port_ = ntohs(a.sin_port);
    for (int i = 0; full && i < backlog + 4; ++i)
      filling_.push_back(raw_socket::connect(port_, SOCK_NONBLOCK));
  }
  [[nodiscard]] std::uint16_t port() const { return port_; }
  /// For the engine, which closes it.
  [[nodiscard]] int release() { return ::dup(socket_.fd()); }
  void close() { socket_.close(); }

 private:
  raw_socket socket_;
  std::uint16_t port_ = 0;
  std::vector<raw_socket> filling_;
};

TEST(engine_contract, an_operation_completes_with_the_kernels_result) {
  const auto e = open_engine();
  listening open(10);
  connecting good(open.port());
  if (!e->submit_connect(good)) return;  // an engine without operations says so
  EXPECT_EQ(e->in_flight(), 1u);
  EXPECT_FALSE(e->quiet());
  EXPECT_TRUE(wait_until(*e, [&] { return good.completions != 0; }));
  EXPECT_EQ(good.result, 0);
  EXPECT_EQ(e->in_flight(), 0u);
  connecting bad(open.port());
  open.close();
  EXPECT_TRUE(e->submit_connect(bad));
  EXPECT_TRUE(wait_until(*e, [&] { return bad.completions != 0; }));
  EXPECT_EQ(bad.result, -ECONNREFUSED);
  e->wait(0);
  EXPECT_EQ(good.completions + bad.completions, 2);
  EXPECT_TRUE(e->quiet());
}

TEST(engine_contract, an_operation_that_is_cancelled_completes_once) {
  const auto e = open_engine();
  listening nobody(0, true);
  for (int round = 0; round < 50; ++round) {
    connecting op(nobody.port());
    if (!e->submit_connect(op)) return;
    if (round % 2 != 0) e->wait(0);
    if (round % 3 == 0) {
      std::thread other([&] { e->cancel(op); });
      EXPECT_TRUE(wait_until(*e, [&] { return op.completions != 0; }));
      other.join();
    } else {
      e->cancel(op);
      e->cancel(op);
      EXPECT_TRUE(wait_until(*e, [&] { return op.completions != 0; }));
    }
    EXPECT_EQ(op.result, -ECANCELED);
    e->wait(0);
    EXPECT_EQ(op.completions, 1);
    EXPECT_EQ(e->in_flight(), 0u);
  }
}

TEST(engine_contract, a_cancel_that_comes_too_late_changes_no_result) {
  const auto e = open_engine();
  listening open(100);
  for (int round = 0; round < 50; ++round) {
    connecting op(open.port());
    if (!e->submit_connect(op)) return;
    std::thread other([&] { e->cancel(op); });
    EXPECT_TRUE(wait_until(*e, [&] { return op.completions != 0; }));
    other.join();
    e->wait(0);
    e->wait(0);
    EXPECT_EQ(op.completions, 1);
    EXPECT_TRUE(op.result == 0 || op.result == -ECANCELED) << op.result;
    EXPECT_EQ(e->in_flight(), 0u);
  }
}

// ---- accepting ahead

// What a sandbox that forbids io_uring leaves is epoll, with the reason.
TEST(engine_contract, is_asked_for_by_name_and_given_or_refused_with_the_reason) {
  const char* const asked = std::getenv("ASIDE_ENGINE");
  const choice chosen = choose_engine(aside::engine_kind::automatic);
  const std::string_view name = open_engine()->name();
  if (asked == nullptr || std::string_view(asked) != "uring") {
    EXPECT_EQ(name, "epoll");
  } else if (std::getenv("ASIDE_TEST_FORBIDS") != nullptr) {
    EXPECT_EQ(name, "epoll");
    EXPECT_NE(chosen.reason.find("the kernel refused it: Operation not permitted"), std::string::npos)
        << chosen.reason;
  } else {
    EXPECT_EQ(name, "uring") << chosen.reason;
  }
}

TEST(engine_contract, io_uring_has_the_operations_and_epoll_has_none) {
  const auto e = open_engine();
  const bool has_them = e->name() == "uring";
  listening open(10);
  connecting op(open.port());
  EXPECT_EQ(e->submit_connect(op), has_them);
  EXPECT_TRUE(wait_until(*e, [&] { return (op.completions != 0) == has_them; }));
  int error = 0;
  const int fd = open.release();
  interest* const i = e->attach(fd, false, error);
  ASSERT_NE(i, nullptr);
  arrivals a;
  EXPECT_EQ(e->accept_into(*i, a), has_them);
  e->recall(a);
  while (interest* const taken = a.pop())
    e->close(*taken, taken->fd);
  e->close(*i, fd);
}

struct accepting {
  explicit accepting(engine& e, int backlog = 100) : from(e), socket(backlog) {
    fd = socket.release();
    socket.close();
    listener = &attach(e, fd);
  }
  ~accepting() {
    while (interest* const i = into.pop())
      from.close(*i, i->fd);
    from.close(*listener, fd);
  }
  accepting(const accepting&) = delete;
  engine& from;
  listening socket;
  int fd = -1;
  interest* listener;
  arrivals into;
};

TEST(engine_contract, connections_arrive_attached_and_in_order) {
  const no_descriptor_left check;
  const auto e = open_engine();
  accepting a(*e);
  if (!e->accept_into(*a.listener, a.into)) return;
  waiter w;
  w.arm(a.into.ready);
  std::vector<raw_socket> peers;
  for (int k = 0; k < 20; ++k) {
    peers.push_back(raw_socket::connect(a.socket.port()));
    peers.back().send(std::string(1, static_cast<char>('a' + k)));
  }
  std::size_t got = 0;
  std::string order;
  const bool all = wait_until(*e, [&] {
    while (interest* const i = a.into.pop()) {
      ++got;
      EXPECT_TRUE(i->writer.take()) << "a first write need not wait";
      char c = 0;
      EXPECT_EQ(::recv(i->fd, &c, 1, MSG_DONTWAIT), 1);
      order += c;
      e->close(*i, i->fd);
    }
    return got == peers.size();
  });
  EXPECT_TRUE(all) << got;
  EXPECT_EQ(order, "abcdefghijklmnopqrst");
  EXPECT_EQ(w.notified(), 1);
  e->recall(a.into);
}

TEST(engine_contract, what_is_recalled_takes_no_more_and_has_its_edges_again) {
  const no_descriptor_left check;
  const auto e = open_engine();
  for (int round = 0; round < 20; ++round) {
    accepting a(*e);
    if (!e->accept_into(*a.listener, a.into)) return;
    if (round % 2 != 0) e->wait(0);
    const raw_socket before = raw_socket::connect(a.socket.port());
    if (round % 3 != 0) e->wait(round % 3 == 1 ? 0 : 1'000'000);
    e->recall(a.into);
    EXPECT_FALSE(a.into.armed);
    std::size_t taken = 0;
    while (interest* const i = a.into.pop()) {
      e->close(*i, i->fd);
      ++taken;
    }
    const raw_socket after = raw_socket::connect(a.socket.port());
    EXPECT_TRUE(wait_until(*e, [&] { return a.listener->reader.take(); }));
    std::size_t left = 0;
    for (;;) {
      const raw_socket s(::accept4(a.fd, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
      if (s.fd() < 0) break;
      ++left;
    }
    EXPECT_EQ(taken + left, 2u);
    EXPECT_GE(left, 1u);
  }
}

TEST(engine_contract, an_engine_that_is_closed_leaves_no_descriptor) {
  const no_descriptor_left check;
  auto e = open_engine();
  ends p;
  interest& i = attach(*e, p.mine);
  p.theirs.send("x");
  e->wait(0);
  e->close(i, p.mine);
  EXPECT_EQ(e->attached(), 0u);
  e.reset();
}

}  // namespace
