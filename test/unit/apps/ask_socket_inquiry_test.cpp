#include "ask/socket_inquiry.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <string>

#include "ask/socket_dump.hpp"

namespace aside_test {
namespace {

using namespace aside_app::ask;

std::uint64_t inode_of(int socket) {
  struct stat what{};
  fstat(socket, &what);
  return what.st_ino;
}

TEST(ask_socket_inquiry, knows_whose_turn_it_is_to_speak) {
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof at;
  ASSERT_EQ(bind(listener, reinterpret_cast<sockaddr*>(&at), size), 0);
  ASSERT_EQ(listen(listener, 1), 0);
  getsockname(listener, reinterpret_cast<sockaddr*>(&at), &size);
  const int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  ASSERT_EQ(connect(client, reinterpret_cast<sockaddr*>(&at), sizeof at), 0);
  const int peer = accept(listener, nullptr, nullptr);
  ASSERT_GE(peer, 0);
  std::vector<tcp_row> rows;
  if (!dump_tcp_sockets(rows)) GTEST_SKIP() << "this system has no socket diagnosis";
  const auto id_of = [&](int socket) {
    const auto row = std::find_if(rows.begin(), rows.end(), [&](const tcp_row& each) {
      return each.inode == inode_of(socket);
    });
    return row == rows.end() ? socket_id{} : row->id;
  };
  const auto id_of_client = id_of(client);
  const auto id_of_peer = id_of(peer);

  socket_inquiry inquiry;
  const auto silent = inquiry.talk_on(id_of_client);
  ASSERT_TRUE(silent);
  EXPECT_FALSE(silent->owes_answer) << "nobody has said anything";
  ASSERT_EQ(send(client, "ping", 4, 0), 4);
  const auto asked = inquiry.talk_on(id_of_client);
  ASSERT_TRUE(asked);
  EXPECT_TRUE(asked->owes_answer);
  const auto heard = inquiry.talk_on(id_of_peer);
  ASSERT_TRUE(heard);
  EXPECT_FALSE(heard->owes_answer) << "it has not said anything itself";
  EXPECT_LT(heard->heard_ms_ago, 10'000u);
  EXPECT_TRUE(heard->has_asked);
  EXPECT_TRUE(heard->came_last);
  EXPECT_FALSE(asked->has_asked) << "that end has not heard anything";
  EXPECT_EQ(inquiry.other_end_of(id_of_client), inode_of(peer));
  EXPECT_EQ(inquiry.other_end_of({}), 0u);

  EXPECT_FALSE(inquiry.talk_on({})) << "of whom nothing is known";
  for (const int each : {client, peer, listener})
    close(each);
}

TEST(ask_socket_inquiry, knows_a_pair_from_a_connection_to_somebody) {
  std::array<int, 2> pair{};
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair.data()), 0);
  const int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un at{};
  at.sun_family = AF_UNIX;
  const auto name = "aside ask test " + std::to_string(getpid());
  std::memcpy(at.sun_path + 1, name.data(), name.size());
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
  ASSERT_EQ(bind(listener, reinterpret_cast<sockaddr*>(&at), size), 0);
  ASSERT_EQ(listen(listener, 1), 0);
  const int client = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  ASSERT_EQ(connect(client, reinterpret_cast<sockaddr*>(&at), size), 0);
  const int peer = accept(listener, nullptr, nullptr);

  socket_inquiry inquiry;
  if (!inquiry.is_one_of_a_pair(inode_of(pair[0])))
    GTEST_SKIP() << "this kernel does not tell of Unix sockets";
  EXPECT_TRUE(inquiry.is_one_of_a_pair(inode_of(pair[1])));
  EXPECT_FALSE(inquiry.is_one_of_a_pair(inode_of(client)));
  EXPECT_FALSE(inquiry.is_one_of_a_pair(inode_of(peer)));
  EXPECT_FALSE(inquiry.is_one_of_a_pair(inode_of(listener)));
  close(pair[1]);
  EXPECT_FALSE(inquiry.is_one_of_a_pair(inode_of(pair[0]))) << "the other end is closed";
  for (const int each : {pair[0], listener, client, peer})
    close(each);
}

}  // namespace
}  // namespace aside_test
