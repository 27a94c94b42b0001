#pragma once
// What the network tests share: connected streams, raw peers, a byte pattern, counts of descriptors.

#include "unit/run_test.hpp"

#include <arpa/inet.h>
#include <dirent.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace aside_test {

using aside::chunk;
using aside::nursery;
using aside::task;
using aside::tcp_listener;
using aside::tcp_stream;
using namespace std::chrono_literals;

inline std::string local(std::uint16_t port) { return "127.0.0.1:" + std::to_string(port); }

class stream_pair {
 public:
  stream_pair(tcp_stream a, tcp_stream b) : near(std::move(a)), far(std::move(b)) {}
  tcp_stream near;
  tcp_stream far;
};

/// Two ends of one connection over loopback.
inline task<stream_pair> connected() {
  tcp_listener listener = co_await tcp_listener::bind("127.0.0.1:0");
  const std::string where = local(listener.port());
  tcp_stream near = co_await tcp_stream::connect(where);
  tcp_stream far = co_await listener.accept();
  co_return stream_pair(std::move(near), std::move(far));
}

/// The byte that belongs at this offset of stream number `seed`.
inline std::byte pattern_at(std::size_t offset, std::size_t seed) {
  return static_cast<std::byte>(((offset + seed * 977) * 2654435761u) >> 11);
}
inline std::vector<std::byte> pattern(std::size_t size, std::size_t seed = 0,
                                      std::size_t from = 0) {
  std::vector<std::byte> bytes(size);
  for (std::size_t i = 0; i < size; ++i)
    bytes[i] = pattern_at(from + i, seed);
  return bytes;
}
/// How many of these bytes are wrong.
inline std::size_t wrong(std::span<const std::byte> got, std::size_t seed, std::size_t from) {
  std::size_t n = 0;
  for (std::size_t i = 0; i < got.size(); ++i) {
    if (got[i] != pattern_at(from + i, seed)) ++n;
  }
  return n;
}

/// Receives the pattern to the end of the stream; returns how many bytes came.
template <class Stream>
task<std::size_t> receive_pattern(Stream& s, std::size_t seed = 0, std::size_t from = 0) {
  std::size_t total = 0;
  for (;;) {
    const chunk c = co_await s.receive();
    if (!c) break;
    EXPECT_EQ(wrong(*c, seed, from + total), 0u) << "at offset " << from + total;
    total += c.size();
  }
  co_return total;
}

inline task<> write_pattern(tcp_stream& s, std::size_t size, std::size_t seed = 0) {
  const std::vector<std::byte> all = pattern(size, seed);
  co_await s.write(all);
}

/// Sends back what comes.
template <class Stream>
task<> echo_back(Stream& peer) {
  for (;;) {
    const chunk c = co_await peer.receive();
    if (!c) break;
    co_await peer.write(*c);
  }
}
inline task<> echo(tcp_stream peer) { co_await echo_back(peer); }

/// A blocking socket of the C library, for what a stream would not do.
class raw_socket {
 public:
  explicit raw_socket(int fd) noexcept : fd_(fd) {}
  raw_socket(raw_socket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  raw_socket& operator=(raw_socket&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  raw_socket(const raw_socket&) = delete;
  ~raw_socket() { close(); }

  static raw_socket connect(std::uint16_t port, int flags = 0) {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | flags, 0);
    const sockaddr_in to = address(port);
    if (::connect(fd, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0 &&
        errno != EINPROGRESS)
      ADD_FAILURE() << "connect: " << std::strerror(errno);
    return raw_socket(fd);
  }
  static sockaddr_in address(std::uint16_t port) {
    sockaddr_in a{};
    a.sin_family = AF_INET;
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    a.sin_port = htons(port);
    return a;
  }

  [[nodiscard]] int fd() const noexcept { return fd_; }
  void send(std::string_view text) const {
    EXPECT_EQ(::send(fd_, text.data(), text.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(text.size()));
  }
  void close() noexcept {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  }
  /// Closes with a reset instead of a FIN.
  void reset() noexcept { reset_on_close(fd_), close(); }
  static void reset_on_close(int fd) noexcept {
    linger at_once{};
    at_once.l_onoff = 1;
    ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  }

 private:
  int fd_;
};

/// Connections that the kernel completes nobody's handshake for: a backlog of one, filled.
class blackhole {
 public:
  blackhole() : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in a = raw_socket::address(0);
    socklen_t size = sizeof a;
    EXPECT_EQ(::bind(listener_.fd(), reinterpret_cast<const sockaddr*>(&a), size), 0);
    EXPECT_EQ(::listen(listener_.fd(), 0), 0);
    EXPECT_EQ(::getsockname(listener_.fd(), reinterpret_cast<sockaddr*>(&a), &size), 0);
    port_ = ntohs(a.sin_port);
    for (int i = 0; i < 4; ++i)
      filling_.push_back(raw_socket::connect(port_, SOCK_NONBLOCK));
  }
  [[nodiscard]] std::uint16_t port() const { return port_; }

 private:
  raw_socket listener_;
  std::uint16_t port_ = 0;
  std::vector<raw_socket> filling_;
};

/// Keeps the kernel from growing what a socket may have sent ahead.
inline void fix_buffer(int fd) {
  const int size = 65536;
  EXPECT_EQ(::setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size), 0);
}
/// More than finds room after `fix_buffer` and `fill`.
inline constexpr std::size_t beyond_any_buffer = 4'000'000;

/// Fills a socket until it takes no more; returns how many bytes of the pattern went in.
/// A socket whose buffer is not fixed may take more later.
inline std::size_t fill(int fd, std::size_t seed = 0) {
  std::size_t total = 0;
  for (;;) {
    const std::vector<std::byte> part = pattern(65536, seed, total);
    const ssize_t n = ::send(fd, part.data(), part.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n < 0) return total;
    total += static_cast<std::size_t>(n);
  }
}

/// Without those of /proc: the watchdog opens one for a moment where a turn lasts.
inline std::size_t open_descriptors() {
  std::size_t n = 0;
  DIR* const all = ::opendir("/proc/self/fd");
  while (const dirent* const each = ::readdir(all)) {
    char where[6];
    const ssize_t size = ::readlinkat(::dirfd(all), each->d_name, where, sizeof where);
    if (size >= 0 && std::string_view(where, static_cast<std::size_t>(size)) != "/proc/") ++n;
  }
  ::closedir(all);
  return n;
}

/// Fails the test when a descriptor is left behind.
class no_descriptor_left {
 public:
  no_descriptor_left() = default;
  no_descriptor_left(const no_descriptor_left&) = delete;
  ~no_descriptor_left() { EXPECT_EQ(open_descriptors(), before_); }

 private:
  std::size_t before_ = open_descriptors();
};

}  // namespace aside_test
