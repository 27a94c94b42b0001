#include "options.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
    "usage: load echo port=P connections=C size=S churn=R\n"
    "       load http port=P connections=C pipeline=D path=/plaintext churn=R\n"
    "\n"
    "  port=P         of the server on 127.0.0.1\n"
    "  connections=C  that carry load (default 1)\n"
    "  idle=N         further connections: one exchange each, then silence\n"
    "  size=S         echo: bytes a message (default 64)\n"
    "  pipeline=D     http: requests under way on each connection (default 1)\n"
    "  churn=R        a connection is closed and opened anew after R messages or requests\n"
    "  path=/NAME     http: what is asked for (default /plaintext)\n"
    "  body=FILE      http: every answer must be this file's bytes; needed unless path=/plaintext\n"
    "  rate=R         open loop: R messages a second, latency from the intended send; the client\n"
    "                 polls without sleeping when the next send is near\n"
    "  source=K       connections come from 127.0.0.K, 127.0.0.K+1, ...: 20,000 opened from each\n"
    "\n"
    "Prints \"connected C\" when every connection has had one right answer (http: with a Date), then "
    "reads from stdin:\n"
    "  window MS      load for that long, then a line of JSON\n"
    "  quit           (or end of input)\n";

void fail(const char* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  fputs("load: ", stderr);
  vfprintf(stderr, format, arguments);
  fputc('\n', stderr);
  va_end(arguments);
  exit(1);
}

static void misuse(const char* what, const char* which) {
  fprintf(stderr, "load: %s %s\n%s", what, which, usage);
  exit(2);
}

static uint64_t number(const char* argument, const char* text, uint64_t least, uint64_t most) {
  char* end;
  errno = 0;
  unsigned long long value = strtoull(text, &end, 10);
  if (errno || end == text || *end || *text == '-' || value < least || value > most)
    misuse("out of range:", argument);
  return value;
}

static const char* value_of(const char* argument, const char* key) {
  size_t length = strlen(key);
  return strncmp(argument, key, length) == 0 && argument[length] == '=' ? argument + length + 1
                                                                        : NULL;
}

struct options parse_options(int argc, char** argv) {
  struct options o = {
      .connections = 1, .size = 64, .pipeline = 1, .source = 1, .path = "/plaintext"};
  if (argc < 2) misuse("say what:", "echo or http");
  o.http = strcmp(argv[1], "http") == 0;
  if (!o.http && strcmp(argv[1], "echo") != 0) misuse("unknown:", argv[1]);
  for (int i = 2; i < argc; i++) {
    const char *a = argv[i], *v;
    if ((v = value_of(a, "port")))
      o.port = (uint16_t)number(a, v, 1, 65535);
    else if ((v = value_of(a, "connections")))
      o.connections = (uint32_t)number(a, v, 0, 1000000);
    else if ((v = value_of(a, "idle")))
      o.idle = (uint32_t)number(a, v, 0, 1000000);
    else if ((v = value_of(a, "rate")))
      o.rate = number(a, v, 0, 100000000);
    else if ((v = value_of(a, "source")))
      o.source = (uint32_t)number(a, v, 1, 200);
    else if (!o.http && (v = value_of(a, "size")))
      o.size = (uint32_t)number(a, v, 1, 1 << 24);
    else if (o.http && (v = value_of(a, "pipeline")))
      o.pipeline = (uint32_t)number(a, v, 1, 1024);
    else if ((v = value_of(a, "churn")))
      o.churn = (uint32_t)number(a, v, 0, 1000000000);
    else if (o.http && (v = value_of(a, "path")))
      o.path = v;
    else if (o.http && (v = value_of(a, "body")))
      o.body_file = v;
    else
      misuse("not an argument of this mode:", a);
  }
  if (!o.port) misuse("missing:", "port=P");
  if (o.connections + o.idle == 0) misuse("missing:", "connections=C or idle=N");
  if (o.http && o.path[0] != '/') misuse("not a path:", o.path);
  if (o.http && !o.body_file && strcmp(o.path, "/plaintext") != 0)
    misuse("what must the answer be? body=FILE is missing for", o.path);
  return o;
}
