// serve, of listeners of every kind: its limit, its ends, and what becomes of connections that nobody has
// served yet.
#include "sched/core.hpp"
#include "unit/net/serving.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <set>

namespace {

using namespace aside_test;

template <class Place>
class serve : public testing::Test {};
TYPED_TEST_SUITE(serve, places, name_of_place);

template <class Stream>
task<> add(Stream peer, int a, std::string b) {
  std::array<std::byte, 1> room{};
  co_await peer.read_exact(room);
  co_await peer.write(std::to_string(a), b);
}

TYPED_TEST(serve, gives_each_connection_a_task_and_the_arguments) {
  const no_descriptor_left check;
  run_in([]() -> task<> {
    using stream = typename TypeParam::stream;
    TypeParam place;
    auto listener = co_await place.listen();
    co_await aside::scope([&](nursery& n) -> task<> {
      const std::string text = "two";
      n.spawn_local([&]() -> task<> { co_await listener.serve(&add<stream>, 1, text); });
      for (int i = 0; i < scaled(200); ++i) {
        stream s = co_await stream::connect(place.where());
        co_await s.write("?");
        const std::string all = co_await read_all(s);
        EXPECT_EQ(all, "1two");
      }
      n.request_stop();
    });
  });
}

TYPED_TEST(serve, that_is_stopped_leaves_every_connection_to_the_next_accept) {
  const no_descriptor_left check;
  run_in([]() -> task<> {
    using stream = typename TypeParam::stream;
    constexpr int count = 50;
    std::atomic<int> begun = 0;
    TypeParam place;
    auto listener = co_await place.listen(1);
    testing::internal::CaptureStderr();
    std::vector<raw_socket> peers;
    co_await aside::scope([&](nursery& n) -> task<> {
      n.spawn_local(
          [&]() -> task<> { co_await listener.serve(&count_and_echo<stream>, &begun); });
      stream first = co_await stream::connect(place.where());
      co_await expect_echo(first, "x");
      peers = waiting_peers(place, count);
      co_await aside::sleep_for(50ms);  // time in which a server without a limit would take them
      n.request_stop();
    });
    static_cast<void>(testing::internal::GetCapturedStderr());
    EXPECT_LE(begun, 1 + TypeParam::spare());
    std::set<std::string> said;
    for (int i = begun - 1; i < count; ++i) {
      const auto in_time = co_await aside::timeout(10s, [&]() -> task<> {
        stream s = co_await listener.accept();
        const chunk c = co_await s.receive();
        said.emplace(c.text());
      }());
      EXPECT_TRUE(in_time.has_value()) << said.size() << " of " << count;
      if (!in_time) break;
    }
    EXPECT_EQ(said.size(), static_cast<std::size_t>(count + 1 - begun));
  });
}

// With a limit that the backlog exceeds, connections are never accepted ahead.
TYPED_TEST(serve, that_is_stopped_while_connections_come_leaves_them_to_the_next_serve) {
  const no_descriptor_left check;
  run_in([]() -> task<> {
    using stream = typename TypeParam::stream;
    constexpr int count = 50;
    for (const std::size_t limit : {0u, 100u}) {
      std::atomic<int> begun = 0;
      TypeParam place;
      auto listener = co_await place.listen(limit);
      std::vector<raw_socket> peers;
      const auto serve_it = [&]() -> task<> {
        co_await listener.serve(&count_and_echo<stream>, &begun);
      };
      for (int round = 0; round < 3; ++round) {
        co_await aside::scope([&](nursery& n) -> task<> {
          n.spawn_local(serve_it);
          for (int i = 0; i < count; ++i) {
            peers.push_back(place.connect_plainly());
            if (i % 7 == 0) co_await aside::yield();
          }
          n.request_stop();
        });
        const int all = static_cast<int>(peers.size());
        co_await aside::scope([&](nursery& n) -> task<> {
          n.spawn_local(serve_it);
          const auto in_time = co_await aside::timeout(10s, until(begun, all));
          EXPECT_TRUE(in_time.has_value()) << begun << " of " << all;
          n.request_stop();
        });
        EXPECT_EQ(begun, all);
      }
    }
  });
}

TYPED_TEST(serve, that_is_drained_serves_the_backlog_and_returns_with_the_last_connection) {
  const no_descriptor_left check;
  run_in([]() -> task<> {
    using stream = typename TypeParam::stream;
    constexpr int count = 50;
    std::atomic<int> begun = 0;
    TypeParam place;
    auto listener = co_await place.listen(1);
    testing::internal::CaptureStderr();
    std::vector<raw_socket> peers;
    co_await aside::scope([&](nursery& n) -> task<> {
      n.spawn_local(
          [&]() -> task<> { co_await listener.serve(&count_and_echo<stream>, &begun); });
      stream first = co_await stream::connect(place.where());
      co_await expect_echo(first, "x");
      peers = waiting_peers(place, count);
      listener.drain();
      co_await until(begun, count + 1);
      place.expect_no_other();
      co_await expect_echo(first, "still served");
      end_all(peers);
      EXPECT_EQ(n.size(), 1u) << "serve has returned before its last connection has ended";
      first.close();
    });  // serve returns by itself
    static_cast<void>(testing::internal::GetCapturedStderr());
    EXPECT_EQ(begun, count + 1);
    expect_answers(peers);
    const auto late = co_await stream::connect(place.where()).as_result();
    EXPECT_FALSE(late.has_value());
    if (!late) {
      EXPECT_EQ(late.error(), std::errc::connection_refused);
    }
  });
}

/// Connects and asks, one time after the other, until the server has gone.
template <class Place>
task<> keep_asking(std::string where, std::atomic<int>* answered, std::atomic<int>* broken) {
  for (;;) {
    auto s = co_await Place::stream::connect(where).as_result();
    if (!s) {
      if (Place::refuses) {
        EXPECT_EQ(s.error(), std::errc::connection_refused);
      }
      co_return;
    }
    bool good = false;
    const auto sent = co_await s->write("?").as_result();
    if (sent) {
      const auto c = co_await s->receive().as_result();
      good = c.has_value() && c->text() == "?";
    }
    ++*(good ? answered : broken);
  }
}

TYPED_TEST(serve, that_is_drained_under_load_breaks_no_connection) {
  run_in([]() -> task<> {
    using stream = typename TypeParam::stream;
    for (int round = 0; round < TypeParam::rounds_of_draining(); ++round) {
      std::atomic<int> begun = 0;
      std::atomic<int> answered = 0;
      std::atomic<int> broken = 0;
      TypeParam place;
      auto listener = co_await place.listen();
      co_await aside::scope([&](nursery& n) -> task<> {
        n.spawn_local(
            [&]() -> task<> { co_await listener.serve(&count_and_echo<stream>, &begun); });
        for (int i = 0; i < 8; ++i)
          n.spawn(&keep_asking<TypeParam>, place.where(), &answered, &broken);
        co_await until(answered, 20 + round * 7);
        listener.drain();
      });
      EXPECT_EQ(broken, 0) << answered << " answered";
    }
  });
}

TYPED_TEST(serve, of_a_listener_that_was_drained_before_serves_the_backlog_and_is_over) {
  run_in([]() -> task<> {
    using stream = typename TypeParam::stream;
    std::atomic<int> begun = 0;
    TypeParam place;
    auto listener = co_await place.listen();
    const std::vector<raw_socket> peers = waiting_peers(place, 5);
    end_all(peers);
    listener.drain();
    co_await listener.serve(&count_and_echo<stream>, &begun);
    EXPECT_EQ(begun, 5);
    const std::string again = co_await said(
        [&]() -> task<> { co_await listener.serve(&count_and_echo<stream>, &begun); });
    EXPECT_EQ(again, "") << "a serve that begins later is over at once";
    EXPECT_EQ(begun, 5);
    const std::string accepted =
        co_await said([&]() -> task<> { const stream s = co_await listener.accept(); });
    EXPECT_EQ(accepted,
              "accept: Bad file descriptor; the listener was drained, and so it is closed");
    const auto code = co_await listener.accept().as_result();
    EXPECT_EQ(code.error(), std::errc::bad_file_descriptor);
  });
}

TYPED_TEST(serve, of_what_is_not_open_says_so) {
  run_in([]() -> task<> {
    using stream = typename TypeParam::stream;
    std::atomic<int> begun = 0;
    typename TypeParam::listener none;
    const std::string wanted =
        ": Bad file descriptor; the listener is not open: it was never bound, or moved from";
    std::string e =
        co_await said([&]() -> task<> { co_await none.serve(&count_and_echo<stream>, &begun); });
    EXPECT_EQ(e, "serve" + wanted);
    e = co_await said([&]() -> task<> { const stream s = co_await none.accept(); });
    EXPECT_EQ(e, "accept" + wanted);
  });
}

// ---- one at a time: a second ends the process with its line in this file

/// `second` begins while `first` waits.
template <class Place, class First, class Second>
task<> one_beside_the_other(First first, Second second) {
  Place place;
  auto opened = co_await place.listen();
  std::optional listener(std::move(opened));
  co_await aside::scope([&](nursery& n) -> task<> {
    n.spawn_local([&]() -> task<> { co_await first(listener); });
    co_await aside::yield();
    co_await aside::yield();
    co_await second(listener);
    n.request_stop();
  });
}

template <class Stream>
task<> hold(Stream peer) {
  co_await echo_back(peer);
}

constexpr auto accepts = [](auto& listener) -> task<> {
  const auto peer = co_await listener->accept();
};
template <class Stream>
constexpr auto serves = [](auto& listener) -> task<> { co_await listener->serve(&hold<Stream>); };

constexpr auto is_the_second =
    "two tasks or branches wait for the connections of one listener.*\n.*serve_test\\.cpp:";

TYPED_TEST(serve, or_an_accept_is_refused_beside_another) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  constexpr auto serving = serves<typename TypeParam::stream>;
  const auto both = [](auto first, auto second) {
    run_on(1, [=]() -> task<> { co_await one_beside_the_other<TypeParam>(first, second); });
  };
  EXPECT_DEATH(both(accepts, accepts), is_the_second);
  EXPECT_DEATH(both(accepts, serving), is_the_second);
  EXPECT_DEATH(both(serving, accepts), is_the_second);
  EXPECT_DEATH(both(serving, serving), is_the_second);
}

