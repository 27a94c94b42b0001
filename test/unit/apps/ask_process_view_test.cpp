#include "ask/process_view.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/sem.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <string>

#include "ask/open_files.hpp"
#include "ask/socket_dump.hpp"
#include "system/text_file.hpp"

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

TEST(ask_process_view, who_is_to_answer_one_client_waits_for_the_one_answer_that_it_needs_itself) {
  if (!has_diagnosis()) GTEST_SKIP() << "this system has no socket diagnosis";
  const loop_of_three made;
  made.watch(made.servers[0]);
  made.watch(made.clients[1]);
  sockets book;
  process_view view{getpid(), book};
  const auto idle = view.watched_by(made.poll);
  EXPECT_EQ(count_of(idle, fd_kind::inbound), 1u);
  EXPECT_EQ(count_of(idle, fd_kind::outbound), 0u) << "it is kept for later, and owes nothing";
  ASSERT_EQ(send(made.clients[0], "ping", 4, 0), 4);
  ASSERT_EQ(send(made.clients[1], "ping", 4, 0), 4);
  const auto asking = view.watched_by(made.poll);
  EXPECT_EQ(count_of(asking, fd_kind::outbound), 1u);
  EXPECT_EQ(count_of(asking, fd_kind::inbound), 0u);
  EXPECT_EQ(view.owing(), 1u);
  made.watch(made.servers[2]);
  EXPECT_EQ(count_of(view.watched_by(made.poll), fd_kind::inbound), 2u) << "another client may come first";
}

TEST(ask_process_view, whoever_has_asked_and_was_not_answered_is_known) {
  if (!has_diagnosis()) GTEST_SKIP() << "this system has no socket diagnosis";
  const loop_of_three made;
  for (const int each : made.servers)
    made.watch(each);
  sockets book;
  process_view view{getpid(), book};
  system_call waits;
  waits.number = SYS_epoll_pwait;
  waits.arguments[0] = static_cast<std::uint64_t>(made.poll);
  EXPECT_EQ(view.unanswered_by(waits, std::chrono::seconds{1}), 0u);
  ASSERT_EQ(send(made.clients[0], "ping", 4, 0), 4);
  ASSERT_EQ(send(made.clients[2], "ping", 4, 0), 4);
  EXPECT_EQ(view.unanswered_by(waits, std::chrono::seconds{1}), 2u);
  const auto ends = view.other_ends_of(waits);
  ASSERT_EQ(ends.size(), 3u);
  for (const auto end : ends)
    EXPECT_TRUE(has_socket(getpid(), end)) << "this process has both";
}

TEST(ask_process_view, one_end_of_a_pipe_twice_is_not_both_ends) {
  std::array<int, 2> ends{};
  ASSERT_EQ(pipe2(ends.data(), O_CLOEXEC), 0);
  const int copy = fcntl(ends[1], F_DUPFD_CLOEXEC, ends[1]);
  const int poll = epoll_create1(EPOLL_CLOEXEC);
  epoll_event event{EPOLLOUT, {.fd = ends[1]}};
  ASSERT_EQ(epoll_ctl(poll, EPOLL_CTL_ADD, ends[1], &event), 0);
  sockets book;
  process_view view{getpid(), book};
  EXPECT_EQ(count_of(view.watched_by(poll), fd_kind::event), 1u) << "the other end is beside it";
  close(ends[0]);
  ASSERT_EQ(copy, ends[1] + 1);
  EXPECT_EQ(count_of(view.watched_by(poll), fd_kind::pipe), 1u);
  close(ends[1]);
  close(copy);
  close(poll);
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

TEST(ask_process_view, a_loop_that_watches_one_end_of_a_pair_waits_for_a_part_of_the_program) {
  if (!has_diagnosis()) GTEST_SKIP() << "this system has no socket diagnosis";
  std::array<int, 4> pairs{};
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pairs.data()), 0);
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pairs.data() + 2), 0);
  const int poll = epoll_create1(EPOLL_CLOEXEC);
  for (const int each : {pairs[0], pairs[2]}) {
    epoll_event event{EPOLLIN, {.fd = each}};
    ASSERT_EQ(epoll_ctl(poll, EPOLL_CTL_ADD, each, &event), 0);
  }
  sockets book;
  process_view view{getpid(), book};
  const auto found = view.watched_by(poll);
  for (const int each : pairs)
    close(each);
  close(poll);
  EXPECT_EQ(count_of(found, fd_kind::event), 2u);
  EXPECT_EQ(count_of(found, fd_kind::outbound), 0u);
}

