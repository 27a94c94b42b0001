#pragma once

#include <stdbool.h>
#include <stdint.h>

struct options {
  bool http;
  uint16_t port;
  uint32_t connections;
  uint32_t idle;
  uint32_t size;          // echo: bytes a message
  uint32_t pipeline;      // http: requests under way on a connection
  uint32_t churn;         // exchanges on a connection before it is opened anew; 0: for ever
  uint32_t source;        // connections come from 127.0.0.source and up
  uint64_t rate;          // messages a second in all; 0: closed loop
  const char* path;       // http
  const char* body_file;  // http: the file whose bytes every answer must have
};

// Ends the program with a line on stderr when the arguments make no sense.
struct options parse_options(int argc, char** argv);

// Ends the program: exit code 1.
void fail(const char* format, ...) __attribute__((noreturn, format(printf, 1, 2)));