TYPED_TEST(serve, ends_the_process_when_its_listener_is_closed_or_moved) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  constexpr auto serving = serves<typename TypeParam::stream>;
  constexpr auto dies = [](auto& listener) -> task<> {
    listener.reset();
    co_return;
  };
  constexpr auto is_replaced = [](auto& listener) -> task<> {
    *listener = typename TypeParam::listener();
    co_return;
  };
  const auto both = [](auto first, auto second) {
    run_on(1, [=]() -> task<> { co_await one_beside_the_other<TypeParam>(first, second); });
  };
  const auto where_it_is_served = "was closed while.*\n.*serve_test\\.cpp:";
  EXPECT_DEATH(both(serving, dies), where_it_is_served);
  EXPECT_DEATH(both(serving, is_replaced), where_it_is_served);
  // The accept loops go on with the place where it was.
  constexpr auto moves = [](auto& listener) -> task<> {
    [[maybe_unused]] const typename TypeParam::listener elsewhere(std::move(*listener));
    co_return;
  };
  constexpr auto is_assigned = [](auto& listener) -> task<> {
    typename TypeParam::listener elsewhere;
    elsewhere = std::move(*listener);
    co_return;
  };
  const auto moved_there = "was moved while.*\n.*serve_test\\.cpp:";
  EXPECT_DEATH(both(serving, moves), moved_there);
  EXPECT_DEATH(both(serving, is_assigned), moved_there);
}

