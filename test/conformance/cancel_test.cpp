// What a stop leaves behind, for each operation and each moment at which the stop can come:
//   before   it was requested when the operation begins
//   waiting  the operation waits
//   queued   the operation was woken, its task has not gone on yet
//   racing   stop and completion come from two cores at the same time
// Each cell asserts the outcome, what is still there for the next operation, and that nothing stays
// in flight: no operation in the engine, no descriptor.
#include "driver/engine.hpp"
#include "task/host.hpp"
#include "unit/net/loopback.hpp"

namespace {

using namespace aside_test;

std::size_t in_flight() { return aside::detail::this_host()->io->in_flight(); }

/// What became of one operation. A task that is stopped runs its destructors, so `ended` is set.
struct fate {
  std::atomic<int> completed{0};
  std::atomic<int> ended{0};
};

class witness {
 public:
  explicit witness(fate& f) : fate_(&f) {}
  witness(const witness&) = delete;
  ~witness() { ++fate_->ended; }
  void completed() { ++fate_->completed; }

 private:
  fate* fate_;
};

task<> receive_one(std::shared_ptr<stream_pair> p, std::shared_ptr<fate> f) {
  witness w(*f);
  const chunk c = co_await p->far.receive();
  w.completed();
  EXPECT_EQ(c.text(), "x");
}
task<> read_one(std::shared_ptr<stream_pair> p, std::shared_ptr<fate> f) {
  witness w(*f);
  std::array<std::byte, 16> room{};
  const std::size_t n = co_await p->far.read_some(room);
  w.completed();
  EXPECT_EQ(n, 1u);
}
task<> send_one(std::shared_ptr<stream_pair> p) { co_await p->near.write("x"); }

using reader = task<> (*)(std::shared_ptr<stream_pair>, std::shared_ptr<fate>);
constexpr std::array<reader, 2> readers{&receive_one, &read_one};

/// The byte was delivered to the stopped operation or is there for the next one, never both.
task<> expect_once(stream_pair& p, const fate& f) {
  EXPECT_EQ(f.ended, 1);
  co_await p.near.write("end");
  co_await p.near.shutdown();
  std::string rest;
  for (;;) {
    const chunk c = co_await p.far.receive();
    if (!c) break;
    rest += c.text();
  }
  EXPECT_EQ(rest, f.completed != 0 ? "end" : "xend");
}

TEST(cancel_of_reading, before_it_begins_takes_nothing) {
  const no_descriptor_left check;
  run_in([]() -> task<> {
    for (const reader read : readers) {
      auto p = std::make_shared<stream_pair>(co_await connected());
      auto f = std::make_shared<fate>();
      co_await p->near.write("x");
      co_await aside::scope([&](nursery& n) -> task<> {
        n.request_stop();
        n.spawn_local(read, p, f);
        co_return;
      });
      EXPECT_EQ(f->completed, 0);
      co_await expect_once(*p, *f);
    }
    EXPECT_EQ(in_flight(), 0u);
  });
}

TEST(cancel_of_reading, while_it_waits_takes_nothing) {
  const no_descriptor_left check;
  run_in([]() -> task<> {
    for (const reader read : readers) {
      auto p = std::make_shared<stream_pair>(co_await connected());
      auto f = std::make_shared<fate>();
      co_await aside::scope([&](nursery& n) -> task<> {
        n.spawn_local(read, p, f);
        co_await aside::yield();
        co_await aside::yield();
        n.request_stop();
      });
      EXPECT_EQ(f->completed, 0);
      co_await p->near.write("x");
      co_await expect_once(*p, *f);
    }
    EXPECT_EQ(in_flight(), 0u);
  });
}

// One look at the events wakes the stopper first and the reader behind it.
TEST(cancel_of_reading, while_it_is_queued_takes_the_byte_or_leaves_it) {
  const no_descriptor_left check;
  run_on(1, []() -> task<> {
    for (const reader read : readers) {
      auto p = std::make_shared<stream_pair>(co_await connected());
      stream_pair trigger = co_await connected();
      auto f = std::make_shared<fate>();
      co_await aside::scope([&](nursery& n) -> task<> {
        n.spawn_local(read, p, f);
        co_await aside::yield();
        co_await aside::yield();
        co_await trigger.near.write("now");
        co_await p->near.write("x");
        const chunk c = co_await trigger.far.receive();
        EXPECT_EQ(c.text(), "now");
        n.request_stop();
      });
      co_await expect_once(*p, *f);
    }
    EXPECT_EQ(in_flight(), 0u);
  });
}

TEST(cancel_of_reading, that_races_with_the_bytes_loses_none) {
  const no_descriptor_left check;
  run_on(2, []() -> task<> {
    for (int i = 0; i < scaled(2000); ++i) {
      auto p = std::make_shared<stream_pair>(co_await connected());
      auto f = std::make_shared<fate>();
      co_await aside::scope([&](nursery& sending) -> task<> {
        co_await aside::scope([&](nursery& n) -> task<> {
          n.spawn(readers[static_cast<std::size_t>(i) % readers.size()], p, f);
          sending.spawn(&send_one, p);
          for (int k = 0; k < i % 7; ++k)
            co_await aside::yield();
          n.request_stop();
        });
      });
      co_await expect_once(*p, *f);
    }
    EXPECT_EQ(in_flight(), 0u);
  });
}

task<> trickle(std::shared_ptr<stream_pair> p, int bytes) {
  for (int i = 0; i < bytes; ++i) {
    const std::array<std::byte, 1> one{pattern_at(static_cast<std::size_t>(i), 3)};
    co_await p->near.write(one);
    if (i % 3 == 0) co_await aside::sleep_for(std::chrono::microseconds(i % 40));
  }
  co_await p->near.shutdown();
}

TEST(cancel_of_reading, by_a_timeout_again_and_again_delivers_every_byte_once) {
  for (const unsigned workers : {1u, 2u}) {
    run_on(workers, []() -> task<> {
      const int bytes = scaled(10'000);
      auto p = std::make_shared<stream_pair>(co_await connected());
      std::size_t got = 0;
      int timeouts = 0;
      bool over = false;
      co_await aside::scope([&](nursery& n) -> task<> {
        n.spawn(&trickle, p, bytes);
        for (int round = 0; !over; ++round) {
          const auto r =
              co_await aside::timeout(std::chrono::microseconds(round % 60), [&]() -> task<> {
                const chunk c = co_await p->far.receive();
                EXPECT_EQ(wrong(*c, 3, got), 0u);
                got += c.size();
                if (!c) over = true;
              }());
          if (!r) ++timeouts;
        }
      });
      EXPECT_EQ(got, static_cast<std::size_t>(bytes));
      EXPECT_GT(timeouts, 0);
      EXPECT_EQ(in_flight(), 0u);
    });
  }
}

// ---- write

task<> write_much(std::shared_ptr<stream_pair> p, std::shared_ptr<fate> f, std::size_t from) {
  witness w(*f);
  const std::vector<std::byte> much = pattern(3'000'000, 0, from);
  co_await p->near.write(much);
  w.completed();
}

TEST(cancel_of_write, before_it_begins_sends_nothing) {
  run_in([]() -> task<> {
    auto p = std::make_shared<stream_pair>(co_await connected());
    auto f = std::make_shared<fate>();
    co_await aside::scope([&](nursery& n) -> task<> {
      n.request_stop();
      n.spawn_local(&write_much, p, f, std::size_t{0});
      co_return;
    });
    EXPECT_EQ(f->completed, 0);
    EXPECT_EQ(f->ended, 1);
    co_await p->near.shutdown();
    const std::size_t got = co_await receive_pattern(p->far);
    EXPECT_EQ(got, 0u);
  });
}

TEST(cancel_of_write, while_it_waits_has_sent_a_prefix) {
  run_in([]() -> task<> {
    auto p = std::make_shared<stream_pair>(co_await connected());
    fix_buffer(p->near.native_handle());
    const std::size_t before = fill(p->near.native_handle());
    auto f = std::make_shared<fate>();
    co_await aside::scope([&](nursery& n) -> task<> {
      n.spawn_local(&write_much, p, f, before);
      co_await aside::yield();
      co_await aside::yield();
      n.request_stop();
    });
    EXPECT_EQ(f->completed, 0);
    EXPECT_EQ(f->ended, 1);
    co_await p->near.shutdown();
    const std::size_t got = co_await receive_pattern(p->far);
    EXPECT_GE(got, before);
    EXPECT_LT(got, before + 3'000'000);
    EXPECT_EQ(in_flight(), 0u);
  });
}

TEST(cancel_of_write, that_races_with_the_peers_reading_has_sent_a_prefix) {
  run_on(2, []() -> task<> {
    for (int i = 0; i < scaled(200); ++i) {
      auto p = std::make_shared<stream_pair>(co_await connected());
      auto f = std::make_shared<fate>();
      auto got = std::make_shared<std::atomic<std::size_t>>(0u);
      co_await aside::scope([&](nursery& reading) -> task<> {
        reading.spawn(
            [](std::shared_ptr<stream_pair> both, std::shared_ptr<std::atomic<std::size_t>> sum)
                -> task<> { *sum = co_await receive_pattern(both->far); },
            p, got);
        co_await aside::scope([&](nursery& n) -> task<> {
          n.spawn(&write_much, p, f, std::size_t{0});
          for (int k = 0; k < i % 50; ++k)
            co_await aside::yield();
          n.request_stop();
        });
        co_await p->near.shutdown();
      });
      EXPECT_EQ(f->ended, 1);
      if (f->completed != 0) {
        EXPECT_EQ(*got, 3'000'000u);
      }
      EXPECT_LE(*got, 3'000'000u);
    }
    EXPECT_EQ(in_flight(), 0u);
  });
}

// ---- accept and connect

task<> accept_one(std::shared_ptr<tcp_listener> l, std::shared_ptr<fate> f) {
  witness w(*f);
  const tcp_stream s = co_await l->accept();
  w.completed();
}
task<> connect_one(std::string where, std::shared_ptr<fate> f) {
  witness w(*f);
  const tcp_stream s = co_await tcp_stream::connect(where);
  w.completed();
}

/// The connection is in the backlog unless the stopped operation has taken it.
task<> expect_in_backlog(tcp_listener& l, const fate& f) {
  EXPECT_EQ(f.ended, 1);
  bool more = false;
  const auto r = co_await aside::timeout(f.completed != 0 ? 2ms : 5000ms, [&]() -> task<> {
    const tcp_stream s = co_await l.accept();
    more = true;
  }());
  EXPECT_EQ(more, f.completed == 0);
  EXPECT_EQ(r.has_value(), f.completed == 0);
}

TEST(cancel_of_accept, leaves_the_connection_in_the_backlog) {
  const no_descriptor_left check;
  run_in([]() -> task<> {
    for (const bool waits : {false, true}) {
      auto l = std::make_shared<tcp_listener>(co_await tcp_listener::bind("127.0.0.1:0"));
      auto f = std::make_shared<fate>();
      co_await aside::scope([&](nursery& n) -> task<> {
        if (!waits) n.request_stop();
        n.spawn_local(&accept_one, l, f);
        co_await aside::yield();
        co_await aside::yield();
        n.request_stop();
      });
      EXPECT_EQ(f->completed, 0);
      const raw_socket peer = raw_socket::connect(l->port());
      co_await expect_in_backlog(*l, *f);
    }
    EXPECT_EQ(in_flight(), 0u);
  });
}

TEST(cancel_of_accept, that_races_with_the_connection_loses_none) {
  const no_descriptor_left check;
  run_on(2, []() -> task<> {
    for (int i = 0; i < scaled(500); ++i) {
      auto l = std::make_shared<tcp_listener>(co_await tcp_listener::bind("127.0.0.1:0"));
      auto f = std::make_shared<fate>();
      co_await aside::scope([&](nursery& n) -> task<> {
        n.spawn(&accept_one, l, f);
        for (int k = 0; k < i % 5; ++k)
          co_await aside::yield();
        const raw_socket early = raw_socket::connect(l->port());
        for (int k = 0; k < i % 3; ++k)
          co_await aside::yield();
        n.request_stop();
      });
      co_await expect_in_backlog(*l, *f);
    }
    EXPECT_EQ(in_flight(), 0u);
  });
}

TEST(cancel_of_connect, before_it_begins_does_not_reach_the_peer) {
  const no_descriptor_left check;
  run_in([]() -> task<> {
    tcp_listener l = co_await tcp_listener::bind("127.0.0.1:0");
    auto f = std::make_shared<fate>();
    const std::string where = local(l.port());
    co_await aside::scope([&](nursery& n) -> task<> {
      n.request_stop();
      n.spawn_local(&connect_one, where, f);
      co_return;
    });
    EXPECT_EQ(f->completed, 0);
    EXPECT_EQ(f->ended, 1);
    const auto r = co_await aside::timeout(2ms, [&]() -> task<> {
      const tcp_stream s = co_await l.accept();
      ADD_FAILURE() << "somebody has connected";
    }());
    EXPECT_FALSE(r.has_value());
    l = tcp_listener();
    EXPECT_EQ(in_flight(), 0u);
  });
}

TEST(cancel_of_connect, that_races_with_the_handshake_leaves_nothing) {
  const no_descriptor_left check;
  run_on(2, []() -> task<> {
    tcp_listener l = co_await tcp_listener::bind("127.0.0.1:0");
    const std::string where = local(l.port());
    for (int i = 0; i < scaled(2000); ++i) {
      auto f = std::make_shared<fate>();
      co_await aside::scope([&](nursery& n) -> task<> {
        n.spawn(&connect_one, where, f);
        for (int k = 0; k < i % 6; ++k)
          co_await aside::yield();
        n.request_stop();
      });
      EXPECT_EQ(f->ended, 1);
    }
    EXPECT_EQ(in_flight(), 0u);
    l = tcp_listener();
  });
}

// ---- sleep, event, join: with the network the same in every column

task<> sleep_long(std::shared_ptr<fate> f) {
  witness w(*f);
  co_await aside::sleep_for(1h);
  w.completed();
}
task<> wait_event(std::shared_ptr<fate> f) {
  witness w(*f);
  aside::event never;
  co_await never.wait();
  w.completed();
}
task<> wait_oneshot(std::shared_ptr<fate> f) {
  witness w(*f);
  auto [send, receive] = aside::oneshot<int>();
  static_cast<void>(co_await receive);
  w.completed();
}
task<> join_child(std::shared_ptr<fate> f) {
  witness w(*f);
  co_await aside::scope([](nursery& n) -> task<> {
    n.spawn(&wait_for_ever);
    co_return;
  });
  w.completed();
}

task<> join_task(std::shared_ptr<fate> f) {
  witness w(*f);
  auto [send, receive] = aside::oneshot<int>();
  auto h = aside::spawn_joinable(
      [](aside::oneshot_receiver<int> r) -> task<> { static_cast<void>(co_await r); },
      std::move(receive));
  co_await h.join();
  w.completed();
}
task<> wait_for_a_tick(std::shared_ptr<fate> f) {
  witness w(*f);
  aside::interval every(1h);
  co_await every.tick();
  w.completed();
}
task<> wait_in_each(std::shared_ptr<fate> f) {
  witness w(*f);
  const std::vector<int> numbers(5, 1);
  co_await aside::each(numbers, 2, [](int) -> task<> { co_await wait_for_ever(); });
  w.completed();
}

TEST(cancel_of_other_waits, ends_them_before_and_while_they_wait_and_racing) {
  run_in([]() -> task<> {
    using waiter = task<> (*)(std::shared_ptr<fate>);
    for (const waiter wait : {&sleep_long, &wait_event, &wait_oneshot, &join_child, &join_task,
                              &wait_for_a_tick, &wait_in_each}) {
      for (int i = 0; i < scaled(500); ++i) {
        auto f = std::make_shared<fate>();
        co_await aside::scope([&](nursery& n) -> task<> {
          if (i % 5 == 0) n.request_stop();
          n.spawn(wait, f);
          for (int k = 0; k < i % 5; ++k)
            co_await aside::yield();
          n.request_stop();
        });
        EXPECT_EQ(f->completed, 0);
        EXPECT_EQ(f->ended, 1);
      }
    }
    EXPECT_EQ(in_flight(), 0u);
  });
}

// ---- oneshot: the value goes to the stopped receiver, or with it

class carried {
 public:
  explicit carried(std::atomic<int>& live) : live_(&live) { ++live; }
  carried(carried&& other) noexcept : live_(other.live_) { ++*live_; }
  carried& operator=(carried&&) = delete;
  ~carried() { --*live_; }

 private:
  std::atomic<int>* live_;
};

task<> receive_carried(aside::oneshot_receiver<carried> r, std::shared_ptr<fate> f) {
  witness w(*f);
  const carried got = co_await r;
  w.completed();
}

TEST(cancel_of_oneshot, before_while_waiting_queued_and_racing_leaves_no_value) {
  for (const unsigned workers : {1u, 2u}) {
    run_on(workers, []() -> task<> {
      auto live = std::make_shared<std::atomic<int>>(0);
      int completed = 0;
      for (int i = 0; i < scaled(1000); ++i) {
        auto f = std::make_shared<fate>();
        auto [send, receive] = aside::oneshot<carried>();
        auto* const giver = &send;
        co_await aside::scope([&](nursery& n) -> task<> {
          if (i % 5 == 0) n.request_stop();
          n.spawn(&receive_carried, std::move(receive), f);
          for (int k = 0; k < i % 5; ++k)
            co_await aside::yield();
          if (i % 2 != 0) giver->set(carried(*live));
          n.request_stop();
        });
        EXPECT_EQ(f->ended, 1);
        completed += f->completed;
        EXPECT_LE(f->completed, i % 2);
        if (i % 2 == 0) {
          EXPECT_TRUE(giver->receiver_gone());
          EXPECT_FALSE(giver->set(carried(*live)));
        }
        EXPECT_EQ(*live, 0);
      }
      EXPECT_GT(completed, 0);
      EXPECT_EQ(in_flight(), 0u);
    });
  }
}

}  // namespace
