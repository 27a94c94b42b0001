#include <aside/aside.hpp>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

using aside::task;

// [silent]
task<> serve(aside::tcp_stream peer) {
  while (auto chunk = co_await peer.receive())  // wrong: for ever, if the peer has lost its power
    co_await peer.write(*chunk);
}
// [/silent]

// [probed]
void probe(const aside::tcp_stream& peer) {
  const auto set = [&](int level, int name, int value) {
    ::setsockopt(peer.native_handle(), level, name, &value, sizeof value);
  };
  set(SOL_SOCKET, SO_KEEPALIVE, 1);
  set(IPPROTO_TCP, TCP_KEEPIDLE, 60);   // after a minute of silence
  set(IPPROTO_TCP, TCP_KEEPINTVL, 10);  // a question every ten seconds
  set(IPPROTO_TCP, TCP_KEEPCNT, 3);     // until three have got no answer
}
// [/probed]
