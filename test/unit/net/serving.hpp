#pragma once
// What the tests of serve share: listeners of each kind behind one face, and their peers.
#include "driver/ops/unix_address.hpp"
#include "unit/net/endpoints.hpp"

#include <poll.h>

namespace aside_test {

/// Serves TCP on a port that the kernel has chosen.
class tcp_place {
 public:
  static constexpr const char* name = "tcp";
  using listener = tcp_listener;
  using stream = tcp_stream;
  /// What comes while a server drains is refused at once; otherwise it may be left alone.
  static constexpr bool refuses = false;
  /// Connections are served in the order in which they came.
  static constexpr bool keeps_order = false;
  static int rounds_of_draining() { return 4; }  // each takes as long as handshakes may
  /// How many connections can be served beyond the limit: one for each further core.
  static int spare() { return static_cast<int>(aside::info().workers) - 1; }

  task<listener> listen(std::size_t limit = 0) {
    const auto how = aside::listen_options().max_connections(limit);
    tcp_listener l = co_await tcp_listener::bind("127.0.0.1:0", how);
    port_ = l.port();
    co_return std::move(l);
  }
  [[nodiscard]] std::string where() const { return local(port_); }
  [[nodiscard]] raw_socket connect_plainly() const { return raw_socket::connect(port_); }
  void expect_no_other() const {
    const raw_socket late(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    const sockaddr_in to = raw_socket::address(port_);
    static_cast<void>(::connect(late.fd(), reinterpret_cast<const sockaddr*>(&to), sizeof to));
    pollfd p{late.fd(), POLLOUT, 0};
    ::poll(&p, 1, 20);
    EXPECT_NE(p.revents, POLLOUT) << "a listener that is drained has let another one in";
  }

 private:
  std::uint16_t port_ = 0;
};

/// Serves a Unix socket.
class unix_place {
 public:
  using listener = aside::unix_listener;
  using stream = aside::unix_stream;
  static constexpr bool refuses = true;
  static constexpr bool keeps_order = true;
  static int rounds_of_draining() { return scaled(40); }
  static int spare() { return 0; }

  task<listener> listen(std::size_t limit = 0) {
    const auto how = aside::unix_options().max_connections(limit);
    listener l = co_await listener::bind(where_, how);
    co_return std::move(l);
  }
  [[nodiscard]] const std::string& where() const { return where_; }
  [[nodiscard]] raw_socket connect_plainly() const {
    raw_socket s(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (connect(s) != 0) ADD_FAILURE() << "connect: " << std::strerror(errno);
    return s;
  }
  void expect_no_other() const {
    const raw_socket late(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const int error = connect(late) == 0 ? 0 : errno;
    EXPECT_EQ(error, ECONNREFUSED) << "a listener that is drained has let another one in";
  }

 protected:
  explicit unix_place(std::string_view before) : where_(std::string(before) + (folder_ / "s")) {}

 private:
  int connect(const raw_socket& s) const {
    aside::detail::raw_unix_address to{aside::unix_address(where_)};
    return ::connect(s.fd(), to.get(), to.size());
  }

  folder folder_;
  std::string where_;
};
class path_place : public unix_place {
 public:
  static constexpr const char* name = "path";
  path_place() : unix_place("") {}
};
/// In the abstract namespace.
class name_place : public unix_place {
 public:
  static constexpr const char* name = "name";
  name_place() : unix_place("@aside serve") {}
};

/// For test suites of listeners of every kind.
using places = testing::Types<tcp_place, path_place, name_place>;
struct name_of_place {
  template <class Place>
  static std::string GetName(int) {
    return Place::name;
  }
};

/// Sends back what comes, and counts itself.
template <class Stream>
task<> count_and_echo(Stream peer, std::atomic<int>* begun) {
  ++*begun;
  co_await echo_back(peer);
}

template <class Stream>
task<> expect_echo(Stream& s, std::string_view text) {
  co_await s.write(text);
  std::string back(text.size(), '\0');
  co_await s.read_exact(std::as_writable_bytes(std::span(back)));
  EXPECT_EQ(back, text);
}

inline task<> until(const std::atomic<int>& n, int wanted) {
  while (n < wanted)
    co_await aside::sleep_for(1ms);
}

/// Peers that have said their number, most of which a full server has not accepted.
template <class Place>
std::vector<raw_socket> waiting_peers(const Place& place, int count) {
  std::vector<raw_socket> peers;
  for (int i = 0; i < count; ++i) {
    peers.push_back(place.connect_plainly());
    peers.back().send(std::string(1, static_cast<char>('A' + i)));
  }
  return peers;
}
/// They have got their number back.
inline void expect_answers(const std::vector<raw_socket>& peers) {
  for (std::size_t i = 0; i < peers.size(); ++i) {
    char back[2] = {};
    EXPECT_EQ(::recv(peers[i].fd(), back, sizeof back, 0), 1);
    EXPECT_EQ(back[0], static_cast<char>('A' + i));
  }
}
/// They say nothing more.
inline void end_all(const std::vector<raw_socket>& peers) {
  for (const raw_socket& p : peers)
    ::shutdown(p.fd(), SHUT_WR);
}

}  // namespace aside_test
