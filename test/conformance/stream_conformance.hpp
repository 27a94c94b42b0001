#pragma once
// The streams that have to behave alike, behind one face: what a test does is compiled once, whatever
// the number of kinds. stream_kinds.cpp lists them; a new stream is one line more there.
#include "unit/net/loopback.hpp"

#include <expected>
#include <span>

namespace aside_test {

/// One end of a connection of some kind. Its functions await the stream's operation of that name and
/// nothing else.
class stream_end {
 public:
  stream_end() = default;
  stream_end(const stream_end&) = delete;
  stream_end& operator=(const stream_end&) = delete;
  virtual ~stream_end() = default;

  virtual task<chunk> receive() = 0;
  virtual task<std::expected<chunk, std::error_code>> try_receive() = 0;
  virtual task<std::size_t> read_some(std::span<std::byte> into) = 0;
  virtual task<> read_exact(std::span<std::byte> into) = 0;
  virtual task<> read_exact(std::span<std::byte> into, std::size_t* got) = 0;
  virtual task<std::expected<void, aside::transfer_failure>> try_read_exact(
      std::span<std::byte> into) = 0;
  virtual task<> write(std::span<const std::byte> from) = 0;
  virtual task<> write(std::span<const std::byte> from, std::size_t* sent) = 0;
  virtual task<std::expected<void, aside::transfer_failure>> try_write(
      std::span<const std::byte> from) = 0;
  virtual task<std::size_t> write_some(std::span<const std::byte> from) = 0;
  virtual task<> shutdown() = 0;

  /// Writes, and flushes what buffers.
  virtual task<> put(std::span<const std::byte> bytes) = 0;
  /// Keeps the kernel from buffering without limit.
  virtual void limit() = 0;
  /// Ends it as badly as the kind can.
  virtual void reset() = 0;
  /// The same end in another object of its type.
  virtual std::unique_ptr<stream_end> moved() = 0;
};

class two_ends {
 public:
  two_ends(std::unique_ptr<stream_end> a, std::unique_ptr<stream_end> b) noexcept
      : near(std::move(a)), far(std::move(b)) {}
  std::unique_ptr<stream_end> near;
  std::unique_ptr<stream_end> far;
};
using shared_ends = std::shared_ptr<two_ends>;

class stream_kind {
 public:
  const char* name;
  task<two_ends> (*connect)();
  /// A reader is told of a reset; otherwise it sees the end.
  bool resets;

  [[nodiscard]] task<shared_ends> connect_shared() const {
    two_ends p = co_await connect();
    co_return std::make_shared<two_ends>(std::move(p));
  }
};

[[nodiscard]] const std::vector<stream_kind>& stream_kinds();

class test_of_streams : public testing::TestWithParam<const stream_kind*> {
 protected:
  static const stream_kind& kind() { return *GetParam(); }
};
inline std::vector<const stream_kind*> all_stream_kinds() {
  std::vector<const stream_kind*> all;
  for (const stream_kind& k : stream_kinds())
    all.push_back(&k);
  return all;
}
inline std::string name_of_kind(const testing::TestParamInfo<const stream_kind*>& made) {
  return made.param->name;
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

inline task<> put_pattern(stream_end& to, std::size_t size, std::uint64_t seed) {
  sizes random(seed);
  const std::vector<std::byte> all = pattern(size, seed);
  for (std::size_t sent = 0; sent < size;) {
    const std::size_t part = std::min(random.next(20'000), size - sent);
    co_await to.put(std::span(all).subspan(sent, part));
    sent += part;
  }
}

/// Reads the pattern to the end, in every way there is; how many bytes came.
inline task<std::size_t> take_pattern(stream_end& from, std::uint64_t seed, std::size_t at = 0) {
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
