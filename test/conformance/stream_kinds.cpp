// The kinds of streams: how two connected ends are made, how bytes are sent off, how an end dies badly.
#include <aside/io/buffered_reader.hpp>
#include <aside/io/buffered_writer.hpp>
#include <aside/io/memory_stream.hpp>
#include <aside/net/pipe.hpp>
#include <aside/net/unix_stream.hpp>

#include "conformance/stream_conformance.hpp"

namespace aside_test {
namespace {

template <class End>
class pair_of {
 public:
  pair_of(End a, End b) : near(std::move(a)), far(std::move(b)) {}
  End near;
  End far;
};

struct tcp_kind {
  static constexpr const char* name = "tcp";
  static constexpr bool resets = true;
  using end = tcp_stream;
  static task<pair_of<end>> connect() {
    stream_pair p = co_await connected();
    co_return pair_of<end>(std::move(p.near), std::move(p.far));
  }
  static task<> put(end& to, std::span<const std::byte> bytes) { co_await to.write(bytes); }
  /// Keeps the kernel from buffering without limit.
  static void limit(end& e) { fix_buffer(e.native_handle()); }
  static void reset(end& e) {
    raw_socket::reset_on_close(e.native_handle());
    e.close();
  }
};

struct unix_kind {
  static constexpr const char* name = "unix";
  static constexpr bool resets = false;
  using end = aside::unix_stream;
  static task<pair_of<end>> connect() {
    auto [near, far] = co_await aside::unix_stream::pair();
    co_return pair_of<end>(std::move(near), std::move(far));
  }
  static task<> put(end& to, std::span<const std::byte> bytes) { co_await to.write(bytes); }
  static void limit(end& e) { fix_buffer(e.native_handle()); }
  static void reset(end& e) { e.close(); }
};

/// The end of a pipe that reads and the end of another that writes.
class two_pipes {
 public:
  two_pipes(aside::pipe_reader r, aside::pipe_writer w) noexcept
      : in_(std::move(r)), out_(std::move(w)) {}

  auto receive() { return in_.receive(); }
  auto read_some(std::span<std::byte> into) { return in_.read_some(into); }
  auto read_exact(std::span<std::byte> into) { return in_.read_exact(into); }
  auto read_exact(std::span<std::byte> into, std::size_t* got) { return in_.read_exact(into, got); }
  auto write(std::span<const std::byte> from) { return out_.write(from); }
  auto write(std::span<const std::byte> from, std::size_t* sent) { return out_.write(from, sent); }
  auto write_some(std::span<const std::byte> from) { return out_.write_some(from); }
  auto shutdown() { return out_.shutdown(); }
  void close() {
    in_.close();
    out_.close();
  }

