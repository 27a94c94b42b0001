#include "ask/socket_dump.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

namespace aside_test {
namespace {

using namespace aside_app::ask;

std::uint64_t inode_of(int socket) {
  struct stat what{};
  fstat(socket, &what);
  return what.st_ino;
}

TEST(ask_socket_dump, knows_both_ends_of_a_real_connection) {
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ASSERT_EQ(bind(listener, reinterpret_cast<sockaddr*>(&at), sizeof at), 0);
  ASSERT_EQ(listen(listener, 1), 0);
  socklen_t size = sizeof at;
  getsockname(listener, reinterpret_cast<sockaddr*>(&at), &size);
  const int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  ASSERT_EQ(connect(client, reinterpret_cast<sockaddr*>(&at), sizeof at), 0);
  const int peer = accept(listener, nullptr, nullptr);
  ASSERT_GE(peer, 0);

  std::vector<tcp_row> rows;
  if (!dump_tcp_sockets(rows)) GTEST_SKIP() << "this system has no socket diagnosis";
  const auto row = [&](int socket) {
    return std::find_if(rows.begin(), rows.end(),
                        [&](const tcp_row& each) { return each.inode == inode_of(socket); });
  };
  ASSERT_NE(row(listener), rows.end());
  ASSERT_NE(row(client), rows.end());
  ASSERT_NE(row(peer), rows.end());
  const auto port = ntohs(at.sin_port);
  EXPECT_TRUE(row(listener)->listening);
  EXPECT_EQ(row(peer)->local_port, port);
  EXPECT_FALSE(row(client)->listening);
  EXPECT_EQ(row(client)->peer, "127.0.0.1:" + std::to_string(port));
  for (const int each : {peer, client, listener})
    close(each);
}

}  // namespace
}  // namespace aside_test
