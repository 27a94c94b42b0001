// A hand-written io_uring echo server: multishot accept, multishot receive into a ring of provided
// buffers, and the answer sent from the buffer that the kernel filled. Sends of a connection go one
// at a time, so a full socket never reorders them.

#include <errno.h>
#include <liburing.h>
#include <sys/mman.h>

#include "../common/server.h"

enum {
  entries = 4096,
  buffer_count = 1024,  // a power of two
  buffer_size = 8192,
  group = 0,
  queue_limit = 64,  // received and unsent buffers of a connection; then it is not read from
  none = UINT16_MAX,
};

enum operation { operation_accept, operation_receive, operation_send, operation_cancel };

struct connection {
  struct connection* next_starved;
  int fd;
  uint16_t first, last, queued;  // buffers to be sent, in order
  bool receiving, sending, cancelling, starved, ended;
};

struct buffer {
  uint32_t size, sent;
  uint16_t next;
};

struct server {
  struct io_uring ring;
  struct io_uring_buf_ring* provided;
  char* bytes;
  struct buffer buffers[buffer_count];
  struct connection* starved;  // whose receive ended because no buffer was free
  int listener;
};

static struct io_uring_sqe* prepare(struct server* s, enum operation operation,
                                    struct connection* c) {
  struct io_uring_sqe* sqe = io_uring_get_sqe(&s->ring);
  if (!sqe) {
    io_uring_submit(&s->ring);
    sqe = io_uring_get_sqe(&s->ring);
  }
  if (!sqe) server_fail("io_uring_get_sqe");
  sqe->user_data = (uintptr_t)c | operation;
  return sqe;
}

static void accept_more(struct server* s) {
  struct io_uring_sqe* sqe = prepare(s, operation_accept, NULL);
  io_uring_prep_multishot_accept(sqe, s->listener, NULL, NULL, SOCK_CLOEXEC);
}

static void receive(struct server* s, struct connection* c) {
  struct io_uring_sqe* sqe = prepare(s, operation_receive, c);
  io_uring_prep_recv_multishot(sqe, c->fd, NULL, 0, 0);
  sqe->flags |= IOSQE_BUFFER_SELECT;
  sqe->buf_group = group;
  c->receiving = true;
}

static void cancel_receive(struct server* s, struct connection* c) {
  struct io_uring_sqe* sqe = prepare(s, operation_cancel, c);
  io_uring_prep_cancel64(sqe, (uintptr_t)c | operation_receive, 0);
  c->cancelling = true;
}

static char* bytes_of(struct server* s, uint16_t id) { return s->bytes + (size_t)id * buffer_size; }

static void send_first(struct server* s, struct connection* c) {
  struct buffer* b = &s->buffers[c->first];
  struct io_uring_sqe* sqe = prepare(s, operation_send, c);
  io_uring_prep_send(sqe, c->fd, bytes_of(s, c->first) + b->sent, b->size - b->sent, MSG_NOSIGNAL);
  c->sending = true;
}

static void provide(struct server* s, uint16_t id) {
  io_uring_buf_ring_add(s->provided, bytes_of(s, id), buffer_size, id,
                        io_uring_buf_ring_mask(buffer_count), 0);
  io_uring_buf_ring_advance(s->provided, 1);
  if (s->starved) {
    struct connection* c = s->starved;
    s->starved = c->next_starved;
    c->starved = false;
    receive(s, c);
  }
}

static void drop_first(struct server* s, struct connection* c) {
  uint16_t id = c->first;
  c->first = s->buffers[id].next;
  c->queued--;
  provide(s, id);
}

// Reads on when its queue is empty, ends it when nothing of it is under way in the kernel any more.
static void go_on(struct server* s, struct connection* c) {
  if (c->receiving || c->starved) return;
  if (!c->ended) {
    if (!c->queued) receive(s, c);
    return;
  }
  if (c->sending || c->cancelling) return;
  while (c->queued)
    drop_first(s, c);
  close(c->fd);
  free(c);
}

