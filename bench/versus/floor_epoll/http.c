// Answers GET /plaintext; everything that one read has brought is answered with one write. It knows
// where a request ends and what it asks for, and nothing else of HTTP: a floor, not a server.

#include "loop.h"

#define HELLO \
  "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 13\r\n\r\nHello, World!"
#define NOT_FOUND "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"

enum { shortest_request = 18 };  // what a request line and an empty line need at the least

static _Thread_local char answers[(buffer_size / shortest_request + 1) * (sizeof HELLO - 1)];

static inline size_t answer(struct loop* loop, size_t size, const char** out, size_t* used) {
  static const char plaintext[] = "GET /plaintext ";
  const char *request = loop->buffer, *last = loop->buffer + size, *end;
  char* to = answers;
  while ((end = memmem(request, (size_t)(last - request), "\r\n\r\n", 4))) {
    end += 4;
    bool known = strncmp(request, plaintext, sizeof plaintext - 1) == 0;
    const char* text = known ? HELLO : NOT_FOUND;
    size_t length = known ? sizeof HELLO - 1 : sizeof NOT_FOUND - 1;
    if (end - request < shortest_request) length = 0;
    memcpy(to, text, length);
    to += length;
    request = end;
  }
  *out = answers;
  *used = (size_t)(request - loop->buffer);
  return (size_t)(to - answers);
}

int main(int argc, char** argv) { server_run(argc, argv, SOCK_NONBLOCK, run_loop); }
