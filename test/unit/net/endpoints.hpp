#pragma once
// What the tests of Unix sockets, pipes and datagrams share.
#include <aside/net/pipe.hpp>
#include <aside/net/poll.hpp>
#include <aside/net/udp_socket.hpp>
#include <aside/net/unix_datagram.hpp>
#include <aside/net/unix_listener.hpp>
#include <aside/net/unix_stream.hpp>

#include "unit/net/loopback.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <cstdlib>
#include <system_error>

namespace aside_test {

/// A folder that goes with everything in it.
class folder {
 public:
  folder() {
    char pattern[] = "/tmp/aside_net_XXXXXX";
    if (::mkdtemp(pattern) == nullptr) ADD_FAILURE() << std::strerror(errno);
    path_ = pattern;
  }
  folder(const folder&) = delete;
  ~folder() {
    if (DIR* const all = ::opendir(path_.c_str()); all != nullptr) {
      while (const dirent* const e = ::readdir(all))
        if (e->d_name[0] != '.') ::unlink((path_ + "/" + e->d_name).c_str());
      ::closedir(all);
    }
    ::rmdir(path_.c_str());
  }
  [[nodiscard]] std::string operator/(std::string_view name) const {
    return path_ + "/" + std::string(name);
  }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

inline bool exists(const std::string& path) {
  struct stat s{};
  return ::lstat(path.c_str(), &s) == 0;
}

/// What an operation's exception says; empty without one.
template <class F>
task<std::string> said(F operation) {
  try {
    co_await operation();
  } catch (const std::system_error& e) {
    co_return e.what();
  }
  co_return std::string();
}

inline std::string text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// Reads a stream of any kind to its end.
template <class Stream>
task<std::string> read_all(Stream& s) {
  std::string all;
  for (;;) {
    const chunk c = co_await s.receive();
    if (!c) break;
    all += c.text();
  }
  co_return all;
}

/// Writes without waiting until the descriptor takes no more; how many bytes went in.
inline std::size_t stuff(int fd) {
  const std::vector<char> zeros(4096);
  std::size_t total = 0;
  for (std::size_t size : {zeros.size(), std::size_t{1}}) {
    for (;;) {
      const ssize_t n = ::write(fd, zeros.data(), size);
      if (n <= 0) break;
      total += static_cast<std::size_t>(n);
    }
  }
  return total;
}
/// Takes everything that is there without waiting.
inline std::string drain(int fd) {
  std::string all;
  std::vector<char> room(65536);
  for (;;) {
    const ssize_t n = ::read(fd, room.data(), room.size());
    if (n <= 0) return all;
    all.append(room.data(), static_cast<std::size_t>(n));
  }
}

/// One direction: where it is written and where it is read.
template <class Writer, class Reader>
class way {
 public:
  way(Writer w, Reader r) : to(std::move(w)), from(std::move(r)) {}
  Writer to;
  Reader from;
};

}  // namespace aside_test