TYPED_TEST(serve, or_accept_has_a_listener_that_is_closed_meanwhile_named_as_one) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const auto both = [](auto first, auto second) {
    run_on(1, [=]() -> task<> { co_await one_beside_the_other<TypeParam>(first, second); });
  };
  constexpr auto closes = [](auto& listener) -> task<> {
    listener->close();
    co_return;
  };
  constexpr auto dies = [](auto& listener) -> task<> {
    listener.reset();
    co_return;
  };
  constexpr auto is_replaced = [](auto& listener) -> task<> {
    *listener = typename TypeParam::listener();
    co_return;
  };
  const auto where_it_waits =
      "a listener was closed while a task waits for its connections.*\n.*serve_test\\.cpp:";
  EXPECT_DEATH(both(accepts, closes), where_it_waits);
  EXPECT_DEATH(both(accepts, dies), where_it_waits);
  EXPECT_DEATH(both(accepts, is_replaced), where_it_waits);
}

// Nobody waits any more: it was stopped, it has got its connection, or the serve is over.
TYPED_TEST(serve, and_accept_may_follow_one_another_in_any_task) {
  const no_descriptor_left check;
  run_in([]() -> task<> {
    using stream = typename TypeParam::stream;
    TypeParam place;
    auto listener = co_await place.listen();
    const auto take_one = [&]() -> task<> {
      const stream s = co_await listener.accept();
      EXPECT_TRUE(s);
    };
    for (int i = 0; i < scaled(50); ++i) {
      co_await aside::scope([&](nursery& n) -> task<> {
        n.spawn_local(take_one);
        co_await aside::yield();
        n.request_stop();
      });
      co_await aside::scope([&](nursery& n) -> task<> {
        n.spawn_local([&]() -> task<> { co_await listener.serve(&hold<stream>); });
        if (i % 2 != 0) co_await aside::yield();
        n.request_stop();
      });
      const auto none = co_await aside::timeout(i % 3 * 100us, take_one());
      EXPECT_FALSE(none.has_value());
      const auto [accepted, over] =
          co_await aside::race(listener.accept(), aside::sleep_for(10us));
      EXPECT_FALSE(static_cast<bool>(accepted));
      EXPECT_TRUE(static_cast<bool>(over));
      // A connection may be used in the expression that accepts it.
      co_await aside::scope([&](nursery& n) -> task<> {
        n.spawn_local([&]() -> task<> { co_await hold(co_await listener.accept()); });
        stream first = co_await stream::connect(place.where());
        co_await expect_echo(first, "x");
        const auto more = co_await aside::timeout(100us, take_one());
        EXPECT_FALSE(more.has_value());
        n.request_stop();
      });
    }
  });
}