TEST(ask_process_view, the_clock_wakes_by_its_own_signal) {
  sockets book;
  process_view view{getpid(), book};
  const auto waits_for = [&](int number) {
    const std::uint64_t set = std::uint64_t{1} << (number - 1);
    return view.is_woken_by_the_clock(reinterpret_cast<std::uint64_t>(&set));
  };
  EXPECT_TRUE(waits_for(SIGALRM));
  EXPECT_FALSE(waits_for(SIGUSR1));
  EXPECT_FALSE(view.is_woken_by_the_clock(1)) << "there is no memory";
  const pid_t child = fork();
  if (child == 0) {
    pause();
    _exit(0);
  }
  ASSERT_GT(child, 0);
  EXPECT_FALSE(waits_for(SIGALRM)) << "it may wait for its child";
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
}

TEST(ask_process_view, a_pair_may_be_newer_than_the_tables) {
  if (!has_diagnosis()) GTEST_SKIP() << "this system has no socket diagnosis";
  const loop_of_three made;
  sockets book;
  process_view view{getpid(), book};
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(view.kind_of(made.clients[0]), fd_kind::outbound);
    std::array<int, 2> pair{};
    ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair.data()), 0);
    EXPECT_EQ(view.kind_of(pair[0]), fd_kind::pair);
    for (const int each : pair)
      close(each);
  }
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

/// A UDP socket at that port, or at any that is free; -1 when it is not.
int udp_at(std::uint16_t port) {
  const int made = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  at.sin_port = htons(port);
  if (bind(made, reinterpret_cast<sockaddr*>(&at), sizeof at) == 0) return made;
  close(made);
  return -1;
}

TEST(ask_process_view, who_has_a_port_of_its_choice_waits_for_clients) {
  const auto first =
      aside_app::number_at(aside_app::read_text("/proc/sys/net/ipv4/ip_local_port_range"), 0);
  if (!first || *first <= 2'048) GTEST_SKIP() << "every port may be anybody's here";
  int server = -1;
  for (auto port = static_cast<std::uint16_t>(*first - 1); server < 0 && port > 2'000; --port)
    server = udp_at(port);
  ASSERT_GE(server, 0);
  const int client = udp_at(0);
  ASSERT_GE(client, 0);
  sockets book;
  process_view view{getpid(), book};
  EXPECT_EQ(view.kind_of(server), fd_kind::inbound);
  EXPECT_EQ(view.kind_of(client), fd_kind::outbound);
  sockaddr_in at{};
  socklen_t size = sizeof at;
  getsockname(server, reinterpret_cast<sockaddr*>(&at), &size);
  ASSERT_EQ(connect(client, reinterpret_cast<sockaddr*>(&at), size), 0);
  sockets later;
  process_view again{getpid(), later};
  EXPECT_EQ(again.kind_of(client), fd_kind::outbound);
  system_call call;
  call.number = SYS_recvfrom;
  call.arguments = {static_cast<std::uint64_t>(client)};
  EXPECT_EQ(again.peer_of(call), "127.0.0.1:" + std::to_string(ntohs(at.sin_port)));
  call.arguments = {static_cast<std::uint64_t>(server)};
  EXPECT_EQ(again.peer_of(call), "");
  close(client);
  close(server);
}

TEST(ask_process_view, devices_are_no_disks) {
  const int zero = open("/dev/zero", O_RDONLY | O_CLOEXEC);
  const int file = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
  ASSERT_GE(zero, 0);
  ASSERT_GE(file, 0);
  sockets book;
  process_view view{getpid(), book};
  EXPECT_EQ(view.kind_of(zero), fd_kind::unknown);
  EXPECT_EQ(view.kind_of(file), fd_kind::file);
  close(zero);
  close(file);
  const int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (master < 0) GTEST_SKIP() << "there are no terminals here";
  EXPECT_EQ(view.kind_of(master), fd_kind::pipe) << "a program speaks at its other end";
  close(master);
}

TEST(ask_process_view, each_semaphore_of_a_set_is_a_place) {
  sockets book;
  process_view view{getpid(), book};
  const auto place_of = [&](std::uint64_t set, std::uint16_t number) {
    const sembuf wanted{number, -1, 0};
    system_call call;
    call.number = SYS_semop;
    call.arguments = {set, reinterpret_cast<std::uint64_t>(&wanted), 1};
    return view.common_place_of(call);
  };
  EXPECT_NE(place_of(7, 0), 0u);
  EXPECT_EQ(place_of(7, 1), place_of(7, 1));
  EXPECT_NE(place_of(7, 0), place_of(7, 1)) << "a token goes round in a set";
  EXPECT_NE(place_of(7, 1), place_of(8, 1));
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
