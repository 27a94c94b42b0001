#include <aside/aside.hpp>

#include <cstdio>

using aside::task;

task<> say_goodbye(aside::tcp_stream& peer) {
  // [operation]
  static_cast<void>(peer.write("goodbye\n"));  // writes nothing, and nobody will ever say so
  // [/operation]
  co_return;
}
