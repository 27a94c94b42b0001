#define _GNU_SOURCE
// The load generator of `scripts/bench versus`: one thread, epoll, every byte checked. What it
// does for a message does not depend on the server, so its own CPU is the yardstick for servers.
// ../PROTOCOL.md has the contract, options.c the arguments.

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "connection.h"
#include "histogram.h"

enum {
  buffer_size = 1 << 16,
  events_at_once = 512,
  opened_at_once = 256,  // so that a backlog of 4096 never overflows
  spin_ns = 200000,      // an open loop polls when the next send is nearer than this
};
static const uint64_t patience_ns = 10000000000;  // silence for that long: the answers are lost

uint64_t bytes_verified;

static struct options options;
static const struct protocol* protocol;
static struct connection* connections;
static char buffer[buffer_size];
static int epoll_fd;
static uint32_t under_way;

static struct {
  uint64_t start, end;
  uint64_t scheduled;  // open loop: messages whose time has come
  uint64_t units, errors;
  struct histogram latency;
} window;

static uint64_t clock_ns(clockid_t id) {
  struct timespec t;
  clock_gettime(id, &t);
  return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static uint64_t now_ns(void) { return clock_ns(CLOCK_MONOTONIC); }

static void lose(struct connection* c, const char* why) {
  if (!window.errors++) fprintf(stderr, "load: connection %u: %s\n", c->index, why);
  if (c->busy) under_way--;
  c->busy = false;
  if (c->fd >= 0) close(c->fd);
  c->fd = -1;
}

static bool open_anew(struct connection* c) {
  c->requests = 0;
  c->body_left = c->kept_size = 0;
  c->fd = open_connection(&options);
  if (c->fd < 0) {
    lose(c, strerror(errno));
    return false;
  }
  struct epoll_event e = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, .data.ptr = c};
  if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, c->fd, &e)) fail("epoll_ctl: %m");
  return true;
}

static void flush(struct connection* c) {
  ssize_t n = send(c->fd, c->out, c->out_left, MSG_DONTWAIT | MSG_NOSIGNAL);
  if (n >= 0) {
    c->out += n;
    c->out_left -= (size_t)n;
  } else if (errno != EAGAIN) {
    lose(c, strerror(errno));
  }
}

static void begin(struct connection* c, uint64_t since) {
  if (options.churn && c->requests >= options.churn) {
    close(c->fd);
    if (!open_anew(c)) return;
  }
  c->exchanges++;
  protocol->begin(c);
  c->since_ns = since;
  c->busy = true;
  under_way++;
  flush(c);
}

// Open loop: message m of the window is meant for start + m / rate, on connection m % connections.
static uint64_t intended(uint64_t m) {
  return window.start + (uint64_t)((double)m * 1e9 / (double)options.rate);
}

static uint64_t* sent_on;  // open loop: messages of this window, by connection

static void begin_if_due(struct connection* c, uint64_t now) {
  if (options.rate) {
    uint64_t m = sent_on[c->index] * options.connections + c->index;
    if (m >= window.scheduled) return;
    sent_on[c->index]++;
    begin(c, intended(m));
  } else if (now < window.end) {
    begin(c, now);
  }
}

static void receive(struct connection* c) {
  for (;;) {
    size_t kept = c->kept_size, room = buffer_size - kept;
    ssize_t n = recv(c->fd, buffer + kept, room, MSG_DONTWAIT);
    if (n < 0 && errno == EAGAIN) return;
    if (n < 0) return lose(c, strerror(errno));
    if (n == 0) return lose(c, "closed by the server");
    if (!c->busy) return lose(c, "bytes that nobody asked for");
    if (kept) memcpy(buffer, c->kept, kept);
    c->kept_size = 0;
    int answers = protocol->take(c, buffer, kept + (size_t)n);
    if (answers < 0) return lose(c, "wrong bytes");
    if (answers) {
      uint64_t now = now_ns();
      histogram_add(&window.latency, now - c->since_ns, (uint64_t)answers);
      window.units += (uint64_t)answers;
      if (!c->due) {
        c->busy = false;
        under_way--;
        return begin_if_due(c, now);
      }
    }
    if ((size_t)n < room) return;
  }
}