class alive {
 public:
  alive(std::atomic<int>* now, std::atomic<int>* most) : now_(now) {
    const int n = ++*now;
    int seen = *most;
    while (n > seen && !most->compare_exchange_weak(seen, n)) {
    }
  }
  alive(const alive&) = delete;
  ~alive() { --*now_; }

 private:
  std::atomic<int>* now_;
};
template <class Stream>
task<> count_living(Stream peer, std::atomic<int>* now, std::atomic<int>* most) {
  const alive me(now, most);
  co_await echo_back(peer);
}

template <class Stream>
task<> expect_question(Stream& s) {
  const chunk got = co_await s.receive();
  EXPECT_EQ(got.text(), "?");
}

/// Waits for the answers, closing each connection that has got one; how many there were. In the order in
/// which the peers came, or in any.
template <class Stream>
task<> take_answers(std::vector<Stream>& peers, bool in_order, int& answered) {
  while (!peers.empty()) {
    const std::size_t candidates = in_order ? 1 : peers.size();
    for (std::size_t i = 0; i < candidates; ++i) {
      const auto in_time = co_await aside::timeout(1ms, expect_question(peers[i]));
      if (!in_time) continue;
      ++answered;
      peers.erase(peers.begin() + static_cast<std::ptrdiff_t>(i));
      break;
    }
  }
}

TYPED_TEST(serve, holds_no_more_than_its_limit_and_serves_the_others_afterwards) {
  const no_descriptor_left check;
  run_in([]() -> task<> {
    using stream = typename TypeParam::stream;
    constexpr int limit = 10;
    std::atomic<int> now = 0;
    std::atomic<int> most = 0;
    TypeParam place;
    auto listener = co_await place.listen(limit);
    testing::internal::CaptureStderr();
    co_await aside::scope([&](nursery& n) -> task<> {
      n.spawn_local(
          [&]() -> task<> { co_await listener.serve(&count_living<stream>, &now, &most); });
      std::vector<stream> peers;
      for (int i = 0; i < 3 * limit; ++i) {
        peers.push_back(co_await stream::connect(place.where()));
        co_await peers.back().write("?");
      }
      co_await until(now, limit);
      const std::uint64_t turns = aside::info().turns;
      co_await aside::sleep_for(200ms);
      EXPECT_LT(aside::info().turns - turns, 200u) << "a full server spins";
      EXPECT_LE(now, limit + TypeParam::spare());
      // Each that goes makes room for another.
      int answered = 0;
      const auto in_time = co_await aside::timeout(
          30s, take_answers(peers, TypeParam::keeps_order, answered));
      EXPECT_TRUE(in_time.has_value());
      EXPECT_EQ(answered, 3 * limit);
      n.request_stop();
    });
    const std::string said = testing::internal::GetCapturedStderr();
    EXPECT_LE(most, limit + TypeParam::spare());
    EXPECT_GE(most, limit);
    EXPECT_LE(std::count(said.begin(), said.end(), '\n'), 1) << said;
  });
}

