// unix_listener::serve: its path while it drains, its queue, its name in reports (serve_test: what all
// listeners do alike).
#include "net/acceptor.hpp"
#include "unit/net/serving.hpp"

namespace {

using namespace aside_test;
using aside::unix_listener;
using aside::unix_options;
using aside::unix_stream;

TEST(unix_serve, that_is_drained_leaves_the_path_to_a_successor) {
  const no_descriptor_left check;
  run_in([]() -> task<> {
    const folder f;
    const std::string path = f / "s";
    std::atomic<int> begun = 0;
    std::atomic<int> begun_later = 0;
    unix_listener listener = co_await unix_listener::bind(path);
    unix_listener next;
    co_await aside::scope([&](nursery& n) -> task<> {
      n.spawn_local(
          [&]() -> task<> { co_await listener.serve(&count_and_echo<unix_stream>, &begun); });
      unix_stream first = co_await unix_stream::connect(path);
      co_await expect_echo(first, "x");
      listener.drain();
      for (;;) {
        const auto late = co_await unix_stream::connect(path).as_result();
        if (!late) break;
        co_await aside::yield();
      }
      EXPECT_TRUE(exists(path));
      const auto in_place = co_await unix_listener::bind(path).as_result();
      EXPECT_FALSE(in_place.has_value());

      co_await aside::scope([&](nursery& later) -> task<> {
        next = co_await unix_listener::bind(path, unix_options().replace_dead(true));
        later.spawn_local([&]() -> task<> {
          co_await next.serve(&count_and_echo<unix_stream>, &begun_later);
        });
        unix_stream s = co_await unix_stream::connect(path);
        co_await expect_echo(s, "the next one");
        later.request_stop();
      });
      co_await expect_echo(first, "still served");
      EXPECT_EQ(n.size(), 1u) << "serve has returned before its last connection has ended";
      first.close();
    });  // serve returns by itself
    listener.close();
    EXPECT_TRUE(exists(path)) << "the path is the successor's";
    next.close();
    EXPECT_FALSE(exists(path));
    EXPECT_EQ(begun_later, 1);
  });
}

// The kernel lets one more wait than the backlog says.
TEST(unix_serve, that_is_full_refuses_at_once_what_its_backlog_does_not_hold) {
  const no_descriptor_left check;
  run_in([]() -> task<> {
    const folder f;
    const std::string path = f / "s";
    std::atomic<int> begun = 0;
    unix_listener listener =
        co_await unix_listener::bind(path, unix_options().max_connections(1).backlog(1));
    testing::internal::CaptureStderr();
    co_await aside::scope([&](nursery& n) -> task<> {
      n.spawn_local(
          [&]() -> task<> { co_await listener.serve(&count_and_echo<unix_stream>, &begun); });
      unix_stream first = co_await unix_stream::connect(path);
      co_await expect_echo(first, "x");
      std::vector<unix_stream> waiting;
      std::string refusal;
      while (refusal.empty() && waiting.size() < 10) {
        refusal = co_await said(
            [&]() -> task<> { waiting.push_back(co_await unix_stream::connect(path)); });
      }
      EXPECT_EQ(refusal.find("connect " + path + ": Resource temporarily unavailable; its queue is full"),
                0u)
          << refusal;
      EXPECT_GE(waiting.size(), 1u);
      first.close();
      for (unix_stream& s : waiting) {
        co_await expect_echo(s, "served in the end");
        s.close();
      }
      n.request_stop();
    });
    static_cast<void>(testing::internal::GetCapturedStderr());
  });
}

TEST(unix_serve, is_named_by_its_path_in_reports) {
  run_on(1, []() -> task<> {
    const folder f;
    unix_listener path = co_await unix_listener::bind(f / "a\nb");
    EXPECT_STREQ(aside::detail::served(path).where.data(), (f / "a?b").c_str());
    unix_listener name = co_await unix_listener::bind("@aside name" + f.path());
    EXPECT_STREQ(aside::detail::served(name).where.data(), ("@aside name" + f.path()).c_str());
    const std::string longest = "@" + std::string(106, 'x');
    unix_listener most = co_await unix_listener::bind(longest);
    EXPECT_STREQ(aside::detail::served(most).where.data(), longest.c_str());
    tcp_listener tcp = co_await tcp_listener::bind("127.0.0.1:0");
    EXPECT_EQ(aside::detail::served(tcp).where.data(), "port " + std::to_string(tcp.port()));
  });
}

}  // namespace
