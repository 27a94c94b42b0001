#define _GNU_SOURCE
#include "connection.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { opened_from_each = 12000, addresses = 50, own_descriptors = 16, connect_seconds = 10 };

void reserve_descriptors(uint32_t count) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit)) fail("getrlimit: %m");
  limit.rlim_cur = limit.rlim_max;
  if (setrlimit(RLIMIT_NOFILE, &limit)) fail("setrlimit: %m");
  if (limit.rlim_max < (rlim_t)count + own_descriptors)
    fail(
        "%u connections need %u file descriptors, the hard limit is %llu (`ulimit -Hn`); use "
        "several clients",
        count, count + own_descriptors, (unsigned long long)limit.rlim_max);
}

int open_connection(const struct options* o) {
  static uint64_t opened;
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return -1;
  int one = 1;
  uint32_t host = o->source + (uint32_t)(opened / opened_from_each % addresses);
  struct sockaddr_in from = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(0x7f000000 + host)};
  struct sockaddr_in to = {
      .sin_family = AF_INET, .sin_port = htons(o->port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  struct timeval patience = {.tv_sec = connect_seconds};
  opened++;
  if (setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof one) ||
      setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one) ||
      setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience) ||
      bind(fd, (struct sockaddr*)&from, sizeof from) ||
      connect(fd, (struct sockaddr*)&to, sizeof to)) {
    close(fd);
    return -1;
  }
  return fd;
}
