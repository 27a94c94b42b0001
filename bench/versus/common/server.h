#pragma once

// What the servers written in C and C++ share: arguments, the listener, threads, the way out.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

static inline void server_fail(const char* what) {
  perror(what);
  exit(1);
}

// The number of key=number among the arguments.
static inline unsigned server_argument(int argc, char** argv, const char* key, unsigned otherwise) {
  size_t length = strlen(key);
  for (int i = 1; i < argc; i++)
    if (strncmp(argv[i], key, length) == 0 && argv[i][length] == '=')
      return (unsigned)strtoul(argv[i] + length + 1, NULL, 10);
  return otherwise;
}

// Accepted sockets inherit TCP_NODELAY from the listener. `flags` go into socket's type.
static inline int server_listen(uint16_t port, int flags) {
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | flags, 0), one = 1;
  struct sockaddr_in at;
  memset(&at, 0, sizeof at);
  at.sin_family = AF_INET;
  at.sin_port = htons(port);
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) ||
      setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof one) ||
      setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one) ||
      bind(fd, (struct sockaddr*)&at, sizeof at) || listen(fd, 8192))
    server_fail("listen");
  return fd;
}

static inline uint16_t server_port(int listener) {
  struct sockaddr_in at;
  socklen_t size = sizeof at;
  if (getsockname(listener, (struct sockaddr*)&at, &size)) server_fail("getsockname");
  return ntohs(at.sin_port);
}

static inline void server_leave(int signal) {
  (void)signal;
  _exit(0);
}

// As many descriptors as may be had; returns how many that is.
static inline unsigned server_descriptors(void) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit)) server_fail("getrlimit");
  limit.rlim_cur = limit.rlim_max;
  if (setrlimit(RLIMIT_NOFILE, &limit)) server_fail("setrlimit");
  return (unsigned)limit.rlim_max;
}

// Says that the server listens, then waits for the word to leave.
static inline void server_wait(uint16_t port) {
  char line[256];
  printf("listening %u\n", port);
  fflush(stdout);
  while (fgets(line, sizeof line, stdin) && strcmp(line, "quit\n") != 0) {
  }
  _exit(0);
}

// Runs `work` in workers=N threads, each with a listener of its own on the same port (SO_REUSEPORT:
// the kernel spreads connections over them).
static inline void server_run(int argc, char** argv, int flags, void* (*work)(void* listener)) {
  signal(SIGTERM, server_leave);
  signal(SIGPIPE, SIG_IGN);
  uint16_t port = (uint16_t)server_argument(argc, argv, "port", 0);
  unsigned workers = server_argument(argc, argv, "workers", 1);
  for (unsigned i = 0; i < workers; i++) {
    int listener = server_listen(port, flags);
    port = server_port(listener);
    pthread_t thread;
    if (pthread_create(&thread, NULL, work, (void*)(intptr_t)listener))
      server_fail("pthread_create");
  }
  server_wait(port);
}
