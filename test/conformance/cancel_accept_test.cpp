// The cells of the cancellation matrix for accept, serve and connect that need an order of events: the
// operation was woken and its task has not gone on when the stop comes; it waits in the kernel; its
// peer comes at the same moment. (Before it begins, and races: cancel_test.cpp.)
#include "driver/engine.hpp"
#include "task/host.hpp"
#include "unit/net/loopback.hpp"

namespace {

using namespace aside_test;

std::size_t in_flight() { return aside::detail::this_host()->io->in_flight(); }
std::size_t attached() { return aside::detail::this_host()->io->attached(); }

struct fate {
  std::atomic<int> completed{0};
  std::atomic<int> ended{0};
};
using fate_ptr = std::shared_ptr<fate>;

class witness {
 public:
  explicit witness(fate& f) : fate_(&f) {}
  witness(const witness&) = delete;
  ~witness() { ++fate_->ended; }
  void completed() { ++fate_->completed; }

 private:
  fate* fate_;
};

task<> accept_one(std::shared_ptr<tcp_listener> l, fate_ptr f) {
  witness w(*f);
  const tcp_stream s = co_await l->accept();
  w.completed();
}
task<> accept_one_as_result(std::shared_ptr<tcp_listener> l, fate_ptr f) {
  witness w(*f);
  const auto s = co_await l->accept().as_result();
  EXPECT_TRUE(s.has_value());
  w.completed();
}
task<> connect_one(std::string where, fate_ptr f) {
  witness w(*f);
  const tcp_stream s = co_await tcp_stream::connect(where);
  w.completed();
}
task<> connect_one_as_result(std::string where, fate_ptr f) {
  witness w(*f);
  const auto s = co_await tcp_stream::connect(where).as_result();
  EXPECT_TRUE(s.has_value());
  w.completed();
}
task<> connect_one_of_two(std::string where, fate_ptr f) {
  witness w(*f);
  const std::array<std::string_view, 2> both{where, where};
  const tcp_stream s = co_await tcp_stream::connect(both);
  w.completed();
}

using acceptor = task<> (*)(std::shared_ptr<tcp_listener>, fate_ptr);
constexpr std::array<acceptor, 2> acceptors{&accept_one, &accept_one_as_result};
using connector = task<> (*)(std::string, fate_ptr);
constexpr std::array<connector, 3> connectors{&connect_one, &connect_one_as_result,
                                              &connect_one_of_two};

task<bool> has_another(tcp_listener& l, std::chrono::milliseconds limit) {
  const auto r = co_await aside::timeout(
      limit, [&]() -> task<> { const tcp_stream s = co_await l.accept(); }());
  co_return r.has_value();
}

// One look at the events wakes the stopper first and the accepting task behind it.
TEST(cancel_of_accept_in_order, while_it_is_queued_takes_the_connection_or_leaves_it) {
  const no_descriptor_left check;
  run_on(1, []() -> task<> {
    for (const acceptor accept : acceptors) {
      auto l = std::make_shared<tcp_listener>(co_await tcp_listener::bind("127.0.0.1:0"));
      stream_pair trigger = co_await connected();
      auto f = std::make_shared<fate>();
      raw_socket peer(-1);
      co_await aside::scope([&](nursery& n) -> task<> {
        n.spawn_local(accept, l, f);
        co_await aside::yield();
        co_await aside::yield();
        co_await trigger.near.write("now");
        peer = raw_socket::connect(l->port());
        const chunk c = co_await trigger.far.receive();
        EXPECT_EQ(c.text(), "now");
        n.request_stop();
      });
      EXPECT_EQ(f->ended, 1);
      const bool another = co_await has_another(*l, f->completed != 0 ? 2ms : 5000ms);
      EXPECT_EQ(another, f->completed == 0);
      EXPECT_EQ(in_flight(), 0u);
    }
  });
}

TEST(cancel_of_accept_in_order, while_many_come_loses_none) {
  const no_descriptor_left check;
  run_in([]() -> task<> {
    for (int i = 0; i < scaled(200); ++i) {
      auto l = std::make_shared<tcp_listener>(co_await tcp_listener::bind("127.0.0.1:0"));
      auto f = std::make_shared<fate>();
      std::vector<raw_socket> peers;
      co_await aside::scope([&](nursery& n) -> task<> {
        n.spawn(acceptors[static_cast<std::size_t>(i) % 2], l, f);
        for (int k = 0; k < 3; ++k) {
          peers.push_back(raw_socket::connect(l->port()));
          if ((i >> k) % 2 != 0) co_await aside::yield();
        }
        n.request_stop();
      });
      EXPECT_EQ(f->ended, 1);
      for (int left = 3 - f->completed; left > 0; --left) {
        const bool another = co_await has_another(*l, 5000ms);
        EXPECT_TRUE(another);
      }
    }
    EXPECT_EQ(in_flight(), 0u);
  });
}

TEST(cancel_of_connect_in_order, while_the_kernel_waits_leaves_no_socket) {
  const no_descriptor_left check;
  run_in([]() -> task<> {
    raw_socket full(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in a = raw_socket::address(0);
    socklen_t size = sizeof a;
    EXPECT_EQ(::bind(full.fd(), reinterpret_cast<const sockaddr*>(&a), size), 0);
    EXPECT_EQ(::listen(full.fd(), 0), 0);
    EXPECT_EQ(::getsockname(full.fd(), reinterpret_cast<sockaddr*>(&a), &size), 0);
    std::vector<raw_socket> filling;
    for (int i = 0; i < 4; ++i)
      filling.push_back(raw_socket::connect(ntohs(a.sin_port), SOCK_NONBLOCK));
    const std::string where = local(ntohs(a.sin_port));
    for (const connector connect : connectors) {
      const std::size_t before = attached();
      auto f = std::make_shared<fate>();
      co_await aside::scope([&](nursery& n) -> task<> {
        n.spawn_local(connect, where, f);
        co_await aside::sleep_for(2ms);  // the kernel has it by then, or soon: either is a cell
        EXPECT_EQ(f->ended, 0);
        n.request_stop();
      });
      EXPECT_EQ(f->completed, 0);
      EXPECT_EQ(f->ended, 1);
      EXPECT_EQ(in_flight(), 0u);
      EXPECT_EQ(attached(), before);
    }
  });
}

// The handshake is over and the task has not gone on: the connection is delivered, or closed.
TEST(cancel_of_connect_in_order, while_it_is_queued_delivers_the_connection_or_closes_it) {
  const no_descriptor_left check;
  run_on(1, []() -> task<> {
    tcp_listener l = co_await tcp_listener::bind("127.0.0.1:0");
    const std::string where = local(l.port());
    for (const connector connect : connectors) {
      for (int yields = 0; yields < 5; ++yields) {
        stream_pair trigger = co_await connected();
        const std::size_t before = attached();
        auto f = std::make_shared<fate>();
        co_await aside::scope([&](nursery& n) -> task<> {
          n.spawn_local(connect, where, f);
          for (int k = 0; k < yields; ++k)
            co_await aside::yield();
          co_await trigger.near.write("now");
          const chunk c = co_await trigger.far.receive();
          EXPECT_EQ(c.text(), "now");
          n.request_stop();
        });
        EXPECT_EQ(f->ended, 1);
        EXPECT_EQ(in_flight(), 0u);
        EXPECT_EQ(attached(), before);
        // Whatever came of it, the peer sees an end.
        for (;;) {
          tcp_stream far;
          const auto got = co_await aside::timeout(
              1ms, [&]() -> task<> { far = co_await l.accept(); }());
          if (!got) break;
          const auto end = co_await far.receive().as_result();
          EXPECT_TRUE(!end || !*end);
        }
      }
    }
  });
}

// serve that is stopped at each moment of its first connections leaves what it has not served.
TEST(cancel_of_serve, at_any_moment_loses_no_connection) {
  const no_descriptor_left check;
  run_in([]() -> task<> {
    for (int i = 0; i < scaled(200); ++i) {
      std::atomic<int> begun = 0;
      tcp_listener l = co_await tcp_listener::bind("127.0.0.1:0");
      std::vector<raw_socket> peers;
      co_await aside::scope([&](nursery& n) -> task<> {
        const auto handle = [](tcp_stream, std::atomic<int>* count) -> task<> {
          ++*count;
          co_return;
        };
        const auto serve = [&]() -> task<> { co_await l.serve(handle, &begun); };
        n.spawn_local(serve);
        for (int k = 0; k < i % 8; ++k)
          co_await aside::yield();
        for (int k = 0; k < 4; ++k) {
          peers.push_back(raw_socket::connect(l.port()));
          if ((i >> k) % 2 != 0) co_await aside::yield();
        }
        n.request_stop();
      });
      const int served = begun;
      for (int left = 4 - served; left > 0; --left) {
        const bool another = co_await has_another(l, 5000ms);
        EXPECT_TRUE(another) << served << " served, " << left << " missing";
      }
      const bool too_many = co_await has_another(l, 0ms);
      EXPECT_FALSE(too_many);
      EXPECT_EQ(in_flight(), 0u);
    }
  });
}

}  // namespace
