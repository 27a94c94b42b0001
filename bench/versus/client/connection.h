#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "options.h"

struct connection {
  int fd;  // -1: lost
  uint32_t index;
  bool busy;           // an exchange is under way
  uint64_t since_ns;   // what its latency counts from
  uint64_t exchanges;  // begun
  const char* out;
  size_t out_left;    // of it not yet written
  uint32_t due;       // echo: bytes, http: answers that are still to come
  uint32_t requests;  // on this socket: messages, or http requests
  size_t body_left;   // http: of the answer that is being read
  char* kept;         // http: the start of a head that has not come whole
  size_t kept_size;
};

// Raises the soft limit of file descriptors to the hard one; ends the program if `count`
// connections do not fit.
void reserve_descriptors(uint32_t count);

// A connected socket, or -1 with errno. Each 20,000 come from the next address 127.0.0.x, so that
// the ports of one address suffice also while closed connections are in TIME_WAIT.
int open_connection(const struct options* o);

// One kind of exchange: what is sent and what must come back.
struct protocol {
  void (*set_up)(const struct options* o);
  // Sets out, out_left and due for the connection's next exchange.
  void (*begin)(struct connection* c);
  // Checks bytes that came; they follow c->kept. Returns how many answers they completed, or -1 when
  // they are not what they must be.
  int (*take)(struct connection* c, const char* bytes, size_t size);
};

extern const struct protocol echo_protocol, http_protocol;
extern uint64_t bytes_verified;
