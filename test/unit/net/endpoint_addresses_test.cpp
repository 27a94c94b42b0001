// What the ends of sockets say of where they are.
#include "unit/net/loopback.hpp"

#include <aside/net/udp_socket.hpp>

namespace {

using namespace aside_test;

TEST(endpoint_addresses, of_a_stream_are_those_of_its_two_ends) {
  run_in([]() -> task<> {
    for (const char* const where : {"127.0.0.1:0", "[::1]:0"}) {
      tcp_listener listener = co_await tcp_listener::bind(where);
      const std::string at(std::string_view(where).substr(0, std::string_view(where).size() - 1));
      const std::string to = at + std::to_string(listener.port());
      tcp_stream near = co_await tcp_stream::connect(to);
      const tcp_stream far = co_await listener.accept();
      EXPECT_EQ(near.peer_address().text(), to);
      EXPECT_EQ(far.local_address(), near.peer_address());
      EXPECT_EQ(far.peer_address(), near.local_address());
      near.close();
      try {
        ADD_FAILURE() << near.peer_address().text();
      } catch (const std::system_error& e) {
        EXPECT_STREQ(e.what(),
                     "peer_address: Bad file descriptor; it is not open: it was closed, moved from, or "
                     "never opened");
      }
    }
  });
}

TEST(endpoint_addresses, of_a_datagram_socket_are_nobody_when_it_is_closed) {
  run_in([]() -> task<> {
    aside::udp_socket socket = co_await aside::udp_socket::bind("127.0.0.1:0");
    EXPECT_EQ(socket.local_address().text(), "127.0.0.1:" + std::to_string(socket.port()));
    EXPECT_NE(socket.port(), 0);
    socket.close();
    EXPECT_EQ(socket.local_address(), aside::socket_address());
  });
}

}  // namespace
