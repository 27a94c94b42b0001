#include "ask/process_view.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>

#include "ask/socket_dump.hpp"

namespace aside_test {
namespace {

using namespace aside_app::ask;

/// Three connections of this process to itself, and a poll descriptor that may watch them.
class loop_of_three {
 public:
  loop_of_three() {
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof at;
    bind(listener_, reinterpret_cast<sockaddr*>(&at), size);
    listen(listener_, 8);
    getsockname(listener_, reinterpret_cast<sockaddr*>(&at), &size);
    for (auto& each : clients) {
      each = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
      EXPECT_EQ(connect(each, reinterpret_cast<sockaddr*>(&at), sizeof at), 0);
    }
    for (auto& each : servers)
      each = accept(listener_, nullptr, nullptr);
  }
  loop_of_three(const loop_of_three&) = delete;
  loop_of_three& operator=(const loop_of_three&) = delete;
  ~loop_of_three() {
    for (const auto* ends : {&clients, &servers})
      for (const int each : *ends)
        close(each);
    close(listener_);
    close(poll);
  }

  void watch(int descriptor) const {
    epoll_event event{EPOLLIN, {.fd = descriptor}};
    EXPECT_EQ(epoll_ctl(poll, EPOLL_CTL_ADD, descriptor, &event), 0);
  }

  const int poll = epoll_create1(EPOLL_CLOEXEC);
  std::array<int, 3> clients{};
  std::array<int, 3> servers{};

 private:
  const int listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
};

bool has_diagnosis() {
  std::vector<tcp_row> rows;
  return dump_tcp_sockets(rows);
}

std::size_t count_of(const fd_counts& found, fd_kind kind) {
  return found[static_cast<std::size_t>(kind)];
}

TEST(ask_process_view, connections_that_owe_nothing_are_spare_beside_one_that_does) {
  if (!has_diagnosis()) GTEST_SKIP() << "this system has no socket diagnosis";
  const loop_of_three made;
  for (const int each : made.clients)
    made.watch(each);
  sockets book;
  process_view view{getpid(), book};
  EXPECT_EQ(count_of(view.watched_by(made.poll), fd_kind::outbound), 3u) << "none owes anything";
  ASSERT_EQ(send(made.clients[0], "ping", 4, 0), 4);
  const auto one = view.watched_by(made.poll);
  EXPECT_EQ(count_of(one, fd_kind::outbound), 1u);
  EXPECT_EQ(count_of(one, fd_kind::event), 2u);
  ASSERT_EQ(send(made.clients[1], "ping", 4, 0), 4);
  EXPECT_EQ(count_of(view.watched_by(made.poll), fd_kind::outbound), 3u) << "two are waited for";
}

TEST(ask_process_view, a_loop_serves_what_it_watches) {
  if (!has_diagnosis()) GTEST_SKIP() << "this system has no socket diagnosis";
  const loop_of_three made;
  made.watch(made.servers[0]);
  made.watch(made.servers[1]);
  for (const int each : made.clients)
    ASSERT_EQ(send(each, "ping", 4, 0), 4);
  sockets book;
  process_view view{getpid(), book};
  EXPECT_EQ(view.loop().served(), 2u) << "the third is not watched by it";
}

TEST(ask_process_view, who_polls_nothing_serves_nobody) {
  if (!has_diagnosis()) GTEST_SKIP() << "this system has no socket diagnosis";
  const loop_of_three made;
  for (const int each : made.clients)
    ASSERT_EQ(send(each, "ping", 4, 0), 4);
  sockets book;
  process_view view{getpid(), book};
  EXPECT_EQ(view.loop().served(), 0u);
}

TEST(ask_process_view, ends_of_a_pair_are_told_from_connections) {
  std::array<int, 2> pair{};
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair.data()), 0);
  sockets book;
  process_view view{getpid(), book};
  const auto kind = view.kind_of(pair[0]);
  for (const int each : pair)
    close(each);
  if (kind == fd_kind::outbound) GTEST_SKIP() << "this kernel does not tell of Unix sockets";
  EXPECT_EQ(kind, fd_kind::pair);
}

TEST(ask_process_view, what_is_mapped_twice_is_one_place) {
  const auto bytes = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  const int file = memfd_create("words", MFD_CLOEXEC);
  ASSERT_EQ(ftruncate(file, static_cast<off_t>(bytes)), 0);
  const auto map = [&](int kind) {
    return mmap(nullptr, bytes, PROT_READ | PROT_WRITE, kind, file, 0);
  };
  void* const one = map(MAP_SHARED);
  void* const two = map(MAP_SHARED);
  void* const own = map(MAP_PRIVATE);
  sockets book;
  process_view view{getpid(), book};
  const auto place_of = [&](void* address) {
    system_call call;
    call.number = SYS_futex;
    call.arguments = {reinterpret_cast<std::uint64_t>(address) + 8, 265, 0};
    return view.common_place_of(call);
  };
  EXPECT_NE(place_of(one), 0u);
  EXPECT_EQ(place_of(one), place_of(two));
  EXPECT_EQ(place_of(own), 0u);
  for (void* const each : {one, two, own})
    munmap(each, bytes);
  close(file);
}

}  // namespace
}  // namespace aside_test