static void accepted(struct server* s, struct io_uring_cqe* cqe) {
  if (!(cqe->flags & IORING_CQE_F_MORE)) accept_more(s);
  if (cqe->res < 0) {
    if (cqe->res != -ECONNABORTED) fprintf(stderr, "accept: %s\n", strerror(-cqe->res));
    return;
  }
  struct connection* c = calloc(1, sizeof *c);
  if (!c) server_fail("calloc");
  c->fd = cqe->res;
  receive(s, c);
}

static void received(struct server* s, struct connection* c, struct io_uring_cqe* cqe) {
  if (!(cqe->flags & IORING_CQE_F_MORE)) c->receiving = false;
  if (cqe->res > 0) {
    uint16_t id = (uint16_t)(cqe->flags >> IORING_CQE_BUFFER_SHIFT);
    s->buffers[id] = (struct buffer){.size = (uint32_t)cqe->res, .next = none};
    if (c->queued++)
      s->buffers[c->last].next = id;
    else
      c->first = id;
    c->last = id;
    if (!c->sending) send_first(s, c);
    if (c->receiving && c->queued >= queue_limit && !c->cancelling) cancel_receive(s, c);
  } else if (cqe->res == -ENOBUFS) {
    c->starved = true;
    c->next_starved = s->starved;
    s->starved = c;
  } else if (cqe->res != -ECANCELED) {
    c->ended = true;
  }
  go_on(s, c);
}

static void sent(struct server* s, struct connection* c, struct io_uring_cqe* cqe) {
  c->sending = false;
  if (cqe->res <= 0) {
    if (!c->ended && c->receiving) shutdown(c->fd, SHUT_RDWR);
    c->ended = true;
  } else {
    struct buffer* b = &s->buffers[c->first];
    b->sent += (uint32_t)cqe->res;
    if (b->sent == b->size) drop_first(s, c);
    if (c->queued) send_first(s, c);
  }
  go_on(s, c);
}

static void dispatch(struct server* s, struct io_uring_cqe* cqe) {
  struct connection* c = (struct connection*)(uintptr_t)(cqe->user_data & ~UINT64_C(3));
  switch ((enum operation)(cqe->user_data & 3)) {
    case operation_accept:
      return accepted(s, cqe);
    case operation_receive:
      return received(s, c, cqe);
    case operation_send:
      return sent(s, c, cqe);
    case operation_cancel:
      c->cancelling = false;
      return go_on(s, c);
  }
}

static void set_up(struct server* s, int listener) {
  struct io_uring_params p = {
      .flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_CQSIZE,
      .cq_entries = 8 * entries};
  s->listener = listener;
  int error = io_uring_queue_init_params(entries, &s->ring, &p);
  if (error) {
    errno = -error;
    server_fail("io_uring_queue_init (needs Linux 6.1)");
  }
  io_uring_register_ring_fd(&s->ring);
  size_t ring_size = buffer_count * sizeof(struct io_uring_buf);
  void* memory = mmap(NULL, ring_size + buffer_count * buffer_size, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) server_fail("mmap");
  s->provided = memory;
  s->bytes = (char*)memory + ring_size;
  struct io_uring_buf_reg registration = {
      .ring_addr = (uintptr_t)memory, .ring_entries = buffer_count, .bgid = group};
  if ((errno = -io_uring_register_buf_ring(&s->ring, &registration, 0)))
    server_fail("io_uring_register_buf_ring");
  io_uring_buf_ring_init(s->provided);
  for (uint16_t id = 0; id < buffer_count; id++)
    provide(s, id);
  accept_more(s);
}

static void* run(void* listener) {
  struct server* s = calloc(1, sizeof *s);
  if (!s) server_fail("calloc");
  set_up(s, (int)(intptr_t)listener);
  for (;;) {
    int error = io_uring_submit_and_wait(&s->ring, 1);
    if (error < 0 && error != -EINTR) {
      errno = -error;
      server_fail("io_uring_submit_and_wait");
    }
    struct io_uring_cqe* cqe;
    unsigned head, count = 0;
    io_uring_for_each_cqe(&s->ring, head, cqe) {
      dispatch(s, cqe);
      count++;
    }
    io_uring_cq_advance(&s->ring, count);
  }
  return NULL;
}

int main(int argc, char** argv) {
  server_descriptors();
  server_run(argc, argv, 0, run);
}
