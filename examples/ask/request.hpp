#pragma once
// One question to slow_server.py on 127.0.0.1, by a connection that stays open.

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cstdio>
#include <cstdlib>

class connection {
 public:
  connection() : socket_{socket(AF_INET, SOCK_STREAM, 0)} {
    const char* port = std::getenv("PORT");
    sockaddr_in server{};
    server.sin_family = AF_INET;
    server.sin_port = htons(static_cast<unsigned short>(port ? std::atoi(port) : 7070));
    server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(socket_, reinterpret_cast<sockaddr*>(&server), sizeof server) != 0) {
      std::perror("start slow_server.py first; connect");
      std::exit(1);
    }
  }
  ~connection() { close(socket_); }
  connection(const connection&) = delete;
  connection& operator=(const connection&) = delete;

  void request() {
    char answer[4];
    if (send(socket_, "ping", 4, 0) != 4 || recv(socket_, answer, 4, MSG_WAITALL) != 4) std::exit(1);
  }

 private:
  int socket_;
};