 private:
  aside::pipe_reader in_;
  aside::pipe_writer out_;
};

struct pipe_kind {
  static constexpr const char* name = "pipe";
  static constexpr bool resets = false;
  using end = two_pipes;
  static task<pair_of<end>> connect() {
    auto [far_in, near_out] = co_await aside::pipe();
    auto [near_in, far_out] = co_await aside::pipe();
    co_return pair_of<end>(end(std::move(near_in), std::move(near_out)),
                           end(std::move(far_in), std::move(far_out)));
  }
  static task<> put(end& to, std::span<const std::byte> bytes) { co_await to.write(bytes); }
  static void limit(end&) {}
  static void reset(end& e) { e.close(); }
};

struct memory_kind {
  static constexpr const char* name = "memory";
  static constexpr bool resets = true;
  using end = aside::memory_stream;
  static task<pair_of<end>> connect() {
    auto [near, far] = aside::memory_streams();
    co_return pair_of<end>(std::move(near), std::move(far));
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
  auto read_exact(std::span<std::byte> into, std::size_t* got) { return in_.read_exact(into, got); }
  auto write(std::span<const std::byte> from) { return out_.write(from); }
  auto write(std::span<const std::byte> from, std::size_t* sent) { return out_.write(from, sent); }
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
  static constexpr bool resets = Kind::resets;
  using end = buffered_end<typename Kind::end>;
  static task<pair_of<end>> connect() {
    pair_of<typename Kind::end> p = co_await Kind::connect();
    co_return pair_of<end>(end(std::move(p.near)), end(std::move(p.far)));
  }
  static task<> put(end& to, std::span<const std::byte> bytes) {
    co_await to.write(bytes);
    co_await to.flush();
  }
  static void limit(end& e) { Kind::limit(e.inner()); }
  static void reset(end& e) { Kind::reset(e.inner()); }
};

static_assert(aside::stream<tcp_stream>);
static_assert(aside::stream<aside::unix_stream>);
static_assert(aside::readable_stream<aside::pipe_reader>);
static_assert(aside::writable_stream<aside::pipe_writer>);
static_assert(!aside::readable_stream<aside::pipe_writer>);
static_assert(aside::stream<two_pipes>);
static_assert(aside::stream<aside::memory_stream>);
static_assert(aside::readable_stream<aside::memory_reader>);
static_assert(aside::writable_stream<aside::memory_writer>);
static_assert(aside::readable_stream<aside::buffered_reader<tcp_stream>>);
static_assert(aside::writable_stream<aside::buffered_writer<tcp_stream>>);
static_assert(aside::stream<buffered_end<tcp_stream>>);
static_assert(!aside::readable_stream<aside::memory_writer>);

template <class Kind>
class end_of final : public stream_end {
  using end = typename Kind::end;

 public:
  explicit end_of(end e) : end_(std::move(e)) {}

  task<chunk> receive() override { co_return co_await end_.receive(); }
  task<std::expected<chunk, std::error_code>> try_receive() override {
    co_return co_await end_.receive().as_result();
  }
  task<std::size_t> read_some(std::span<std::byte> into) override {
    co_return co_await end_.read_some(into);
  }
  task<> read_exact(std::span<std::byte> into) override { co_await end_.read_exact(into); }
  task<> read_exact(std::span<std::byte> into, std::size_t* got) override {
    co_await end_.read_exact(into, got);
  }
  task<std::expected<void, aside::transfer_failure>> try_read_exact(
      std::span<std::byte> into) override {
    co_return co_await end_.read_exact(into).as_result();
  }
  task<> write(std::span<const std::byte> from) override { co_await end_.write(from); }
  task<> write(std::span<const std::byte> from, std::size_t* sent) override {
    co_await end_.write(from, sent);
  }
  task<std::expected<void, aside::transfer_failure>> try_write(
      std::span<const std::byte> from) override {
    co_return co_await end_.write(from).as_result();
  }
  task<std::size_t> write_some(std::span<const std::byte> from) override {
    co_return co_await end_.write_some(from);
  }
  task<> shutdown() override { co_await end_.shutdown(); }
  task<> put(std::span<const std::byte> bytes) override { co_await Kind::put(end_, bytes); }
  void limit() override { Kind::limit(end_); }
  void reset() override { Kind::reset(end_); }
  std::unique_ptr<stream_end> moved() override {
    return std::make_unique<end_of>(std::move(end_));
  }

 private:
  end end_;
};

template <class Kind>
task<two_ends> connect() {
  auto p = co_await Kind::connect();
  auto near = std::make_unique<end_of<Kind>>(std::move(p.near));
  auto far = std::make_unique<end_of<Kind>>(std::move(p.far));
  co_return two_ends(std::move(near), std::move(far));
}
template <class Kind>
stream_kind kind(const char* name = Kind::name) {
  return {name, &connect<Kind>, Kind::resets};
}

}  // namespace

const std::vector<stream_kind>& stream_kinds() {
  static const std::vector<stream_kind> all{kind<tcp_kind>(),
                                            kind<unix_kind>(),
                                            kind<pipe_kind>(),
                                            kind<memory_kind>(),
                                            kind<buffered<tcp_kind>>("buffered_tcp"),
                                            kind<buffered<pipe_kind>>("buffered_pipe"),
                                            kind<buffered<memory_kind>>("buffered_memory")};
  return all;
}

}  // namespace aside_test