// On one core: when the first peer is served, the accept loop has found that there is no room.
TYPED_TEST(serve, that_is_full_hears_of_a_connections_end_instead_of_looking_for_it) {
  const no_descriptor_left check;
  run_on(1, []() -> task<> {
    using stream = typename TypeParam::stream;
    std::atomic<int> begun = 0;
    TypeParam place;
    auto listener = co_await place.listen(1);
    testing::internal::CaptureStderr();
    co_await aside::scope([&](nursery& n) -> task<> {
      n.spawn_local(
          [&]() -> task<> { co_await listener.serve(&count_and_echo<stream>, &begun); });
      stream first = co_await stream::connect(place.where());
      co_await expect_echo(first, "x");
      stream next = co_await stream::connect(place.where());
      co_await next.write("?");
      EXPECT_EQ(aside::detail::this_core()->time_to_next_timer(), aside::detail::engine::forever)
          << "a full server waits for a timer";
      first.close();
      const auto in_time = co_await aside::timeout(30s, expect_question(next));
      EXPECT_TRUE(in_time.has_value()) << "nobody has told it that there is room";
      EXPECT_EQ(begun, 2);
      n.request_stop();
    });
    static_cast<void>(testing::internal::GetCapturedStderr());
  });
}

template <class Place>
task<> ask_again_and_again(std::string where, int times) {
  for (int i = 0; i < times; ++i) {
    auto s = co_await Place::stream::connect(where);
    co_await s.write("?");
    co_await expect_question(s);
  }
}

// Whose end is counted on any core, and whose successors wait in any core's backlog.
TYPED_TEST(serve, that_is_full_misses_no_connections_end) {
  const no_descriptor_left check;
  run_in([]() -> task<> {
    using stream = typename TypeParam::stream;
    constexpr int clients = 8;
    const int times = scaled(500);
    std::atomic<int> begun = 0;
    TypeParam place;
    auto listener = co_await place.listen(1);
    testing::internal::CaptureStderr();
    co_await aside::scope([&](nursery& n) -> task<> {
      n.spawn_local(
          [&]() -> task<> { co_await listener.serve(&count_and_echo<stream>, &begun); });
      const auto in_time = co_await aside::timeout(60s, aside::scope([&](nursery& all) -> task<> {
        for (int i = 0; i < clients; ++i)
          all.spawn(&ask_again_and_again<TypeParam>, place.where(), times);
        co_return;
      }));
      EXPECT_TRUE(in_time.has_value()) << begun << " were served";
      n.request_stop();
    });
    static_cast<void>(testing::internal::GetCapturedStderr());
    EXPECT_EQ(begun, clients * times);
  });
}

// They are accepted one after the other, found dead, and cost nobody else anything.
TYPED_TEST(serve, is_not_disturbed_by_peers_that_leave_its_backlog) {
  const no_descriptor_left check;
  run_in([]() -> task<> {
    using stream = typename TypeParam::stream;
    constexpr int count = 20;
    std::atomic<int> begun = 0;
    TypeParam place;
    auto listener = co_await place.listen(1);
    testing::internal::CaptureStderr();
    co_await aside::scope([&](nursery& n) -> task<> {
      n.spawn_local(
          [&]() -> task<> { co_await listener.serve(&count_and_echo<stream>, &begun); });
      stream first = co_await stream::connect(place.where());
      co_await expect_echo(first, "x");
      std::vector<raw_socket> gone = waiting_peers(place, count);
      for (raw_socket& p : gone)
        p.reset();
      stream last = co_await stream::connect(place.where());
      co_await last.write("here");
      co_await expect_echo(first, "still served");
      first.close();
      const auto in_time = co_await aside::timeout(30s, [&]() -> task<> {
        std::string back(4, '\0');
        co_await last.read_exact(std::as_writable_bytes(std::span(back)));
        EXPECT_EQ(back, "here");
      }());
      EXPECT_TRUE(in_time.has_value()) << begun << " were begun";
      n.request_stop();
    });
    static_cast<void>(testing::internal::GetCapturedStderr());
  });
}

// More at once than a ring's completion queue, or an accept loop's turn, takes.
TYPED_TEST(serve, takes_a_burst_that_waits_in_the_backlog) {
  const no_descriptor_left check;
  run_in([]() -> task<> {
    using stream = typename TypeParam::stream;
    const int count = scaled(3000);
    std::atomic<int> begun = 0;
    TypeParam place;
    auto listener = co_await place.listen();
    std::vector<raw_socket> peers;
    for (int i = 0; i < count; ++i)
      peers.push_back(place.connect_plainly());
    co_await aside::scope([&](nursery& n) -> task<> {
      n.spawn_local(
          [&]() -> task<> { co_await listener.serve(&count_and_echo<stream>, &begun); });
      const auto in_time = co_await aside::timeout(30s, until(begun, count));
      EXPECT_TRUE(in_time.has_value()) << begun;
      n.request_stop();
    });
  });
}

}  // namespace
