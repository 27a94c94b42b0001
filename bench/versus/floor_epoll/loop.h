#pragma once

// The loop of a hand-written epoll server: edge-triggered, registered once for the life of the
// connection, one read and one write for an event. A read that does not fill the buffer has
// emptied the socket, so none is wasted on EAGAIN. An idle connection has no memory here.

#include <errno.h>
#include <sys/epoll.h>

#include "../common/server.h"

enum { buffer_size = 1 << 16, events_at_once = 512 };

// Bytes that wait: of a request that has not come whole, or for room in the socket.
struct rest {
  size_t size, done;
  char bytes[];
};

struct loop {
  int epoll;
  int listener;
  struct rest **unread, **unsent;  // by descriptor; mostly null
  char buffer[buffer_size];
};

// Defined by the program. Answers `size` bytes at the start of loop->buffer: points `out` at the
// answer and returns its size, stores in `used` how many bytes of the input it is done with.
static inline size_t answer(struct loop* loop, size_t size, const char** out, size_t* used);

static void set_rest(struct rest** at, const char* bytes, size_t size) {
  struct rest* rest = malloc(sizeof *rest + size);
  if (!rest) server_fail("malloc");
  rest->size = size;
  rest->done = 0;
  memcpy(rest->bytes, bytes, size);
  *at = rest;
}

static void drop_rest(struct rest** at) {
  free(*at);
  *at = NULL;
}

static void end(struct loop* loop, int fd) {
  drop_rest(&loop->unread[fd]);
  drop_rest(&loop->unsent[fd]);
  close(fd);
}

// Returns whether the socket has taken all.
static bool send_rest(struct loop* loop, int fd) {
  struct rest* rest = loop->unsent[fd];
  while (rest->done < rest->size) {
    ssize_t n = write(fd, rest->bytes + rest->done, rest->size - rest->done);
    if (n < 0) {
      if (errno != EAGAIN) end(loop, fd);
      return false;
    }
    rest->done += (size_t)n;
  }
  drop_rest(&loop->unsent[fd]);
  return true;
}

static void serve(struct loop* loop, int fd) {
  if (loop->unsent[fd] && !send_rest(loop, fd)) return;
  for (;;) {
    size_t kept = 0;
    if (loop->unread[fd]) {
      kept = loop->unread[fd]->size;
      memcpy(loop->buffer, loop->unread[fd]->bytes, kept);
    }
    ssize_t n = read(fd, loop->buffer + kept, buffer_size - kept);
    if (n < 0 && errno == EAGAIN) return;
    if (n <= 0) return end(loop, fd);
    if (kept) drop_rest(&loop->unread[fd]);
    size_t size = kept + (size_t)n, used;
    const char* out;
    size_t out_size = answer(loop, size, &out, &used);
    if (used == 0 && size == buffer_size) return end(loop, fd);
    if (used < size) set_rest(&loop->unread[fd], loop->buffer + used, size - used);
    if (out_size) {
      ssize_t sent = write(fd, out, out_size);
      if (sent < 0 && errno != EAGAIN) return end(loop, fd);
      if (sent < (ssize_t)out_size) {
        size_t done = sent < 0 ? 0 : (size_t)sent;
        set_rest(&loop->unsent[fd], out + done, out_size - done);
        return;
      }
    }
    if (size < buffer_size) return;
  }
}

static void accept_all(struct loop* loop) {
  for (;;) {
    int fd = accept4(loop->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) {
      if (errno == ECONNABORTED || errno == EINTR) continue;
      if (errno != EAGAIN) perror("accept4");
      return;
    }
    struct epoll_event e = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, .data.fd = fd};
    if (epoll_ctl(loop->epoll, EPOLL_CTL_ADD, fd, &e)) server_fail("epoll_ctl");
  }
}

static void* run_loop(void* listener) {
  struct loop* loop = malloc(sizeof *loop);
  unsigned descriptors = server_descriptors();
  struct epoll_event events[events_at_once];
  if (!loop) server_fail("malloc");
  loop->listener = (int)(intptr_t)listener;
  loop->unread = calloc(descriptors, sizeof *loop->unread);
  loop->unsent = calloc(descriptors, sizeof *loop->unsent);
  loop->epoll = epoll_create1(EPOLL_CLOEXEC);
  struct epoll_event e = {.events = EPOLLIN, .data.fd = loop->listener};
  if (!loop->unread || !loop->unsent || loop->epoll < 0 ||
      epoll_ctl(loop->epoll, EPOLL_CTL_ADD, loop->listener, &e))
    server_fail("epoll");
  for (;;) {
    int n = epoll_wait(loop->epoll, events, events_at_once, -1);
    if (n < 0 && errno != EINTR) server_fail("epoll_wait");
    for (int i = 0; i < n; i++) {
      int fd = events[i].data.fd;
      if (fd == loop->listener)
        accept_all(loop);
      else if (events[i].events & ~(uint32_t)EPOLLOUT || loop->unsent[fd])
        serve(loop, fd);
    }
  }
  return NULL;
}
