// Streams within the machine: bytes, names, credentials.
#include "unit/net/endpoints.hpp"

#include <array>

namespace {

using namespace aside_test;
using aside::unix_listener;
using aside::unix_stream;

class unix_ends {
 public:
  unix_ends(unix_stream a, unix_stream b) : near(std::move(a)), far(std::move(b)) {}
  unix_stream near;
  unix_stream far;
};

/// Two ends, made in one of three ways.
task<unix_ends> ends(int way) {
  if (way == 0) {
    auto [a, b] = co_await unix_stream::pair();
    co_return unix_ends(std::move(a), std::move(b));
  }
  const folder f;
  const std::string name = way == 1 ? f / "s" : "@aside" + f.path();
  unix_listener l = co_await unix_listener::bind(name);
  unix_stream near = co_await unix_stream::connect(name);
  unix_stream far = co_await l.accept();
  co_return unix_ends(std::move(near), std::move(far));
}

TEST(unix_stream, hides_nothing_behind_an_urgent_byte) {
  run_in([]() -> task<> {
    auto [near, far] = co_await unix_stream::pair();
    for (int round = 0; round < 10; ++round) {
      co_await near.write("before");
      EXPECT_EQ(::send(near.native_handle(), "!", 1, MSG_OOB | MSG_NOSIGNAL), 1);
      co_await near.write("behind");
      std::string got;
      const auto in_time = co_await aside::timeout(5s, [&]() -> task<> {
        while (got.size() < 12) {
          const chunk c = co_await far.receive();
          if (!c) break;
          got += c.text();
        }
      }());
      EXPECT_EQ(got, "beforebehind") << round;
      if (!in_time) co_return;
    }
  });
}

TEST(unix_stream, carries_bytes_both_ways_and_its_end) {
  const no_descriptor_left check;
  run_in([]() -> task<> {
    for (const int way : {0, 1, 2}) {
      unix_ends e = co_await ends(way);
      EXPECT_TRUE(e.near && e.far);
      co_await e.near.write("question");
      const chunk c = co_await e.far.receive();
      EXPECT_EQ(c.text(), "question");
      co_await e.far.write("answer");
      std::array<std::byte, 3> small{};
      const std::size_t n = co_await e.near.read_some(small);
      EXPECT_EQ(n, 3u);
      co_await e.far.shutdown();
      const std::string rest = co_await read_all(e.near);
      EXPECT_EQ(rest, "wer");
      co_await e.near.write("still open this way");
      e.near.close();
      const std::string last = co_await read_all(e.far);
      EXPECT_EQ(last, "still open this way");
      const auto w = co_await e.far.write("x").as_result();
      EXPECT_FALSE(w.has_value());
      if (!w) {
        EXPECT_EQ(w.error(), std::errc::broken_pipe);
      }
    }
  });
}

TEST(unix_stream, carries_much_more_than_it_holds) {
  run_in([]() -> task<> {
    static constexpr auto size = static_cast<std::size_t>(scaled(5'000'000));
    unix_ends e = co_await ends(0);
    co_await aside::scope([&](nursery& n) -> task<> {
      n.spawn_local([&]() -> task<> {
        const std::vector<std::byte> all = pattern(size, 3);
        co_await e.near.write(all);
        co_await e.near.shutdown();
      });
      std::size_t got = 0;
      for (;;) {
        const chunk c = co_await e.far.receive();
        if (!c) break;
        EXPECT_EQ(wrong(*c, 3, got), 0u);
        got += c.size();
      }
      EXPECT_EQ(got, size);
    });
  });
}

TEST(unix_stream, writes_what_finds_room) {
  run_in([]() -> task<> {
    unix_ends e = co_await ends(0);
    const std::vector<std::byte> much = pattern(4'000'000);
    const std::size_t first = co_await e.near.write_some(much);
    EXPECT_GT(first, 0u);
    EXPECT_LT(first, much.size());
    co_await e.near.shutdown();
    const std::string all = co_await read_all(e.far);
    EXPECT_EQ(all.size(), first);
    EXPECT_EQ(wrong(std::as_bytes(std::span(all)), 0, 0), 0u);
  });
}

TEST(unix_stream, goes_to_and_fro_many_times) {
  run_in([]() -> task<> {
    unix_ends e = co_await ends(1);
    co_await aside::scope([&](nursery& n) -> task<> {
      n.spawn_local([&]() -> task<> {
        for (;;) {
          const chunk c = co_await e.far.receive();
          if (!c) break;
          co_await e.far.write(*c);
        }
      });
      for (int i = 0; i < scaled(5000); ++i) {
        const std::string ping = "ping " + std::to_string(i);
        co_await e.near.write(ping);
        const chunk pong = co_await e.near.receive();
        EXPECT_EQ(pong.text(), ping);
      }
      co_await e.near.shutdown();
    });
  });
}

TEST(unix_stream, knows_who_its_peer_is) {
  run_in([]() -> task<> {
    for (const int way : {0, 1, 2}) {
      unix_ends e = co_await ends(way);
      for (const unix_stream* const s : {&e.near, &e.far}) {
        const aside::peer_credentials c = s->peer();
        EXPECT_EQ(c.pid, ::getpid());
        EXPECT_EQ(c.uid, ::geteuid());
        EXPECT_EQ(c.gid, ::getegid());
      }
    }
    const unix_stream closed;
    EXPECT_THROW(static_cast<void>(closed.peer()), std::system_error);
  });
}

TEST(unix_stream, says_where_it_could_not_connect) {
  const no_descriptor_left check;
  run_in([]() -> task<> {
    const folder f;
    const auto connect_to = [&](std::string_view where) -> task<std::string> {
      co_return co_await said(
          [&]() -> task<> { unix_stream s = co_await unix_stream::connect(where); });
    };
    std::string e = co_await connect_to(f / "none");
    EXPECT_EQ(e, "connect " + f / "none" + ": No such file or directory");
    e = co_await connect_to("@nobody" + f.path());
    EXPECT_EQ(e, "connect @nobody" + f.path() + ": Connection refused");
    e = co_await connect_to("");
    EXPECT_EQ(e.find("connect \"\": Invalid argument; a path is wanted"), 0u) << e;
    e = co_await connect_to("@");
    EXPECT_EQ(e.find("connect @: Invalid argument"), 0u) << e;
    e = co_await connect_to(std::string(108, 'x'));
    EXPECT_NE(e.find("xxx...: File name too long; the path of a Unix socket has at most 107 bytes"),
              e.npos)
        << e;
    {
      unix_listener l = co_await unix_listener::bind(f / "full", aside::unix_options().backlog(0));
      std::vector<unix_stream> waiting;
      for (int i = 0; i < 10; ++i) {
        auto s = co_await unix_stream::connect(f / "full").as_result();
        if (!s) break;
        waiting.push_back(std::move(*s));
      }
      e = co_await connect_to(f / "full");
      EXPECT_EQ(e.find("connect " + f / "full" + ": Resource temporarily unavailable; its queue"),
                0u)
          << e;
    }
    if (::geteuid() != 0) {
      unix_listener l = co_await unix_listener::bind(f / "closed", aside::unix_options().mode(0));
      e = co_await connect_to(f / "closed");
      EXPECT_EQ(e, "connect " + f / "closed" + ": Permission denied");
    }
    unix_stream closed;
    const auto r = co_await closed.receive().as_result();
    EXPECT_EQ(r.error(), std::errc::bad_file_descriptor);
    const auto w = co_await closed.write("x").as_result();
    EXPECT_EQ(w.error(), std::errc::bad_file_descriptor);
    const auto d = co_await closed.receive_fd().as_result();
    EXPECT_EQ(d.error(), std::errc::bad_file_descriptor);
  });
}

// A read that comes upon a descriptor stops there, although there is more.
TEST(unix_stream, reads_on_behind_descriptors_that_it_did_not_want) {
  const no_descriptor_left check;
  run_in([]() -> task<> {
    unix_ends e = co_await ends(0);
    co_await e.near.send_fd(e.near.native_handle(), "one ");
    co_await e.near.send_fd(e.near.native_handle(), "two ");
    co_await e.near.write("three");
    std::string all;
    const auto over = co_await aside::timeout(5s, [&]() -> task<> {
      while (all.size() < 13) {
        const chunk c = co_await e.far.receive();
        all += c.text();
      }
    }());
    EXPECT_TRUE(over.has_value());
    EXPECT_EQ(all, "one two three");
  });
}

TEST(unix_stream, is_used_and_closed_on_another_core) {
  const no_descriptor_left check;
  run_on(2, []() -> task<> {
    co_await aside::scope([](nursery& n) -> task<> {
      for (int i = 0; i < scaled(200); ++i) {
        auto [a, b] = co_await unix_stream::pair();
        n.spawn(
            [](unix_stream s) -> task<> {
              co_await s.write("hello");
              co_await s.shutdown();
            },
            std::move(a));
        n.spawn(
            [](unix_stream s) -> task<> {
              const std::string all = co_await read_all(s);
              EXPECT_EQ(all, "hello");
            },
            std::move(b));
      }
    });
  });
}

}  // namespace
