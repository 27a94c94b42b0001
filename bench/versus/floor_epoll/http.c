// Answers GET /plaintext; everything that one read has brought is answered with one write. It knows
// where a request ends and what it asks for, and nothing else of HTTP: a floor, not a server. The
// answers of a thread are made anew once a second, with the date.

#include <time.h>

#include "loop.h"

#define DATE "Date: %a, %d %b %Y %H:%M:%S GMT\r\n"
#define HELLO \
  "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 13\r\n" DATE "\r\nHello, World!"
#define NOT_FOUND "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n" DATE "\r\n"

enum {
  shortest_request = 18,  // what a request line and an empty line need at the least
  longest_answer = 128,
};

struct text {
  size_t size;
  char bytes[longest_answer];
};

static _Thread_local struct text hello, not_found;
static _Thread_local char answers[(buffer_size / shortest_request + 1) * longest_answer];

static void renew_date(void) {
  static _Thread_local time_t then;
  time_t now = time(NULL);
  if (now == then) return;
  struct tm t;
  then = now;
  gmtime_r(&now, &t);
  hello.size = strftime(hello.bytes, longest_answer, HELLO, &t);
  not_found.size = strftime(not_found.bytes, longest_answer, NOT_FOUND, &t);
}

static inline size_t answer(struct loop* loop, size_t size, const char** out, size_t* used) {
  static const char plaintext[] = "GET /plaintext ";
  const char *request = loop->buffer, *last = loop->buffer + size, *end;
  char* to = answers;
  renew_date();
  while ((end = memmem(request, (size_t)(last - request), "\r\n\r\n", 4))) {
    end += 4;
    bool known = strncmp(request, plaintext, sizeof plaintext - 1) == 0;
    const struct text* text = known ? &hello : &not_found;
    size_t length = end - request < shortest_request ? 0 : text->size;
    memcpy(to, text->bytes, length);
    to += length;
    request = end;
  }
  *out = answers;
  *used = (size_t)(request - loop->buffer);
  return (size_t)(to - answers);
}

int main(int argc, char** argv) { server_run(argc, argv, SOCK_NONBLOCK, run_loop); }
