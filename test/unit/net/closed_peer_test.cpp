// A write to a peer that has gone is an error and no SIGPIPE, also in a program that leaves that to
// end it.
#include "unit/net/endpoints.hpp"

#include <array>
#include <csignal>

namespace {

using namespace aside_test;

class with_default_sigpipe {
 public:
  with_default_sigpipe() : before_(::signal(SIGPIPE, SIG_DFL)) {}
  with_default_sigpipe(const with_default_sigpipe&) = delete;
  ~with_default_sigpipe() { ::signal(SIGPIPE, before_); }

 private:
  void (*before_)(int);
};

constexpr std::array<std::byte, 1> one_byte{std::byte{'x'}};

/// To a peer that answers nothing more but a reset, if anything.
template <class Writer>
task<> write_in_vain(Writer& w) {
  for (bool refused = false; !refused;) {
    const auto written = co_await w.write("x").as_result();
    refused = !written.has_value();
  }
  for (int i = 0; i < 3; ++i) {
    const auto all = co_await w.write(one_byte).as_result();
    EXPECT_FALSE(all.has_value());
    const auto some = co_await w.write_some(one_byte).as_result();
    EXPECT_FALSE(some.has_value());
  }
}

TEST(closed_peer, of_a_tcp_stream) {
  const with_default_sigpipe check;
  run_in([]() -> task<> {
    for (const bool by_reset : {false, true}) {
      stream_pair p = co_await connected();
      if (by_reset) raw_socket::reset_on_close(p.near.native_handle());
      p.near.close();
      co_await write_in_vain(p.far);
      const auto pieces = co_await p.far.write("a", "b").as_result();
      EXPECT_FALSE(pieces.has_value());
    }
    stream_pair p = co_await connected();
    co_await p.far.shutdown();
    co_await write_in_vain(p.far);
    const auto pieces = co_await p.far.write("a", "b").as_result();
    EXPECT_FALSE(pieces.has_value());
  });
}

TEST(closed_peer, of_a_unix_stream) {
  const with_default_sigpipe check;
  run_in([]() -> task<> {
    auto [a, b] = co_await aside::unix_stream::pair();
    a.close();
    co_await write_in_vain(b);
    const auto passed = co_await b.send_fd(STDIN_FILENO).as_result();
    EXPECT_FALSE(passed.has_value());
  });
}

TEST(closed_peer, of_a_pipe) {
  const with_default_sigpipe check;
  run_in([]() -> task<> {
    auto [reader, writer] = co_await aside::pipe();
    reader.close();
    co_await write_in_vain(writer);
  });
}

}  // namespace
