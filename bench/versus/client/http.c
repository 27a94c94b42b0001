#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "connection.h"

enum { head_limit = 8192, oldest_date = 10 };

static char* requests;
static size_t requests_size;
static uint32_t pipeline;
static const char* body = "Hello, World!";
static size_t body_size = 13;

static void read_body(const char* file) {
  FILE* f = fopen(file, "rb");
  if (!f || fseek(f, 0, SEEK_END)) fail("%s: %m", file);
  body_size = (size_t)ftell(f);
  rewind(f);
  char* bytes = malloc(body_size + 1);
  if (!bytes || fread(bytes, 1, body_size, f) != body_size) fail("%s: cannot be read", file);
  fclose(f);
  if (!body_size) fail("%s: is empty", file);
  body = bytes;
}

static void http_set_up(const struct options* o) {
  if (o->body_file) read_body(o->body_file);
  char* one;
  int length = asprintf(&one, "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%u\r\n\r\n", o->path, o->port);
  if (length < 0) fail("no memory");
  pipeline = o->pipeline;
  requests_size = (size_t)length * pipeline;
  requests = malloc(requests_size);
  if (!requests) fail("no memory");
  for (uint32_t i = 0; i < pipeline; i++)
    memcpy(requests + i * (size_t)length, one, (size_t)length);
  free(one);
}

static void http_begin(struct connection* c) {
  c->out = requests;
  c->out_left = requests_size;
  c->due = pipeline;
  c->requests += pipeline;
}

// Returns the head's size, 0 when it has not come whole, -1 when it is not a 200 with a body of the
// right size.
static ssize_t head_size(const char* bytes, size_t size) {
  const char *line = bytes, *end = bytes + size, *next;
  bool sized = false;
  for (; (next = memchr(line, '\n', (size_t)(end - line))); line = next + 1) {
    size_t length = (size_t)(next - line);
    if (length <= 1) return sized ? next + 1 - bytes : -1;
    if (line == bytes) {
      if (length < 12 || memcmp(line, "HTTP/1.1 200", 12) != 0) return -1;
    } else if ((*line | 0x20) == 'c' && length > 15 && !strncasecmp(line, "content-length:", 15)) {
      sized = strtoull(line + 15, NULL, 10) == body_size;
    }
  }
  return size < head_limit ? 0 : -1;
}

// "Sun, 06 Nov 1994 08:49:37 GMT", the one form that a server may send. It may be a second old; what
// is allowed here is as long as an answer may take.
static bool is_date_of_now(const char* text, size_t length) {
  static const char form[] = "%a, %d %b %Y %H:%M:%S GMT";
  char copy[30], again[sizeof copy];
  struct tm parts = {0};
  if (length != sizeof copy - 1) return false;
  memcpy(copy, text, length);
  copy[length] = 0;
  const char* end = strptime(copy, form, &parts);
  if (!end || *end) return false;
  time_t then = timegm(&parts), now = time(NULL);  // sets the day of the week from the date
  strftime(again, sizeof again, form, &parts);
  return memcmp(copy, again, sizeof copy) == 0 && then <= now + 1 && now - then <= oldest_date;
}

// The head is whole.
static bool has_date(const char* head, size_t size) {
  const char *line = head, *end = head + size, *next;
  for (; (next = memchr(line, '\n', (size_t)(end - line))); line = next + 1) {
    const char *value = line + 5, *last = next;
    if (last - line <= 5 || strncasecmp(line, "date:", 5) != 0) continue;
    while (value < last && (*value == ' ' || *value == '\t'))
      value++;
    while (last > value && (last[-1] == '\r' || last[-1] == ' ' || last[-1] == '\t'))
      last--;
    return is_date_of_now(value, (size_t)(last - value));
  }
  return false;
}

static void keep(struct connection* c, const char* bytes, size_t size) {
  if (!c->kept && !(c->kept = malloc(head_limit))) fail("no memory");
  memcpy(c->kept, bytes, size);
  c->kept_size = size;
}

static int http_take(struct connection* c, const char* bytes, size_t size) {
  int answers = 0;
  while (size) {
    if (!c->due) return -1;
    if (!c->body_left) {
      ssize_t head = head_size(bytes, size);
      if (head < 0) return -1;
      if (!head) {
        keep(c, bytes, size);
        break;
      }
      // Only of the exchange before "connected": later it would be part of what is timed.
      if (c->exchanges == 1 && !has_date(bytes, (size_t)head))
        fail("answers without a Date of now, as in \"Sun, 06 Nov 1994 08:49:37 GMT\"");
      bytes += head;
      size -= (size_t)head;
      c->body_left = body_size;
    }
    size_t part = size < c->body_left ? size : c->body_left;
    if (memcmp(bytes, body + (body_size - c->body_left), part) != 0) return -1;
    bytes_verified += part;
    bytes += part;
    size -= part;
    c->body_left -= part;
    if (!c->body_left) {
      c->due--;
      answers++;
    }
  }
  return answers;
}

const struct protocol http_protocol = {http_set_up, http_begin, http_take};