// Returns false when nothing came for wait_ns.
static bool turn(uint64_t wait_ns) {
  struct epoll_event events[events_at_once];
  struct timespec wait = {.tv_sec = (time_t)(wait_ns / 1000000000),
                          .tv_nsec = (long)(wait_ns % 1000000000)};
  int n = epoll_pwait2(epoll_fd, events, events_at_once, &wait, NULL);
  if (n < 0 && errno != EINTR) fail("epoll_pwait2: %m");
  for (int i = 0; i < n; i++) {
    struct connection* c = events[i].data.ptr;
    if (c->out_left && c->fd >= 0 && events[i].events & EPOLLOUT) flush(c);
    if (c->fd >= 0 && events[i].events & ~(uint32_t)EPOLLOUT) receive(c);
  }
  return n > 0;
}

static void drain(void) {
  uint32_t all = options.connections + options.idle;
  while (under_way)
    if (!turn(patience_ns))
      for (uint32_t i = 0; i < all; i++)
        if (connections[i].busy) lose(&connections[i], "no answer for 10 seconds");
}

static void set_up(void) {
  uint32_t all = options.connections + options.idle;
  reserve_descriptors(all);
  protocol = options.http ? &http_protocol : &echo_protocol;
  protocol->set_up(&options);
  connections = calloc(all, sizeof *connections);
  sent_on = calloc(options.connections + 1, sizeof *sent_on);
  if (!connections || !sent_on) fail("no memory");
  epoll_fd = epoll_create1(EPOLL_CLOEXEC);
  if (epoll_fd < 0) fail("epoll_create1: %m");
  for (uint32_t i = 0; i < all; i++) {
    connections[i].index = i;
    if (open_anew(&connections[i])) begin(&connections[i], now_ns());
    if (i % opened_at_once == opened_at_once - 1) drain();
    if (window.errors) fail("connection %u of %u to port %u failed", i + 1, all, options.port);
  }
  drain();
  if (window.errors) fail("wrong or missing answers from port %u", options.port);
}

static void schedule(void) {
  for (uint64_t due; (due = intended(window.scheduled)) < window.end;) {
    uint64_t now = now_ns();
    if (now < due) {
      turn(due - now > spin_ns ? due - now - spin_ns / 2 : 0);
      continue;
    }
    struct connection* c = &connections[window.scheduled++ % options.connections];
    if (!c->busy && c->fd >= 0) begin_if_due(c, now);
    turn(0);
  }
}

static void run_window(uint64_t milliseconds) {
  histogram_clear(&window.latency);
  memset(sent_on, 0, options.connections * sizeof *sent_on);
  window.units = window.errors = window.scheduled = bytes_verified = 0;
  for (uint32_t i = 0; i < options.connections + options.idle; i++)
    if (connections[i].fd < 0) open_anew(&connections[i]);
  uint64_t cpu = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
  window.start = now_ns();
  window.end = window.start + milliseconds * 1000000;
  if (options.rate && options.connections) schedule();
  for (uint32_t i = 0; i < options.connections && !options.rate; i++)
    if (connections[i].fd >= 0) begin_if_due(&connections[i], now_ns());
  drain();
  uint64_t elapsed = now_ns() - window.start;
  cpu = clock_ns(CLOCK_PROCESS_CPUTIME_ID) - cpu;
  printf("{\"units\": %" PRIu64 ", \"ns\": %" PRIu64 ", \"client_cpu_ns\": %" PRIu64
         ", \"errors\": %" PRIu64 ", \"bytes_verified\": %" PRIu64,
         window.units, elapsed, cpu, window.errors, bytes_verified);
  static const struct {
    const char* name;
    double quantile;
  } shown[] = {{"p50_us", .5}, {"p99_us", .99}, {"p999_us", .999}};
  for (size_t i = 0; i < sizeof shown / sizeof *shown; i++)
    if (window.units)
      printf(", \"%s\": %.3f", shown[i].name,
             histogram_quantile(&window.latency, shown[i].quantile) / 1e3);
    else
      printf(", \"%s\": null", shown[i].name);
  puts("}");
}

static void leave(int signal) {
  (void)signal;
  _exit(0);
}

int main(int argc, char** argv) {
  options = parse_options(argc, argv);
  signal(SIGTERM, leave);
  prctl(PR_SET_TIMERSLACK, 1);
  set_up();
  printf("connected %u\n", options.connections);
  fflush(stdout);
  char line[256];
  while (fgets(line, sizeof line, stdin)) {
    uint64_t milliseconds;
    if (strcmp(line, "quit\n") == 0) break;
    if (sscanf(line, "window %" SCNu64, &milliseconds) != 1)
      fail("unknown command (window MS, quit): %s", line);
    run_window(milliseconds);
    fflush(stdout);
  }
  return 0;
}
