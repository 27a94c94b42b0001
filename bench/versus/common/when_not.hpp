#pragma once

// The inner parts of the works of `when_not`, the same for every peer in C++: reading the file,
// counting, hashing, and one end of a blocking echo. How they are spread over threads is the peer's.

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

namespace versus {

[[noreturn]] inline void give_up(const char* what) {
  std::perror(what);
  std::exit(1);
}

inline bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

// Words that begin in `text`; `before` is the byte in front of it.
inline std::uint64_t count_words(std::string_view text, char before = ' ') {
  std::uint64_t words = 0;
  bool space = is_space(before);
  for (char c : text) {
    bool now = is_space(c);
    words += space && !now;
    space = now;
  }
  return words;
}

// A file that is read piece by piece.
class input_file {
 public:
  explicit input_file(const std::string& path) : fd_(open(path.c_str(), O_RDONLY | O_CLOEXEC)) {
    if (fd_ < 0) give_up(path.c_str());
  }
  input_file(const input_file&) = delete;
  ~input_file() { close(fd_); }

  // The bytes at `offset`, as many as there are up to the buffer's size.
  std::string_view read_at(std::vector<char>& buffer, std::uint64_t offset) const {
    ssize_t n = pread(fd_, buffer.data(), buffer.size(), static_cast<off_t>(offset));
    if (n < 0) give_up("pread");
    return {buffer.data(), static_cast<std::size_t>(n)};
  }

  // The words that begin in [from, to).
  std::uint64_t count_words_in(std::uint64_t from, std::uint64_t to) const {
    std::vector<char> buffer(256 * 1024);
    char before = ' ';
    if (from > 0) {
      std::vector<char> one(1);
      before = read_at(one, from - 1)[0];
    }
    std::uint64_t words = 0;
    while (from < to) {
      std::string_view text = read_at(buffer, from).substr(0, to - from);
      if (text.empty()) break;
      words += count_words(text, before);
      before = text.back();
      from += text.size();
    }
    return words;
  }

 private:
  int fd_;
};

constexpr std::size_t block_size = 1 << 20;

// FNV-1a 64 over block i: 1 MiB of xorshift64 seeded with i + 1, little-endian words.
inline std::uint64_t hash_block(std::uint64_t i) {
  std::uint64_t x = i + 1, hash = 0xcbf29ce484222325;
  for (std::size_t word = 0; word < block_size / 8; ++word) {
    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    for (int byte = 0; byte < 8; ++byte)
      hash = (hash ^ (x >> (8 * byte) & 0xff)) * 0x100000001b3;
  }
  return hash;
}

// A blocking socket.
class blocking_stream {
 public:
  explicit blocking_stream(int fd) : fd_(fd) {
    int one = 1;
    if (fd_ < 0 || setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one)) give_up("socket");
  }
  blocking_stream(blocking_stream&& other) noexcept : fd_(other.fd_) { other.fd_ = -1; }
  ~blocking_stream() {
    if (fd_ >= 0) close(fd_);
  }

  static blocking_stream connect_to(std::uint16_t port) {
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd < 0 || connect(fd, reinterpret_cast<sockaddr*>(&to), sizeof to)) give_up("connect");
    return blocking_stream(fd);
  }

  bool write_all(const char* bytes, std::size_t size) {
    while (size) {
      ssize_t n = send(fd_, bytes, size, MSG_NOSIGNAL);
      if (n < 0) return false;
      bytes += n;
      size -= static_cast<std::size_t>(n);
    }
    return true;
  }

  // 0 at the end and on failure.
  std::size_t read_some(char* bytes, std::size_t size) {
    ssize_t n = recv(fd_, bytes, size, 0);
    return n < 0 ? 0 : static_cast<std::size_t>(n);
  }

  void echo(std::size_t buffer_size) {
    std::vector<char> buffer(buffer_size);
    while (std::size_t n = read_some(buffer.data(), buffer.size()))
      if (!write_all(buffer.data(), n)) return;
  }

  // Sends so many messages, each after the answer to the one before; returns the right bytes.
  std::uint64_t ask(std::uint64_t messages, std::size_t size) {
    std::string message(size, 'm'), answer(size, ' ');
    std::uint64_t right = 0;
    for (std::uint64_t i = 0; i < messages; ++i) {
      message[i % size] = static_cast<char>(i);
      if (!write_all(message.data(), size)) return right;
      for (std::size_t got = 0; got < size;) {
        std::size_t n = read_some(answer.data() + got, size - got);
        if (!n) return right;
        got += n;
      }
      if (answer == message) right += size;
    }
    return right;
  }

 private:
  int fd_;
};

}  // namespace versus
