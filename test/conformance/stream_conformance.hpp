#pragma once
// The streams that have to behave alike. A kind says how two connected ends are made, how bytes are
// sent off and how an end dies with a reset; `stream_kinds` lists them: a new stream is one line more.
#include <aside/io/buffered_reader.hpp>
#include <aside/io/buffered_writer.hpp>
#include <aside/io/memory_stream.hpp>

#include "unit/net/loopback.hpp"

namespace aside_test {

template <class End>
class two_ends {
 public:
  two_ends(End a, End b) : near(std::move(a)), far(std::move(b)) {}
  End near;
  End far;
};

struct tcp_kind {
  static std::string name() { return "tcp"; }
  using end = tcp_stream;
  static task<two_ends<end>> connect() {
    stream_pair p = co_await connected();
    co_return two_ends<end>(std::move(p.near), std::move(p.far));
  }
  static task<> put(end& to, std::span<const std::byte> bytes) { co_await to.write(bytes); }
  /// Keeps the kernel from buffering without limit.
  static void limit(end& e) { fix_buffer(e.native_handle()); }
  static void reset(end& e) {
    raw_socket::reset_on_close(e.native_handle());
    e.close();
  }
};

struct memory_kind {
  static std::string name() { return "memory"; }
  using end = aside::memory_stream;
  static task<two_ends<end>> connect() {
    auto [near, far] = aside::memory_streams();
    co_return two_ends<end>(std::move(near), std::move(far));
  }
  static task<> put(end& to, std::span<const std::byte> bytes) { co_await to.write(bytes); }
  static void limit(end&) {}
  static void reset(end& e) { e.reset(); }
};

/// A stream with a buffered_reader and a buffered_writer around it.
template <class Inner>
class buffered_end {
 public:
  explicit buffered_end(Inner s)
      : inner_(std::make_unique<Inner>(std::move(s))), in_(*inner_), out_(*inner_) {}

  auto receive() { return in_.receive(); }
  auto read_some(std::span<std::byte> into) { return in_.read_some(into); }
  auto read_exact(std::span<std::byte> into) { return in_.read_exact(into); }
  auto read_exact(std::span<std::byte> into, std::size_t& got) { return in_.read_exact(into, got); }
  auto write(std::span<const std::byte> from) { return out_.write(from); }
  auto write(std::span<const std::byte> from, std::size_t& sent) { return out_.write(from, sent); }
  auto write_some(std::span<const std::byte> from) { return out_.write_some(from); }
  auto flush() { return out_.flush(); }
  auto shutdown() { return out_.shutdown(); }
  Inner& inner() { return *inner_; }

 private:
  std::unique_ptr<Inner> inner_;
  aside::buffered_reader<Inner> in_;
  aside::buffered_writer<Inner> out_;
};

template <class Kind>
struct buffered {
  static std::string name() { return "buffered_" + Kind::name(); }
  using end = buffered_end<typename Kind::end>;
  static task<two_ends<end>> connect() {
    two_ends<typename Kind::end> p = co_await Kind::connect();
    co_return two_ends<end>(end(std::move(p.near)), end(std::move(p.far)));
  }
  static task<> put(end& to, std::span<const std::byte> bytes) {
    co_await to.write(bytes);
    co_await to.flush();
  }
  static void limit(end& e) { Kind::limit(e.inner()); }
  static void reset(end& e) { Kind::reset(e.inner()); }
};

using stream_kinds =
    testing::Types<tcp_kind, memory_kind, buffered<tcp_kind>, buffered<memory_kind>>;

static_assert(aside::stream<tcp_stream>);
static_assert(aside::stream<aside::memory_stream>);
static_assert(aside::readable_stream<aside::memory_reader>);
static_assert(aside::writable_stream<aside::memory_writer>);
static_assert(aside::readable_stream<aside::buffered_reader<tcp_stream>>);
static_assert(aside::writable_stream<aside::buffered_writer<tcp_stream>>);
static_assert(aside::stream<buffered_end<tcp_stream>>);
static_assert(!aside::readable_stream<aside::memory_writer>);

struct name_of_kind {
  template <class Kind>
  static std::string GetName(int) {
    return Kind::name();
  }
};

template <class Kind>
using shared_ends = std::shared_ptr<two_ends<typename Kind::end>>;

template <class Kind>
task<shared_ends<Kind>> connect_shared() {
  auto p = co_await Kind::connect();
  co_return std::make_shared<two_ends<typename Kind::end>>(std::move(p));
}

inline std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span<const char>(text.data(), text.size()));
}

/// Sizes that are the same in every run.
class sizes {
 public:
  explicit sizes(std::uint64_t seed) : state_(seed * 2 + 1) {}
  /// 1 to `most`, small ones more often.
  std::size_t next(std::size_t most) {
    state_ = state_ * 6364136223846793005u + 1442695040888963407u;
    const auto r = static_cast<std::size_t>(state_ >> 33);
    const std::size_t limit = r % 3 == 0 ? most : r % 3 == 1 ? 100 : 9;
    return 1 + (r >> 4) % (limit < most ? limit : most);
  }

 private:
  std::uint64_t state_;
};

template <class Kind>
task<> put_pattern(typename Kind::end& to, std::size_t size, std::uint64_t seed) {
  sizes random(seed);
  const std::vector<std::byte> all = pattern(size, seed);
  for (std::size_t sent = 0; sent < size;) {
    const std::size_t part = std::min(random.next(20'000), size - sent);
    co_await Kind::put(to, std::span(all).subspan(sent, part));
    sent += part;
  }
}

/// Reads the pattern to the end, in every way there is; how many bytes came.
template <class Kind>
task<std::size_t> take_pattern(typename Kind::end& from, std::uint64_t seed, std::size_t at = 0) {
  sizes random(seed + 1);
  std::vector<std::byte> room(20'000);
  const std::size_t before = at;
  for (;;) {
    if (random.next(3) == 1) {
      const chunk c = co_await from.receive();
      if (!c) break;
      EXPECT_EQ(wrong(*c, seed, at), 0u) << "at offset " << at;
      at += c.size();
    } else {
      const auto into = std::span(room).first(random.next(room.size()));
      const std::size_t n = co_await from.read_some(into);
      if (n == 0) break;
      EXPECT_EQ(wrong(into.first(n), seed, at), 0u) << "at offset " << at;
      at += n;
    }
  }
  co_return at - before;
}

}  // namespace aside_test
