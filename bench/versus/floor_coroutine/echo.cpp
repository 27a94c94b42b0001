// Echo with one coroutine a connection on epoll, edge-triggered, without a runtime: a coroutine
// that waits is resumed straight from the loop.

#include <sys/epoll.h>

#include <array>
#include <cerrno>
#include <coroutine>
#include <exception>
#include <string>
#include <utility>

#include "../common/server.h"

namespace {

struct task {
  struct promise_type {
    task get_return_object() { return {}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() { std::terminate(); }
  };
};

// A descriptor in an epoll set. It remembers edges, and who waits for one.
class stream {
 public:
  stream(int epoll, int fd) : fd_(fd) {
    epoll_event e{};
    e.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
    e.data.ptr = this;
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &e)) server_fail("epoll_ctl");
  }
  stream(const stream&) = delete;
  ~stream() { close(fd_); }

  int fd() const { return fd_; }

  void edge(unsigned events) {
    bool readable = events & ~static_cast<unsigned>(EPOLLOUT);
    if (readable) readable_ = true;
    if (waiter_ && (wants_output_ ? (events & ~static_cast<unsigned>(EPOLLIN)) != 0 : readable))
      std::exchange(waiter_, nullptr).resume();
  }

  // A read that came back short has emptied the socket.
  void emptied() { readable_ = false; }

  auto readable() {
    struct awaiter {
      stream& s;
      bool await_ready() { return s.readable_; }
      void await_suspend(std::coroutine_handle<> h) {
        s.wants_output_ = false;
        s.waiter_ = h;
      }
      void await_resume() {}
    };
    return awaiter{*this};
  }

  auto writable() {
    struct awaiter {
      stream& s;
      bool await_ready() { return false; }
      void await_suspend(std::coroutine_handle<> h) {
        s.wants_output_ = true;
        s.waiter_ = h;
      }
      void await_resume() {}
    };
    return awaiter{*this};
  }

 private:
  std::coroutine_handle<> waiter_;
  int fd_;
  bool readable_ = false;
  bool wants_output_ = false;
};

thread_local std::array<char, 1 << 16> buffer;

task echo(int epoll, int fd) {
  stream peer(epoll, fd);
  for (;;) {
    co_await peer.readable();
    ssize_t n = read(peer.fd(), buffer.data(), buffer.size());
    if (n < 0 && errno == EAGAIN) {
      peer.emptied();
      continue;
    }
    if (n <= 0) co_return;
    if (n < static_cast<ssize_t>(buffer.size())) peer.emptied();
    ssize_t sent = write(peer.fd(), buffer.data(), static_cast<size_t>(n));
    if (sent == n) continue;
    if (sent < 0 && errno != EAGAIN) co_return;
    std::string rest(buffer.data() + (sent < 0 ? 0 : sent), buffer.data() + n);
    while (!rest.empty()) {
      co_await peer.writable();
      sent = write(peer.fd(), rest.data(), rest.size());
      if (sent < 0 && errno != EAGAIN) co_return;
      if (sent > 0) rest.erase(0, static_cast<size_t>(sent));
    }
  }
}

task accept_all(int epoll, int listener) {
  stream incoming(epoll, listener);
  for (;;) {
    co_await incoming.readable();
    int fd = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd >= 0)
      echo(epoll, fd);
    else if (errno == EAGAIN)
      incoming.emptied();
    else if (errno != ECONNABORTED && errno != EINTR)
      server_fail("accept4");
  }
}

void* run(void* listener) {
  int epoll = epoll_create1(EPOLL_CLOEXEC);
  if (epoll < 0) server_fail("epoll_create1");
  accept_all(epoll, static_cast<int>(reinterpret_cast<intptr_t>(listener)));
  std::array<epoll_event, 512> events;
  for (;;) {
    int n = epoll_wait(epoll, events.data(), events.size(), -1);
    if (n < 0 && errno != EINTR) server_fail("epoll_wait");
    for (int i = 0; i < n; ++i)
      static_cast<stream*>(events[i].data.ptr)->edge(events[i].events);
  }
  return nullptr;
}

}  // namespace

int main(int argc, char** argv) {
  server_descriptors();
  server_run(argc, argv, SOCK_NONBLOCK, run);
}
