// The rows of streams. What reads waits for "x" in some form, which is given once: the operation got
// it, or it is there afterwards. What writes waits because its stream is full: what it says it has
// written is what arrives.
#include <aside/io/buffered_reader.hpp>
#include <aside/io/buffered_writer.hpp>
#include <aside/io/copy.hpp>
#include <aside/io/memory_stream.hpp>

#include "conformance/stop_matrix.hpp"
#include "unit/net/loopback.hpp"

namespace aside_test {
namespace {

using aside::memory_stream;

/// A sender, a stream that is tested, and for copies a second connection behind that.
template <class Stream>
struct wires {
  explicit wires(Stream a, Stream b, memory_stream c = {}, memory_stream d = {})
      : near(std::move(a)), far(std::move(b)), behind(std::move(c)), last(std::move(d)) {}
  Stream near;
  Stream far;
  memory_stream behind;
  memory_stream last;
  aside::buffered_reader<Stream> in{far};
  aside::buffered_writer<Stream> out{near};
  const char* awaited = "x";
  std::size_t before = 0;  // bytes that filled `near`
  std::size_t sent = 0;
  std::size_t drained = 0;
};
using tcp_wires = wires<tcp_stream>;
using memory_wires = wires<memory_stream>;

template <class W>
W& of(const cell& c) {
  return *static_cast<W*>(c.streams.get());
}

task<> connect_tcp(cell_ptr c) {
  stream_pair p = co_await connected();
  c->streams = std::make_shared<tcp_wires>(std::move(p.near), std::move(p.far));
}
task<> connect_memory(cell_ptr c) {
  auto [near, far] = aside::memory_streams(100);
  auto [behind, last] = aside::memory_streams(100);
  c->streams = std::make_shared<memory_wires>(std::move(near), std::move(far), std::move(behind),
                                              std::move(last));
  co_return;
}

task<> connect_for_lines(cell_ptr c) {
  co_await connect_memory(c);
  of<memory_wires>(*c).awaited = "line";
}
task<> connect_for_frames(cell_ptr c) {
  co_await connect_memory(c);
  of<memory_wires>(*c).awaited = "frame";
}

// ---- reading

void put(tcp_wires& w, std::string_view text) {
  EXPECT_EQ(::send(w.near.native_handle(), text.data(), text.size(), MSG_NOSIGNAL),
            static_cast<ssize_t>(text.size()));
}
void put(memory_wires& w, std::string_view text) {
  auto op = w.near.write(text);
  EXPECT_TRUE(op.attempt());
}
constexpr std::string_view form(std::string_view what) {
  if (what == "line") return "x\n";
  if (what == "frame") return std::string_view("\0\0\0\1x", 5);
  return "x";
}
template <class W>
int give_x(cell& c) {
  put(of<W>(c), form(of<W>(c).awaited));
  return 1;
}
/// What is still in the stream, buffered or not.
template <class W>
task<int> left_of_x(cell& c) {
  W& w = of<W>(c);
  co_await w.near.shutdown();
  std::string rest;
  for (;;) {
    const chunk got = co_await w.in.receive();
    if (!got) break;
    rest += got.text();
  }
  EXPECT_TRUE(rest.empty() || rest == form(w.awaited)) << rest;
  co_return rest.empty() ? 0 : 1;
}

template <class W>
task<> receive_x(cell_ptr c) {
  const chunk got = co_await of<W>(*c).far.receive();
  c->delivered += static_cast<int>(got.size());
}
template <class W>
task<> read_some_x(cell_ptr c) {
  std::array<std::byte, 8> room{};
  c->delivered += static_cast<int>(co_await of<W>(*c).far.read_some(room));
}
template <class W>
task<> read_exact_x(cell_ptr c) {
  std::array<std::byte, 1> room{};
  co_await of<W>(*c).far.read_exact(room);
  ++c->delivered;
}
task<> read_line(cell_ptr c) {
  auto& w = of<memory_wires>(*c);
  const auto got = co_await w.in.line();
  EXPECT_EQ(*got, "x");
  ++c->delivered;
}
task<> read_until_lf(cell_ptr c) {
  auto& w = of<memory_wires>(*c);
  const auto got = co_await w.in.read_until("\n");
  EXPECT_EQ(got->size(), 1u);
  ++c->delivered;
}
task<> read_frame(cell_ptr c) {
  auto& w = of<memory_wires>(*c);
  const auto got = co_await w.in.frame();
  EXPECT_EQ(got->size(), 1u);
  ++c->delivered;
}
task<> peek_x(cell_ptr c) {
  auto& in = of<memory_wires>(*c).in;
  const auto got = co_await in.peek();
  EXPECT_EQ(got.size(), 1u);
  in.consume(1);
  ++c->delivered;
}
task<> receive_buffered(cell_ptr c) {
  const chunk got = co_await of<memory_wires>(*c).in.receive();
  c->delivered += static_cast<int>(got.size());
}
task<> read_some_buffered(cell_ptr c) {
  std::array<std::byte, 8> room{};
  c->delivered += static_cast<int>(co_await of<memory_wires>(*c).in.read_some(room));
}
task<> read_exact_buffered(cell_ptr c) {
  std::array<std::byte, 1> room{};
  co_await of<memory_wires>(*c).in.read_exact(room);
  ++c->delivered;
}

// ---- writing

task<> fill_tcp(cell_ptr c) {
  co_await connect_tcp(c);
  auto& w = of<tcp_wires>(*c);
  fix_buffer(w.near.native_handle());
  w.before = fill(w.near.native_handle());
}
task<> fill_memory(cell_ptr c) {
  co_await connect_memory(c);
  auto& w = of<memory_wires>(*c);
  const std::string all(100, 'o');
  co_await w.near.write(all);
  w.before = all.size();
}
task<> fill_memory_and_buffer(cell_ptr c) {
  co_await fill_memory(c);
  auto& w = of<memory_wires>(*c);
  co_await w.out.write("buffered");
  w.before += 8;
}

int drain_tcp(cell& c) {
  auto& w = of<tcp_wires>(c);
  std::array<char, 4096> room{};
  for (;;) {
    const ssize_t n = ::recv(w.far.native_handle(), room.data(), room.size(), MSG_DONTWAIT);
    if (n <= 0) return 1;
    w.drained += static_cast<std::size_t>(n);
  }
}
int drain_memory(cell& c) {
  auto& w = of<memory_wires>(c);
  std::array<std::byte, 64> room{};
  for (;;) {
    auto op = w.far.read_some(room);
    if (!op.attempt()) return 1;
    const std::size_t got = *op.result();
    if (got == 0) return 1;  // the writer, on another core, has gone on meanwhile and shut down
    w.drained += got;
  }
}
task<> shut(memory_wires& w) { co_await w.out.shutdown(); }
task<> shut(tcp_wires& w) { co_await w.near.shutdown(); }
template <class W>
task<int> arrives_as_told(cell& c) {
  W& w = of<W>(c);
  std::size_t rest = 0;
  const auto read = [&]() -> task<> {
    for (;;) {
      const chunk got = co_await w.far.receive();
      if (!got) break;
      rest += got.size();
    }
  };
  co_await aside::all(shut(w), read());
  EXPECT_EQ(w.drained + rest, w.before + w.sent);
  co_return dropped;
}

// More than the fixed buffers of a socket have room for once it is drained a first time.
const std::string much(3'000'000, 'm');
std::span<const std::byte> bytes(std::string_view text) {
  return std::as_bytes(std::span<const char>(text.data(), text.size()));
}

task<> write_tcp(cell_ptr c) {
  auto& w = of<tcp_wires>(*c);
  co_await w.near.write(bytes("m"), &w.sent);
}
task<> write_tcp_parts(cell_ptr c) {
  auto& w = of<tcp_wires>(*c);
  const std::array parts{bytes("one"), bytes("two")};
  co_await w.near.write(parts, &w.sent);
}
template <class W>
task<> write_some_of(cell_ptr c) {
  W& w = of<W>(*c);
  w.sent = co_await w.near.write_some(bytes(much));
}
task<> write_memory(cell_ptr c) {
  auto& w = of<memory_wires>(*c);
  co_await w.near.write(bytes(std::string_view(much).substr(0, 50)), &w.sent);
}
task<> write_buffered(cell_ptr c) {
  auto& w = of<memory_wires>(*c);
  const std::string most(aside::chunk::capacity, 'b');  // no room beside what is buffered
  co_await w.out.write(bytes(most), &w.sent);
}
task<> flush_buffered(cell_ptr c) { co_await of<memory_wires>(*c).out.flush(); }
task<> shutdown_buffered(cell_ptr c) { co_await of<memory_wires>(*c).out.shutdown(); }
template <class W>
task<> shutdown_of(cell_ptr c) {
  co_await of<W>(*c).near.shutdown();
}

// ---- copies

int give_x_and_end(cell& c) {
  auto& w = of<memory_wires>(c);
  put(w, "x");
  auto end = w.near.shutdown();
  EXPECT_TRUE(end.attempt());
  return 1;
}
int end_both(cell& c) {
  give_x_and_end(c);
  auto end = of<memory_wires>(c).last.shutdown();
  EXPECT_TRUE(end.attempt());
  return 1;
}
task<> copy_plain(cell_ptr c) {
  auto& w = of<memory_wires>(*c);
  c->delivered += static_cast<int>(co_await aside::copy(w.far, w.behind));
}
task<> copy_buffered(cell_ptr c) {
  auto& w = of<memory_wires>(*c);
  static_cast<void>(co_await aside::copy(w.in, w.behind));
}
task<> copy_both_ways(cell_ptr c) {
  auto& w = of<memory_wires>(*c);
  const aside::copied_both copied = co_await aside::copy_both(w.far, w.behind);
  c->delivered += static_cast<int>(copied.a_to_b());
}
/// The copied byte has arrived behind, or is where it came from.
task<int> left_of_copied(cell& c) {
  auto& w = of<memory_wires>(c);
  co_await w.behind.shutdown();
  const chunk got = co_await w.last.receive();
  c.delivered += static_cast<int>(got.size());
  co_return co_await left_of_x<memory_wires>(c);
}

}  // namespace

void add_stream_rows(std::vector<row>& to) {
  const auto tcp = [&](const char* name, task<> (*await)(cell_ptr)) {
    to.push_back({.name = name,
                  .await = await,
                  .complete = &give_x<tcp_wires>,
                  .gives = "0000-",
                  .prepare = &connect_tcp,
                  .rest = &left_of_x<tcp_wires>});
  };
  const auto memory = [&](const char* name, task<> (*await)(cell_ptr),
                          task<> (*prepare)(cell_ptr) = &connect_memory) {
    to.push_back({.name = name,
                  .await = await,
                  .complete = &give_x<memory_wires>,
                  .gives = "0000-",
                  .prepare = prepare,
                  .rest = &left_of_x<memory_wires>});
  };
  const auto full_tcp = [&](const char* name, task<> (*await)(cell_ptr)) {
    to.push_back({.name = name,
                  .await = await,
                  .complete = &drain_tcp,
                  .gives = "0000-",
                  .prepare = &fill_tcp,
                  .rest = &arrives_as_told<tcp_wires>});
  };
  const auto full_memory = [&](const char* name, task<> (*await)(cell_ptr),
                               task<> (*prepare)(cell_ptr)) {
    to.push_back({.name = name,
                  .await = await,
                  .complete = &drain_memory,
                  .gives = "0000-",
                  .prepare = prepare,
                  .rest = &arrives_as_told<memory_wires>});
  };
  tcp("tcp_receive", &receive_x<tcp_wires>);
  tcp("tcp_read_some", &read_some_x<tcp_wires>);
  tcp("tcp_read_exact", &read_exact_x<tcp_wires>);
  full_tcp("tcp_write", &write_tcp);
  full_tcp("tcp_write_of_pieces", &write_tcp_parts);
  full_tcp("tcp_write_some", &write_some_of<tcp_wires>);
  memory("memory_receive", &receive_x<memory_wires>);
  memory("memory_read_some", &read_some_x<memory_wires>);
  memory("memory_read_exact", &read_exact_x<memory_wires>);
  full_memory("memory_write", &write_memory, &fill_memory);
  full_memory("memory_write_some", &write_some_of<memory_wires>, &fill_memory);
  memory("line", &read_line, &connect_for_lines);
  memory("read_until", &read_until_lf, &connect_for_lines);
  memory("frame", &read_frame, &connect_for_frames);
  memory("peek", &peek_x);
  memory("buffered_receive", &receive_buffered);
  memory("buffered_read_some", &read_some_buffered);
  memory("buffered_read_exact", &read_exact_buffered);
  full_memory("buffered_write", &write_buffered, &fill_memory_and_buffer);
  full_memory("flush", &flush_buffered, &fill_memory_and_buffer);
  full_memory("buffered_shutdown", &shutdown_buffered, &fill_memory_and_buffer);
  // Ready from the start, and a stop ends them all the same.
  to.push_back({.name = "tcp_shutdown",
                .await = &shutdown_of<tcp_wires>,
                .complete = nullptr,
                .gives = "001--",
                .prepare = &connect_tcp,
                .settles = 0});
  to.push_back({.name = "memory_shutdown",
                .await = &shutdown_of<memory_wires>,
                .complete = nullptr,
                .gives = "001--",
                .prepare = &connect_memory,
                .settles = 0});
  // What copy holds when it is stopped is lost: its rest is not asked for.
  to.push_back({.name = "copy",
                .await = &copy_plain,
                .complete = &give_x_and_end,
                .gives = "0000-",
                .prepare = &connect_memory});
  to.push_back({.name = "copy_from_a_buffered_reader",
                .await = &copy_buffered,
                .complete = &give_x_and_end,
                .gives = "0000-",
                .prepare = &connect_memory,
                .rest = &left_of_copied});
  to.push_back({.name = "copy_both",
                .await = &copy_both_ways,
                .complete = &end_both,
                .gives = "0000-",
                .prepare = &connect_memory});
}

}  // namespace aside_test
