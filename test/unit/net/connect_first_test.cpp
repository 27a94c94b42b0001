// Connecting to one of several addresses: who is tried when, and what is left of the others.
#include "driver/engine.hpp"
#include "task/host.hpp"
#include "unit/net/loopback.hpp"

#include <array>
#include <string_view>

namespace {

using namespace aside_test;

std::string closed_port() {
  raw_socket s(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in a = raw_socket::address(0);
  socklen_t size = sizeof a;
  EXPECT_EQ(::bind(s.fd(), reinterpret_cast<const sockaddr*>(&a), size), 0);
  EXPECT_EQ(::getsockname(s.fd(), reinterpret_cast<sockaddr*>(&a), &size), 0);
  return local(ntohs(a.sin_port));
}

std::size_t in_flight() { return aside::detail::this_host()->io->in_flight(); }
std::size_t attached() { return aside::detail::this_host()->io->attached(); }

TEST(connect_to_the_first, that_answers_skips_those_that_refuse_at_once) {
  const no_descriptor_left check;
  run_in([]() -> task<> {
    tcp_listener listener = co_await tcp_listener::bind("127.0.0.1:0");
    const std::string refused = closed_port();
    const std::string good = local(listener.port());
    const std::array<std::string_view, 4> all{refused, refused, refused, good};
    const auto began = std::chrono::steady_clock::now();
    const aside::connect_options patient = aside::connect_options().attempt_delay(10s);
    tcp_stream s = co_await tcp_stream::connect(all, patient);
    EXPECT_LT(std::chrono::steady_clock::now() - began, 5s) << "a failure lets the next begin";
    tcp_stream far = co_await listener.accept();
    co_await s.write("x");
    const chunk c = co_await far.receive();
    EXPECT_EQ(c.text(), "x");
    EXPECT_EQ(in_flight(), 0u);
  });
}

TEST(connect_to_the_first, that_answers_leaves_the_silent_ones_behind) {
  const no_descriptor_left check;
  run_in([]() -> task<> {
    const blackhole silent;
    tcp_listener listener = co_await tcp_listener::bind("127.0.0.1:0");
    const std::string nobody = local(silent.port());
    const std::string good = local(listener.port());
    const std::array<std::string_view, 3> all{nobody, nobody, good};
    const aside::connect_options hasty = aside::connect_options().attempt_delay(20ms);
    const std::size_t before = open_descriptors();
    const auto began = std::chrono::steady_clock::now();
    tcp_stream s = co_await tcp_stream::connect(all, hasty);
    EXPECT_GE(std::chrono::steady_clock::now() - began, 40ms) << "each has its time alone";
    EXPECT_TRUE(s);
    EXPECT_EQ(open_descriptors(), before + 1) << "the losers are closed when it returns";
    EXPECT_EQ(in_flight(), 0u);
  });
}

TEST(connect_to_the_first, takes_strings) {
  run_in([]() -> task<> {
    tcp_listener listener = co_await tcp_listener::bind("127.0.0.1:0");
    const std::vector<std::string> all{closed_port(), local(listener.port())};
    const tcp_stream s = co_await tcp_stream::connect(all);
    EXPECT_TRUE(s);
  });
}

#if defined(__clang__) || __GNUC__ > 12  // test/compile_fail/135_… says what g++ 12 does with a list
TEST(connect_to_the_first, takes_a_list) {
  run_in([]() -> task<> {
    tcp_listener listener = co_await tcp_listener::bind("127.0.0.1:0");
    const std::string good = local(listener.port());
    const tcp_stream s = co_await tcp_stream::connect({closed_port(), good});
    EXPECT_TRUE(s);
    try {
      const tcp_stream none = co_await tcp_stream::connect({"127.0.0.1:x", "two"});
      ADD_FAILURE() << "connected";
    } catch (const std::system_error& e) {
      EXPECT_EQ(std::string_view(e.what()).substr(0, 69),
                "connect to any of 127.0.0.1:x (Invalid argument), two (Invalid argume");
    }
    const std::string text = good + "0";
    const tcp_stream one = co_await tcp_stream::connect({text.data(), good.size()});
    EXPECT_TRUE(one) << "the two of one text";
  });
}
#endif

TEST(connect_to_the_first, begins_with_the_first_of_the_list) {
  run_in([]() -> task<> {
    tcp_listener first = co_await tcp_listener::bind("127.0.0.1:0");
    tcp_listener second = co_await tcp_listener::bind("127.0.0.1:0");
    const std::string a = local(first.port());
    const std::string b = local(second.port());
    const std::array<std::string_view, 2> both{a, b};
    for (int i = 0; i < 20; ++i) {
      const tcp_stream s = co_await tcp_stream::connect(both);
      const tcp_stream far = co_await first.accept();
      EXPECT_TRUE(far);
    }
    const auto none = co_await aside::timeout(1ms, [&]() -> task<> {
      const tcp_stream s = co_await second.accept();
      ADD_FAILURE() << "the second was tried, too";
    }());
    EXPECT_FALSE(none.has_value());
  });
}

TEST(connect_to_the_first, when_all_at_once_keeps_one) {
  const no_descriptor_left check;
  run_in([]() -> task<> {
    tcp_listener listener = co_await tcp_listener::bind("127.0.0.1:0");
    const std::string good = local(listener.port());
    const std::vector<std::string_view> many(10, good);
    for (int i = 0; i < 20; ++i) {
      const std::size_t before = attached();
      const aside::connect_options now = aside::connect_options().attempt_delay(0ns);
      const tcp_stream s = co_await tcp_stream::connect(many, now);
      EXPECT_TRUE(s);
      EXPECT_EQ(in_flight(), 0u);
      EXPECT_LE(attached(), before + 2);
    }
  });
}

task<> connect_to(const std::vector<std::string_view>* all, aside::connect_options o) {
  const tcp_stream s = co_await tcp_stream::connect(*all, o);
}

TEST(connect_to_the_first, names_each_address_and_its_error_when_all_fail) {
  const no_descriptor_left check;
  run_in([]() -> task<> {
    const std::string refused = closed_port();
    const std::vector<std::string_view> all{refused, "nonsense", "[::1]"};
    std::string said;
    std::error_code code;
    try {
      co_await connect_to(&all, {});
    } catch (const std::system_error& e) {
      said = e.what();
      code = e.code();
    }
    EXPECT_EQ(code, std::errc::connection_refused);
    EXPECT_NE(said.find("connect to any of " + refused +
                        " (Connection refused), nonsense (Invalid argument), [::1] (Invalid"),
              std::string::npos)
        << said;

    const std::vector<std::string_view> none;
    bool threw = false;
    try {
      co_await connect_to(&none, {});
    } catch (const std::system_error& e) {
      threw = e.code() == std::errc::invalid_argument;
    }
    EXPECT_TRUE(threw);
  });
}

// Stopped before it begins, in its turns, while it waits, and while a handshake ends.
TEST(connect_to_the_first, that_is_stopped_leaves_nothing) {
  const no_descriptor_left check;
  run_in([]() -> task<> {
    const blackhole silent;
    tcp_listener listener = co_await tcp_listener::bind("127.0.0.1:0");
    const std::string nobody = local(silent.port());
    const std::string good = local(listener.port());
    const std::vector<std::string_view> all{nobody, nobody, good};
    const std::vector<std::string_view> quick{good, good};
    for (int i = 0; i < scaled(300); ++i) {
      const std::size_t before = open_descriptors();
      const aside::connect_options o =
          aside::connect_options().attempt_delay(std::chrono::microseconds(i % 5 * 500));
      co_await aside::scope([&](nursery& n) -> task<> {
        if (i % 10 == 0) n.request_stop();
        n.spawn(&connect_to, i % 2 == 0 ? &all : &quick, o);
        for (int k = 0; k < i % 7; ++k)
          co_await aside::yield();
        if (i % 3 == 0) co_await aside::sleep_for(1ms);
        n.request_stop();
      });
      EXPECT_EQ(in_flight(), 0u);
      // One that was connected on another core may be closed by that core.
      const auto until = std::chrono::steady_clock::now() + 5s;
      while (open_descriptors() > before && std::chrono::steady_clock::now() < until)
        co_await aside::yield();
      EXPECT_LE(open_descriptors(), before) << i;
    }
  });
}

}  // namespace
