// What reading and writing promise, in every state a connection can be in.
#include "unit/net/loopback.hpp"

#include <netinet/tcp.h>
#include <algorithm>
#include <thread>

namespace {

using namespace aside_test;

TEST(tcp_stream, delivers_every_size_whole) {
  run_in([]() -> task<> {
    for (const std::size_t size :
         std::initializer_list<std::size_t>{1, 100, 4096, 8191, 8192, 8193, 16384, 24576, 100'000}) {
      stream_pair p = co_await connected();
      co_await aside::scope([&](nursery& n) -> task<> {
        n.spawn_local([&]() -> task<> {
          co_await write_pattern(p.near, size, size);
          co_await p.near.shutdown();
        });
        const std::size_t got = co_await receive_pattern(p.far, size);
        EXPECT_EQ(got, size);
      });
    }
  });
}

TEST(tcp_stream, a_chunk_that_was_filled_exactly_is_followed_by_a_wait) {
  run_in([]() -> task<> {
    stream_pair p = co_await connected();
    const std::vector<std::byte> all = pattern(chunk::capacity);
    co_await p.near.write(all);
    chunk c = co_await p.far.receive();
    EXPECT_EQ(c.size(), chunk::capacity);
    EXPECT_EQ(wrong(*c, 0, 0), 0u);
    const auto none = co_await aside::timeout(2ms, [&]() -> task<> {
      const chunk more = co_await p.far.receive();
      ADD_FAILURE() << more.size() << " bytes from nowhere";
    }());
    EXPECT_FALSE(none.has_value());
    co_await p.near.write("x");
    c = co_await p.far.receive();
    EXPECT_EQ(c.text(), "x");
  });
}

TEST(tcp_stream, read_some_fills_a_small_buffer_again_and_again) {
  run_in([]() -> task<> {
    stream_pair p = co_await connected();
    co_await write_pattern(p.near, 1000);
    co_await p.near.shutdown();
    std::array<std::byte, 7> small{};
    std::size_t total = 0;
    for (;;) {
      const std::size_t n = co_await p.far.read_some(small);
      if (n == 0) break;
      EXPECT_EQ(wrong(std::span(small).first(n), 0, total), 0u);
      total += n;
    }
    EXPECT_EQ(total, 1000u);
    const std::size_t nothing = co_await p.far.read_some(std::span<std::byte>());
    EXPECT_EQ(nothing, 0u);
  });
}

TEST(tcp_stream, carries_ten_megabytes_both_ways_at_once) {
  run_in([]() -> task<> {
    static constexpr auto size = static_cast<std::size_t>(scaled(10'000'000));
    stream_pair p = co_await connected();
    co_await aside::scope([&](nursery& n) -> task<> {
      for (tcp_stream* const s : {&p.near, &p.far}) {
        n.spawn_local([s]() -> task<> {
          co_await write_pattern(*s, size, 5);
          co_await s->shutdown();
        });
        n.spawn_local([s]() -> task<> {
          const std::size_t got = co_await receive_pattern(*s, 5);
          EXPECT_EQ(got, size);
        });
      }
      co_return;
    });
  });
}

TEST(tcp_stream, carries_many_small_messages_to_and_fro) {
  run_in([]() -> task<> {
    stream_pair p = co_await connected();
    co_await aside::scope([&](nursery& n) -> task<> {
      n.spawn(&echo, std::move(p.far));
      for (int i = 0; i < scaled(10'000); ++i) {
        const std::string message(1 + static_cast<std::size_t>(i % 3),
                                  static_cast<char>('a' + i % 26));
        co_await p.near.write(message);
        std::string back;
        while (back.size() < message.size()) {
          const chunk c = co_await p.near.receive();
          back += c.text();
          if (!c) break;
        }
        EXPECT_EQ(back, message);
      }
      p.near.close();
    });
  });
}

TEST(tcp_stream, data_and_its_end_in_one_batch_are_both_delivered) {
  run_in([]() -> task<> {
    for (int i = 0; i < scaled(1000); ++i) {
      stream_pair p = co_await connected();
      co_await p.near.write("last words");
      co_await p.near.shutdown();
      const chunk c = co_await p.far.receive();
      EXPECT_EQ(c.text(), "last words");
      for (int again = 0; again < 3; ++again) {
        const chunk end = co_await p.far.receive();
        EXPECT_FALSE(end);
      }
      // The other half lives on.
      co_await p.far.write("heard");
      const chunk answer = co_await p.near.receive();
      EXPECT_EQ(answer.text(), "heard");
    }
  });
}

TEST(tcp_stream, an_end_before_any_data_is_an_end) {
  run_in([]() -> task<> {
    stream_pair p = co_await connected();
    p.near.close();
    const chunk c = co_await p.far.receive();
    EXPECT_FALSE(c);
    std::array<std::byte, 8> room{};
    const std::size_t n = co_await p.far.read_some(room);
    EXPECT_EQ(n, 0u);
  });
}

// A turn has a budget of 128 operations; the one that exceeds it is tried later, not skipped.
TEST(tcp_stream, shutdown_sends_the_end_however_much_was_done_before) {
  run_in([]() -> task<> {
    for (int before = 120; before < 135; ++before) {
      stream_pair p = co_await connected();
      co_await aside::yield();
      aside::event e;
      for (int i = 0; i < before; ++i) {
        e.set();
        co_await e.wait();
      }
      co_await p.near.shutdown();
      const auto end = co_await aside::timeout(5s, [&]() -> task<> {
        const chunk c = co_await p.far.receive();
        EXPECT_FALSE(c);
      }());
      EXPECT_TRUE(end.has_value()) << "no end after " << before << " operations";
    }
  });
}

TEST(tcp_stream, a_reset_ends_a_waiting_receive_with_an_error) {
  run_in([]() -> task<> {
    for (int i = 0; i < 20; ++i) {
      stream_pair p = co_await connected();
      co_await aside::scope([&](nursery& n) -> task<> {
        n.spawn_local([&]() -> task<> {
          raw_socket::reset_on_close(p.near.native_handle());
          p.near.close();
          co_return;
        });
        const auto r = co_await p.far.receive().as_result();
        EXPECT_FALSE(r.has_value());
        if (!r) {
          EXPECT_EQ(r.error(), std::errc::connection_reset);
        }
        const auto w = co_await p.far.write("x").as_result();  // an error, not SIGPIPE
        EXPECT_FALSE(w.has_value());
        const auto again = co_await p.far.receive().as_result();  // ends at once, whichever way
        EXPECT_TRUE(!again || !*again);
      });
    }
  });
}

TEST(tcp_stream, a_reset_meets_the_next_read_with_an_error) {
  run_in([]() -> task<> {
    stream_pair p = co_await connected();
    raw_socket::reset_on_close(p.near.native_handle());
    p.near.close();
    std::array<std::byte, 8> room{};
    std::string said;
    try {
      static_cast<void>(co_await p.far.read_some(room));
    } catch (const std::system_error& e) {
      said = e.what();
      EXPECT_EQ(e.code(), std::errc::connection_reset);
    }
    EXPECT_NE(said.find("read_some"), std::string::npos) << said;
  });
}

TEST(tcp_stream, a_reset_ends_a_write_that_waits_for_room) {
  run_in([]() -> task<> {
    stream_pair p = co_await connected();
    fix_buffer(p.far.native_handle());
    fill(p.far.native_handle());
    co_await aside::scope([&](nursery& n) -> task<> {
      n.spawn_local([&]() -> task<> {
        raw_socket::reset_on_close(p.near.native_handle());
        p.near.close();
        co_return;
      });
      const std::vector<std::byte> more = pattern(beyond_any_buffer);
      const auto w = co_await p.far.write(more).as_result();
      EXPECT_FALSE(w.has_value());
      if (!w) {
        EXPECT_TRUE(w.error() == std::errc::connection_reset ||
                    w.error() == std::errc::broken_pipe);
      }
    });
  });
}

TEST(tcp_stream, closing_while_the_peer_writes_ends_its_write_with_an_error) {
  const no_descriptor_left check;
  run_in([]() -> task<> {
    stream_pair p = co_await connected();
    co_await aside::scope([&](nursery& n) -> task<> {
      n.spawn_local([&]() -> task<> {
        const chunk c = co_await p.far.receive();
        EXPECT_TRUE(c);
        p.far.close();
      });
      const std::vector<std::byte> all = pattern(20'000'000);
      const auto w = co_await p.near.write(all).as_result();
      EXPECT_FALSE(w.has_value());
    });
    p.near.close();
    co_await aside::yield();
  });
}

TEST(tcp_stream, a_write_to_a_full_socket_goes_on_when_the_peer_reads) {
  run_in([]() -> task<> {
    stream_pair p = co_await connected();
    fix_buffer(p.near.native_handle());
    const std::size_t before = fill(p.near.native_handle());
    const std::vector<std::byte> rest = pattern(beyond_any_buffer, 0, before);
    bool written = false;
    co_await aside::scope([&](nursery& n) -> task<> {
      n.spawn_local([&]() -> task<> {
        co_await p.near.write(rest);
        written = true;
        co_await p.near.shutdown();
      });
      co_await aside::yield();
      co_await aside::yield();
      EXPECT_FALSE(written);
      const std::size_t got = co_await receive_pattern(p.far);
      EXPECT_EQ(got, before + rest.size());
      EXPECT_TRUE(written);
    });
  });
}

TEST(tcp_stream, that_is_not_open_says_so) {
  run_in([]() -> task<> {
    tcp_stream none;
    EXPECT_FALSE(none);
    const auto r = co_await none.receive().as_result();
    EXPECT_EQ(r.error(), std::errc::bad_file_descriptor);
    const auto w = co_await none.write("x").as_result();
    EXPECT_EQ(w.error(), std::errc::bad_file_descriptor);
    const auto s = co_await none.shutdown().as_result();
    EXPECT_EQ(s.error(), std::errc::bad_file_descriptor);
  });
}

// ---- urgent data: a read stops in front of such a byte, however much has come behind it

/// A peer whose every call is a segment.
raw_socket prompt_peer(std::uint16_t port) {
  raw_socket peer = raw_socket::connect(port);
  const int on = 1;
  EXPECT_EQ(::setsockopt(peer.fd(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on), 0);
  return peer;
}
void send_urgently(const raw_socket& peer) {
  EXPECT_EQ(::send(peer.fd(), "!", 1, MSG_OOB | MSG_NOSIGNAL), 1);
}

/// Reads `size` bytes by one of the operations.
task<std::string> read_by(int way, tcp_stream& s, std::size_t size) {
  std::string all(size, '\0');
  const auto room = std::as_writable_bytes(std::span(all));
  std::size_t got = 0;
  if (way == 0) {
    co_await s.read_exact(room);
    co_return all;
  }
  while (got < size) {
    std::size_t n = 0;
    if (way == 1) {
      n = co_await s.read_some(room.subspan(got));
    } else {
      const chunk c = co_await s.receive();
      n = c.text().copy(all.data() + got, size - got);
    }
    if (n == 0) break;
    got += n;
  }
  co_return all.substr(0, got);
}

TEST(tcp_stream, an_urgent_byte_is_left_out_and_hides_nothing_behind_it) {
  const no_descriptor_left check;
  run_in([]() -> task<> {
    tcp_listener listener = co_await tcp_listener::bind("127.0.0.1:0");
    const raw_socket peer = prompt_peer(listener.port());
    tcp_stream s = co_await listener.accept();
    for (int round = 0; round < 30; ++round) {
      peer.send("before");
      if (round % 4 == 1) co_await aside::yield();
      send_urgently(peer);
      if (round % 4 == 2) co_await aside::yield();
      peer.send("behind");
      if (round % 4 == 3) co_await aside::sleep_for(100us);
      std::string got;
      const auto in_time = co_await aside::timeout(
          5s, [&]() -> task<> { got = co_await read_by(round % 3, s, 12); }());
      EXPECT_EQ(got, "beforebehind") << round;
      if (!in_time) co_return;
    }
  });
}

TEST(tcp_stream, an_urgent_byte_is_in_the_stream_on_request) {
  run_in([]() -> task<> {
    tcp_listener listener = co_await tcp_listener::bind("127.0.0.1:0");
    const raw_socket peer = prompt_peer(listener.port());
    tcp_stream s = co_await listener.accept();
    const int on = 1;
    EXPECT_EQ(::setsockopt(s.native_handle(), SOL_SOCKET, SO_OOBINLINE, &on, sizeof on), 0);
    for (int round = 0; round < 12; ++round) {
      peer.send("before");
      send_urgently(peer);
      peer.send("behind");
      std::string got;
      const auto in_time = co_await aside::timeout(
          5s, [&]() -> task<> { got = co_await read_by(round % 3, s, 13); }());
      EXPECT_EQ(got, "before!behind") << round;
      if (!in_time) co_return;
    }
  });
}

TEST(tcp_stream, an_urgent_byte_comes_while_a_read_waits) {
  run_in([]() -> task<> {
    tcp_listener listener = co_await tcp_listener::bind("127.0.0.1:0");
    const raw_socket peer = prompt_peer(listener.port());
    tcp_stream s = co_await listener.accept();
    for (int round = 0; round < 24; ++round) {
      std::string got;
      co_await aside::scope([&](nursery& n) -> task<> {
        n.spawn_local([&]() -> task<> {
          const auto in_time = co_await aside::timeout(
              5s, [&]() -> task<> { got = co_await read_by(round % 3, s, 9); }());
          EXPECT_TRUE(in_time.has_value()) << round;
        });
        co_await aside::sleep_for(100us);
        if (round % 2 != 0) peer.send("one ");
        if (round % 4 > 1) co_await aside::sleep_for(100us);
        send_urgently(peer);
        if (round % 8 > 3) co_await aside::sleep_for(100us);
        peer.send(round % 2 != 0 ? "after" : "one after");
      });
      EXPECT_EQ(got, "one after") << round;
    }
    // And then it waits as ever, and ends.
    const auto none = co_await aside::timeout(1ms, read_by(2, s, 1));
    EXPECT_FALSE(none.has_value());
    ::shutdown(peer.fd(), SHUT_WR);
    const chunk end = co_await s.receive();
    EXPECT_FALSE(end);
  });
}

// ---- streams that travel between cores

task<> ask_many(tcp_stream s, int questions, std::size_t seed, std::atomic<int>* answered) {
  std::size_t sent = 0;
  for (int i = 0; i < questions; ++i) {
    const std::size_t size = 1 + (seed * 7919 + static_cast<std::size_t>(i) * 104729) % 9000;
    const std::vector<std::byte> question = pattern(size, seed, sent);
    co_await s.write(question);
    std::size_t back = 0;
    while (back < size) {
      const chunk c = co_await s.receive();
      if (!c) break;
      EXPECT_EQ(wrong(*c, seed, sent + back), 0u);
      back += c.size();
    }
    EXPECT_EQ(back, size);
    sent += size;
    ++*answered;
  }
}

TEST(tcp_stream, accepted_on_one_core_is_used_and_closed_on_another) {
  for (const unsigned workers : {2u, 4u}) {
    no_descriptor_left check;
    run_on(workers, []() -> task<> {
      const int connections = scaled(500);
      std::atomic<int> answered = 0;
      tcp_listener listener = co_await tcp_listener::bind("127.0.0.1:0");
      const std::string where = local(listener.port());
      co_await aside::scope([&](nursery& n) -> task<> {
        for (int i = 0; i < connections; ++i) {
          tcp_stream near = co_await tcp_stream::connect(where);
          tcp_stream far = co_await listener.accept();
          n.spawn(&echo, std::move(far));
          n.spawn(&ask_many, std::move(near), 10, static_cast<std::size_t>(i), &answered);
        }
      });
      EXPECT_EQ(answered, connections * 10);
    });
  }
}

task<> drop(tcp_stream) { co_return; }

// The last thing that happens is a close away from the core that owns the registration.
TEST(tcp_stream, closed_on_another_core_as_the_runtime_ends_leaves_no_descriptor) {
  for (int i = 0; i < scaled(200); ++i) {
    no_descriptor_left check;
    run_on(2, []() -> task<> {
      for (int k = 0; k < 8; ++k) {
        stream_pair p = co_await connected();
        aside::spawn(&drop, std::move(p.near));
        aside::spawn(&drop, std::move(p.far));
      }
    });
  }
}

TEST(tcp_stream, one_task_reads_while_another_writes_on_other_cores) {
  run_on(2, []() -> task<> {
    const auto size = static_cast<std::size_t>(scaled(3'000'000));
    auto p = std::make_shared<stream_pair>(co_await connected());
    co_await aside::scope([&](nursery& n) -> task<> {
      for (int way = 0; way < 2; ++way) {
        n.spawn(
            [](std::shared_ptr<stream_pair> both, int which, std::size_t bytes) -> task<> {
              tcp_stream& s = which == 0 ? both->near : both->far;
              co_await write_pattern(s, bytes);
              co_await s.shutdown();
            },
            p, way, size);
        n.spawn(
            [](std::shared_ptr<stream_pair> both, int which, std::size_t bytes) -> task<> {
              tcp_stream& s = which == 0 ? both->near : both->far;
              const std::size_t got = co_await receive_pattern(s);
              EXPECT_EQ(got, bytes);
            },
            p, way, size);
      }
      co_return;
    });
  });
}

}  // namespace
