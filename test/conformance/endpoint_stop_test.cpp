// What a stop leaves behind of each operation on datagrams, Unix sockets, pipes and foreign
// descriptors, at each moment at which it can come:
//   before        it was requested when the operation begins
//   ready_before  the same, and what the operation wants is there
//   queued        the operation's task is spawned and has not begun
//   waiting       the operation waits
//   completed     what it waits for has come, and its task has not gone on yet
//   racing        both come from two cores at the same time
// Each cell asserts that the operation has the result or that it is left for the next one, never
// both, that nothing is in flight, attached or open, and that destructors have run.
#include "driver/engine.hpp"
#include "task/host.hpp"
#include "unit/net/endpoints.hpp"

#include <sys/eventfd.h>
#include <algorithm>
#include <array>
#include <optional>

namespace aside_test {
namespace {

using aside::descriptor;
using aside::poll_events;
using aside::udp_socket;
using aside::unix_datagram;
using aside::unix_listener;
using aside::unix_stream;

/// Everything that an operation may need, and what it has come to.
struct place {
  folder dir;
  std::optional<udp_socket> udp;
  std::optional<udp_socket> udp_peer;
  std::optional<unix_stream> near;
  std::optional<unix_stream> far;
  std::optional<unix_datagram> from;
  std::optional<unix_datagram> to;
  std::optional<aside::pipe_reader> reader;
  std::optional<aside::pipe_writer> writer;
  std::optional<unix_listener> listener;
  raw_socket plain{-1};
  int passed = -1;
  std::atomic<int> taken{0};  // marks that reached the peer while it made room
  std::atomic<int> begun{0};
  std::atomic<int> completed{0};
  std::atomic<int> ended{0};
};
using place_ptr = std::shared_ptr<place>;

struct row {
  const char* name;
  task<> (*prepare)(place&);
  task<> (*await)(place&);
  /// Gives the operation what it waits for; null where it completes at once.
  void (*complete)(place&);
  /// How many results are there for the next operation, or have reached the peer.
  int (*left)(place&);
  /// Does a completed operation show in `left` (it sent something), or has it taken from it?
  bool sends = false;
  bool eventually = false;  // it shows when the core that owns the registration has closed it
};

// ---- what the rows are made of

task<> make_udp(place& p) {
  p.udp = co_await udp_socket::bind("127.0.0.1:0");
  const std::string where = p.udp->local_address().text();
  p.udp_peer = co_await udp_socket::connect(where);
}
void send_udp(place& p) { EXPECT_EQ(::send(p.udp_peer->native_handle(), "x", 1, 0), 1); }
int left_at_udp(place& p) { return static_cast<int>(drain(p.udp->native_handle()).size()); }
task<> recv_from_udp(place& p) {
  std::array<std::byte, 4> room{};
  const auto got = co_await p.udp->recv_from(room);
  EXPECT_EQ(got.size(), 1u);
}
task<> receive_udp(place& p) {
  const auto got = co_await p.udp->receive();
  EXPECT_EQ(got.text(), "x");
}
task<> send_udp_to(place& p) {
  const aside::socket_address to = p.udp->local_address();
  co_await p.udp_peer->send_to("x", to);
}
task<> send_udp_to_peer(place& p) { co_await p.udp_peer->send("x"); }

task<> make_streams(place& p) {
  auto [a, b] = co_await unix_stream::pair();
  p.near = std::move(a);
  p.far = std::move(b);
}
task<> make_full_streams(place& p) {
  co_await make_streams(p);
  stuff(p.near->native_handle());
}
void send_bytes(place& p) { EXPECT_EQ(::send(p.near->native_handle(), "x", 1, 0), 1); }
int marks(const std::string& all) { return static_cast<int>(std::ranges::count(all, 'x')); }
void make_room(place& p) { p.taken += marks(drain(p.far->native_handle())); }
int left_in_stream(place& p) { return p.taken + marks(drain(p.far->native_handle())); }
task<> receive_bytes(place& p) {
  const chunk c = co_await p.far->receive();
  EXPECT_EQ(c.text(), "x");
}
task<> read_bytes(place& p) {
  std::array<std::byte, 4> room{};
  const std::size_t n = co_await p.far->read_some(room);
  EXPECT_EQ(n, 1u);
}
task<> read_bytes_exactly(place& p) {
  std::array<std::byte, 1> room{};
  std::size_t got = 0;
  co_await p.far->read_exact(room, &got);
  EXPECT_EQ(got, 1u);
}
task<> write_bytes(place& p) { co_await p.near->write("x"); }
task<> write_pieces(place& p) { co_await p.near->write("", "x"); }
const std::array one_mark{std::byte{'x'}};
task<> write_some_bytes(place& p) {
  const std::size_t n = co_await p.near->write_some(one_mark);
  EXPECT_EQ(n, 1u);
}

void pass_over(place& p, int over) {
  p.passed = ::eventfd(0, EFD_CLOEXEC);
  iovec part{const_cast<char*>("x"), 1};
  alignas(cmsghdr) std::array<std::byte, CMSG_SPACE(sizeof(int))> control{};
  msghdr m{};
  m.msg_iov = &part;
  m.msg_iovlen = 1;
  m.msg_control = control.data();
  m.msg_controllen = control.size();
  cmsghdr* const c = CMSG_FIRSTHDR(&m);
  c->cmsg_level = SOL_SOCKET;
  c->cmsg_type = SCM_RIGHTS;
  c->cmsg_len = CMSG_LEN(sizeof(int));
  std::memcpy(CMSG_DATA(c), &p.passed, sizeof(int));
  EXPECT_EQ(::sendmsg(over, &m, 0), 1);
  ::close(p.passed);
}
void send_descriptor(place& p) { pass_over(p, p.near->native_handle()); }
/// Messages with a descriptor.
int left_descriptors(int fd) {
  int n = 0;
  for (;;) {
    std::array<char, 65536> room{};
    iovec part{room.data(), room.size()};
    alignas(cmsghdr) std::array<std::byte, CMSG_SPACE(sizeof(int))> control{};
    msghdr m{};
    m.msg_iov = &part;
    m.msg_iovlen = 1;
    m.msg_control = control.data();
    m.msg_controllen = control.size();
    if (::recvmsg(fd, &m, MSG_CMSG_CLOEXEC | MSG_DONTWAIT) <= 0) return n;
    if (const cmsghdr* const c = CMSG_FIRSTHDR(&m); c != nullptr) {
      int got = -1;
      std::memcpy(&got, CMSG_DATA(c), sizeof got);
      EXPECT_EQ(::close(got), 0);
      ++n;
    }
  }
}
int left_at_far(place& p) { return p.taken + left_descriptors(p.far->native_handle()); }
task<> receive_descriptor(place& p) {
  const aside::fd_message m = co_await p.far->receive_fd();
  EXPECT_TRUE(m.fd);
}
task<> pass_descriptor(place& p) { co_await p.near->send_fd(p.near->native_handle(), "x"); }

task<> make_datagrams(place& p) {
  const std::string path = p.dir / "to";
  p.to = co_await unix_datagram::bind(path);
  p.from = co_await unix_datagram::connect(path);
}
void send_datagram(place& p) { EXPECT_EQ(::send(p.from->native_handle(), "x", 1, 0), 1); }
int left_datagrams(place& p) { return p.taken + marks(drain(p.to->native_handle())); }
void fill_queue(place& p) {
  while (::send(p.from->native_handle(), "-", 1, MSG_DONTWAIT) == 1) {
  }
}
task<> make_full_queue(place& p) {
  co_await make_datagrams(p);
  fill_queue(p);
}
void empty_queue(place& p) { p.taken += marks(drain(p.to->native_handle())); }
task<> recv_from_datagrams(place& p) {
  std::array<std::byte, 4> room{};
  const auto got = co_await p.to->recv_from(room);
  EXPECT_EQ(got.size(), 1u);
}
task<> send_datagram_to_peer(place& p) { co_await p.from->send("x"); }
task<> send_datagram_to(place& p) {
  const std::string path = p.dir / "to";
  co_await p.from->send_to("x", path);
}
task<> pass_descriptor_by_datagram(place& p) {
  co_await p.from->send_fd(p.from->native_handle(), "x");
}
int left_at_to(place& p) { return p.taken + left_descriptors(p.to->native_handle()); }
void send_descriptor_by_datagram(place& p) { pass_over(p, p.from->native_handle()); }
task<> receive_descriptor_by_datagram(place& p) {
  const aside::fd_message m = co_await p.to->receive_fd();
  EXPECT_TRUE(m.fd);
}
task<> connect_datagrams(place& p) {
  const std::string path = p.dir / "to";
  const unix_datagram s = co_await unix_datagram::connect(path);
}

task<> make_pipe(place& p) {
  auto [r, w] = co_await aside::pipe();
  p.reader = std::move(r);
  p.writer = std::move(w);
}
task<> make_full_pipe(place& p) {
  co_await make_pipe(p);
  stuff(p.writer->native_handle());
}
void write_pipe(place& p) { EXPECT_EQ(::write(p.writer->native_handle(), "x", 1), 1); }
void empty_pipe(place& p) { p.taken += marks(drain(p.reader->native_handle())); }
int left_in_pipe(place& p) { return p.taken + marks(drain(p.reader->native_handle())); }
task<> receive_from_pipe(place& p) {
  const chunk c = co_await p.reader->receive();
  EXPECT_EQ(c.text(), "x");
}
task<> read_from_pipe(place& p) {
  std::array<std::byte, 4> room{};
  const std::size_t n = co_await p.reader->read_some(room);
  EXPECT_EQ(n, 1u);
}
task<> read_from_pipe_exactly(place& p) {
  std::array<std::byte, 1> room{};
  std::size_t got = 0;
  co_await p.reader->read_exact(room, &got);
  EXPECT_EQ(got, 1u);
}
task<> write_to_pipe(place& p) { co_await p.writer->write("x"); }
task<> write_pieces_to_pipe(place& p) { co_await p.writer->write("", "x"); }
task<> write_some_to_pipe(place& p) {
  const std::size_t n = co_await p.writer->write_some(one_mark);
  EXPECT_EQ(n, 1u);
}
/// The end of the stream is what the reader is left with.
task<> end_pipe(place& p) { co_await p.writer->shutdown(); }
int end_of_pipe(place& p) {
  char c = 0;
  return ::read(p.reader->native_handle(), &c, 1) == 0 ? 1 : 0;
}

/// A poll takes nothing, so the byte is left whatever came of it.
task<> poll_pipe(place& p) {
  const poll_events e = co_await aside::poll(p.reader->native_handle(), poll_events::readable);
  EXPECT_EQ(e, poll_events::readable);
  EXPECT_EQ(drain(p.reader->native_handle()), "x");
}
task<> poll_full_pipe(place& p) {
  const poll_events e = co_await aside::poll(p.writer->native_handle(), poll_events::writable);
  EXPECT_EQ(e, poll_events::writable);
  EXPECT_EQ(::write(p.writer->native_handle(), "x", 1), 1);
}

task<> make_listener(place& p) {
  const std::string path = p.dir / "s";
  p.listener = co_await unix_listener::bind(path);
}
raw_socket connect_plainly(place& p) {
  raw_socket s(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  struct {
    sa_family_t family = AF_UNIX;
    char path[108] = {};
  } a;
  (p.dir / "s").copy(a.path, sizeof a.path - 1);
  EXPECT_EQ(::connect(s.fd(), reinterpret_cast<const sockaddr*>(&a), sizeof a), 0);
  return s;
}
void connect_to_listener(place& p) { p.plain = connect_plainly(p); }
int left_in_backlog(place& p) {
  int n = 0;
  for (;;) {
    const int fd =
        ::accept4(p.listener->native_handle(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0) return n;
    ::close(fd);
    ++n;
  }
}
task<> accept_one(place& p) {
  const unix_stream s = co_await p.listener->accept();
  EXPECT_TRUE(s);
}
task<> connect_one(place& p) {
  const std::string path = p.dir / "s";
  const unix_stream s = co_await unix_stream::connect(path);
  EXPECT_TRUE(s);
}

// ---- what completes at once

task<> nothing(place&) { co_return; }
int in_no_way(place&) { return 0; }
task<> open_udp(place&) { const udp_socket s = co_await udp_socket::bind("127.0.0.1:0"); }
task<> connect_udp(place&) { const udp_socket s = co_await udp_socket::connect("127.0.0.1:9"); }
task<> open_pair(place&) { const auto both = co_await unix_stream::pair(); }
task<> open_datagram_pair(place&) { const auto both = co_await unix_datagram::pair(); }
task<> open_datagram(place&) { const unix_datagram s = co_await unix_datagram::open(); }
task<> open_pipe(place&) { const auto both = co_await aside::pipe(); }
task<> bind_path(place& p) {
  const std::string path = p.dir / "bound";
  const unix_listener l = co_await unix_listener::bind(path);
  EXPECT_TRUE(exists(path));
}
int path_is_there(place& p) { return exists(p.dir / "bound") ? 1 : 0; }
task<> bind_datagram_path(place& p) {
  const std::string path = p.dir / "bound";
  const unix_datagram s = co_await unix_datagram::bind(path);
  EXPECT_TRUE(exists(path));
}
task<> adopt_socket(place&) {
  descriptor fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const tcp_stream s = co_await aside::adopt<tcp_stream>(std::move(fd));
  EXPECT_TRUE(s);
}
task<> adopt_local_socket(place&) {
  descriptor fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const unix_stream s = co_await aside::adopt<unix_stream>(std::move(fd));
  EXPECT_TRUE(s);
}
task<> bind_port(place&) { const tcp_listener l = co_await tcp_listener::bind("127.0.0.1:0"); }
task<> shut_down(place& p) { co_await p.near->shutdown(); }
int end_of_stream(place& p) {
  char c = 0;
  return ::recv(p.far->native_handle(), &c, 1, MSG_DONTWAIT) == 0 ? 1 : 0;
}
task<> open_to(place& p) {
  const auto w = co_await aside::pipe_writer::from(p.writer->native_handle());
  EXPECT_TRUE(w);
}
task<> open_from(place& p) {
  const auto r = co_await aside::pipe_reader::from(p.reader->native_handle());
  EXPECT_TRUE(r);
}

constexpr std::array rows{
    row{"udp_recv_from", &make_udp, &recv_from_udp, &send_udp, &left_at_udp},
    row{"udp_receive", &make_udp, &receive_udp, &send_udp, &left_at_udp},
    row{"udp_send_to", &make_udp, &send_udp_to, nullptr, &left_at_udp, true},
    row{"udp_send", &make_udp, &send_udp_to_peer, nullptr, &left_at_udp, true},
    row{"udp_bind", &nothing, &open_udp, nullptr, &in_no_way},
    row{"udp_connect", &nothing, &connect_udp, nullptr, &in_no_way},
    row{"unix_receive", &make_streams, &receive_bytes, &send_bytes, &left_in_stream},
    row{"unix_read_some", &make_streams, &read_bytes, &send_bytes, &left_in_stream},
    row{"unix_read_exact", &make_streams, &read_bytes_exactly, &send_bytes, &left_in_stream},
    row{"unix_write_of_pieces", &make_full_streams, &write_pieces, &make_room, &left_in_stream,
        true},
    row{"unix_write", &make_full_streams, &write_bytes, &make_room, &left_in_stream, true},
    row{"unix_write_some", &make_full_streams, &write_some_bytes, &make_room, &left_in_stream,
        true},
    row{"unix_receive_fd", &make_streams, &receive_descriptor, &send_descriptor, &left_at_far},
    row{"unix_send_fd", &make_full_streams, &pass_descriptor, &make_room, &left_at_far, true},
    row{"unix_shutdown", &make_streams, &shut_down, nullptr, &end_of_stream, true},
    row{"unix_pair", &nothing, &open_pair, nullptr, &in_no_way},
    row{"unix_bind", &nothing, &bind_path, nullptr, &path_is_there},
    row{"unix_accept", &make_listener, &accept_one, &connect_to_listener, &left_in_backlog},
    row{"unix_connect", &make_listener, &connect_one, nullptr, &left_in_backlog, true},
    row{"unix_datagram_recv_from", &make_datagrams, &recv_from_datagrams, &send_datagram,
        &left_datagrams},
    row{"unix_datagram_send", &make_full_queue, &send_datagram_to_peer, &empty_queue,
        &left_datagrams, true},
    row{"unix_datagram_send_to", &make_datagrams, &send_datagram_to, nullptr, &left_datagrams,
        true},
    row{"unix_datagram_send_fd", &make_full_queue, &pass_descriptor_by_datagram, &empty_queue,
        &left_at_to, true},
    row{"unix_datagram_receive_fd", &make_datagrams, &receive_descriptor_by_datagram,
        &send_descriptor_by_datagram, &left_at_to},
    row{"unix_datagram_connect", &make_datagrams, &connect_datagrams, nullptr, &in_no_way},
    row{"unix_datagram_bind", &nothing, &bind_datagram_path, nullptr, &path_is_there},
    row{"unix_datagram_open", &nothing, &open_datagram, nullptr, &in_no_way},
    row{"unix_datagram_pair", &nothing, &open_datagram_pair, nullptr, &in_no_way},
    row{"pipe", &nothing, &open_pipe, nullptr, &in_no_way},
    row{"pipe_receive", &make_pipe, &receive_from_pipe, &write_pipe, &left_in_pipe},
    row{"pipe_read_some", &make_pipe, &read_from_pipe, &write_pipe, &left_in_pipe},
    row{"pipe_read_exact", &make_pipe, &read_from_pipe_exactly, &write_pipe, &left_in_pipe},
    row{"pipe_write_of_pieces", &make_full_pipe, &write_pieces_to_pipe, &empty_pipe, &left_in_pipe,
        true},
    row{"pipe_write", &make_full_pipe, &write_to_pipe, &empty_pipe, &left_in_pipe, true},
    row{"pipe_write_some", &make_full_pipe, &write_some_to_pipe, &empty_pipe, &left_in_pipe, true},
    row{"pipe_shutdown", &make_pipe, &end_pipe, nullptr, &end_of_pipe, true, true},
    row{"pipe_from", &make_pipe, &open_from, nullptr, &in_no_way},
    row{"pipe_to", &make_pipe, &open_to, nullptr, &in_no_way},
    row{"adopt", &nothing, &adopt_socket, nullptr, &in_no_way},
    row{"adopt_unix", &nothing, &adopt_local_socket, nullptr, &in_no_way},
    row{"tcp_bind", &nothing, &bind_port, nullptr, &in_no_way},
    row{"poll_readable", &make_pipe, &poll_pipe, &write_pipe, &left_in_pipe},
    row{"poll_writable", &make_full_pipe, &poll_full_pipe, &empty_pipe, &left_in_pipe, true},
};

enum class moment : std::uint8_t { before, ready_before, queued, waiting, completed };
constexpr std::array moments{moment::before, moment::ready_before, moment::queued, moment::waiting,
                             moment::completed};
constexpr std::array<const char*, 5> moment_names{"before", "ready_before", "queued", "waiting",
                                                  "completed"};

class witness {
 public:
  explicit witness(place& p) : place_(&p) { ++p.begun; }
  witness(const witness&) = delete;
  ~witness() { ++place_->ended; }

 private:
  place* place_;
};

task<> victim(place_ptr p, std::size_t index) {
  const witness w(*p);
  co_await rows[index].await(*p);
  ++p->completed;
  co_await wait_for_ever();
}

task<> turns(int count) {
  for (int i = 0; i < count; ++i)
    co_await aside::yield();
}

void expect_once(place& p, const row& r, int given) {
  EXPECT_EQ(p.begun, 1);
  EXPECT_EQ(p.ended, 1);
  const int left = r.left(p);
  if (r.sends)
    EXPECT_EQ(left, p.completed.load());
  else
    EXPECT_EQ(left + p.completed, given);
}

task<> stop_at(std::size_t index, moment m) {
  const row& r = rows[index];
  const auto& io = *aside::detail::this_host()->io;
  const std::size_t attached = io.attached();
  {
    const auto p = std::make_shared<place>();
    co_await r.prepare(*p);
    const bool gives =
        r.complete != nullptr && (m == moment::ready_before || m == moment::completed);
    co_await aside::scope([&](nursery& n) -> task<> {
      if (m == moment::ready_before && r.complete != nullptr) r.complete(*p);
      if (m == moment::before || m == moment::ready_before) n.request_stop();
      n.spawn(&victim, p, index);
      if (m == moment::queued) n.request_stop();
      if (m == moment::waiting || m == moment::completed) {
        co_await turns(4);
        EXPECT_EQ(p->ended, 0);
        EXPECT_EQ(p->completed, 0);
        if (m == moment::completed) r.complete(*p);
        n.request_stop();
      }
    });
    if (m != moment::completed) {
      EXPECT_EQ(p->completed, 0);
    }
    expect_once(*p, r, gives && !r.sends ? 1 : 0);
  }
  EXPECT_EQ(io.in_flight(), 0u);
  EXPECT_EQ(io.attached(), attached);
}

using cell = std::tuple<std::size_t, moment>;
class endpoint_stop : public testing::TestWithParam<cell> {};

std::vector<cell> cells() {
  std::vector<cell> some;
  for (std::size_t i = 0; i < rows.size(); ++i)
    for (const moment m : moments)
      if (rows[i].complete != nullptr || m == moment::before || m == moment::queued)
        some.emplace_back(i, m);
  return some;
}

TEST_P(endpoint_stop, gives_the_result_or_leaves_it) {
  const no_descriptor_left check;
  const auto [index, m] = GetParam();
  run_on(1, &stop_at, index, m);
}
INSTANTIATE_TEST_SUITE_P(net, endpoint_stop, testing::ValuesIn(cells()), [](const auto& made) {
  return std::string(rows[std::get<0>(made.param)].name) + "_" +
         moment_names[static_cast<std::size_t>(std::get<1>(made.param))];
});

// ---- racing

task<> complete_later(place_ptr p, std::size_t index, int after) {
  co_await turns(after);
  if (rows[index].complete != nullptr) rows[index].complete(*p);
}

/// How often the operation has completed.
task<> race(std::size_t index, std::atomic<int>* completed) {
  const row& r = rows[index];
  for (int i = 0; i < scaled(300) && !testing::Test::HasFailure(); ++i) {
    const auto p = std::make_shared<place>();
    co_await r.prepare(*p);
    co_await aside::scope([&](nursery& giving) -> task<> {
      co_await aside::scope([&](nursery& n) -> task<> {
        n.spawn(&victim, p, index);
        giving.spawn(&complete_later, p, index, i % 4);
        co_await turns(i % 7);
        if (i % 11 == 0) {  // let it complete, now and then
          while (p->completed == 0)
            co_await aside::yield();
        }
        n.request_stop();
      });
    });
    *completed += p->completed;
    while (r.eventually && r.left(*p) != p->completed)
      co_await aside::yield();
    expect_once(*p, r, r.complete != nullptr && !r.sends ? 1 : p->completed.load());
  }
}

class endpoint_race : public testing::TestWithParam<std::size_t> {};

TEST_P(endpoint_race, gives_the_result_or_leaves_it) {
  const no_descriptor_left check;
  std::atomic<int> completed = 0;
  run_on(2, &race, GetParam(), &completed);
  EXPECT_GT(completed, 0);
}
INSTANTIATE_TEST_SUITE_P(net, endpoint_race, testing::Range(std::size_t{0}, rows.size()),
                         [](const auto& made) { return std::string(rows[made.param].name); });

}  // namespace
}  // namespace aside_test
