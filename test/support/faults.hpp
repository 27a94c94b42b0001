#pragma once
// System calls that fail on demand. An executable that is linked with the options of test/faults/
// CMakeLists.txt has its calls, and those of the library in it, pass through here; nothing in the
// library knows. Each kind of call can have one fault at a time.

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace aside_test {

enum class call : std::uint8_t {
  socket,
  bind,
  listen,
  accept4,
  connect,
  recv,  // and recvfrom, recvmsg
  send,  // and sendto, sendmsg
  read,
  write,  // pwritev2 and writev
  shutdown,
  pair,  // socketpair
  pipe,  // pipe2
  poll,
  setsockopt,
  getsockopt,
  getsockname,
  epoll_create1,
  epoll_ctl,
  epoll_wait,  // and epoll_pwait2
  eventfd,
  ring_setup,
  ring_enter,
  ring_accept,   // what the kernel answers to the operation
  ring_connect,  // likewise
  ring_poll,     // likewise
  count
};

/// While it lives, some calls of one kind fail, in every thread but where `unharmed`.
class fault {
 public:
  static constexpr unsigned always = ~0u;
  /// After `skip` calls, `times` of them fail with `error`.
  fault(call which, int error, unsigned times = 1, unsigned skip = 0);
  fault(const fault&) = delete;
  ~fault();

  /// How many calls of the kind were made since, failed ones included.
  [[nodiscard]] std::uint64_t calls() const noexcept;
  [[nodiscard]] std::uint64_t failed() const noexcept;

 private:
  call which_;
};

/// While it lives, every send and write takes at most so many bytes.
class short_sends {
 public:
  explicit short_sends(std::size_t most);
  short_sends(const short_sends&) = delete;
  ~short_sends();
};

/// While it lives, the calling thread's calls are not counted and do not fail: the test's own peers.
class unharmed {
 public:
  unharmed();
  unharmed(const unharmed&) = delete;
  ~unharmed();
};

/// False where the kernel cannot be told the result of an operation (before Linux 6.10).
[[nodiscard]] bool ring_results_can_be_set();

}  // namespace aside_test
