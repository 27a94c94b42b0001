#include "sched/signal_handlers.hpp"

#include "base/clock.hpp"

#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <unistd.h>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <mutex>

namespace aside::inline ASIDE_ABI::detail {

namespace {

constexpr std::uint64_t at_once_ns = 100'000'000;

/// A signal, and what it did before.
struct handled {
  int number;
  void (*handler)(int);
  struct sigaction before{};
  bool ours = false;  // the handler was set
};

void on_stop(int signal);
void on_pipe(int signal);

constinit std::mutex changes;
constinit std::array<handled, 2> stops{handled{SIGINT, &on_stop}, handled{SIGTERM, &on_stop}};
constinit handled broken_pipe{SIGPIPE, &on_pipe};
constinit atomic<signal_ear*> ears{nullptr};
constinit atomic<unsigned> inside{0};
constinit atomic<std::uint64_t> first_ns{0};  // when the first came; 0: it has not
constinit atomic<pid_t> process{0};

/// Keeps what there is before, and says whether it is to be replaced.
void look(handled& h, bool only_default) noexcept {
  struct sigaction now{};
  const bool known = ::sigaction(h.number, nullptr, &now) == 0;
  const auto is_plain = [&] { return (now.sa_flags & SA_SIGINFO) == 0; };
  if (known && is_plain() && now.sa_handler == h.handler) {
    // Left there for a while, or by a parent in whose run this was forked: P1, it may run just now.
    if (h.ours) return;
    now = h.before;  // by somebody else
  }
  h.ours = false;
  if (!known) return;
  const bool plain = is_plain();
  h.before = now;
  if (only_default)
    h.ours = plain && now.sa_handler == SIG_DFL;
  else
    h.ours = !plain || now.sa_handler != SIG_IGN;
}

void set(const handled& h) noexcept {
  if (!h.ours) return;
  struct sigaction to{};
  to.sa_handler = h.handler;
  to.sa_flags = SA_RESTART | SA_ONSTACK;
  ::sigemptyset(&to.sa_mask);
  for (const int each : {SIGINT, SIGTERM, SIGPIPE})
    ::sigaddset(&to.sa_mask, each);
  ::sigaction(h.number, &to, nullptr);
}

bool was_default(const handled& h) noexcept {
  return (h.before.sa_flags & SA_SIGINFO) == 0 && h.before.sa_handler == SIG_DFL;
}

void put_back(const handled& h) noexcept {
  struct sigaction now{};
  if (h.ours && ::sigaction(h.number, nullptr, &now) == 0 && now.sa_handler == h.handler)
    ::sigaction(h.number, &h.before, nullptr);
}

/// P1. seq_cst: a handler says that it is inside, then reads the list; who has changed the list looks
/// whether one is.
class handling {
 public:
  handling() noexcept { inside.fetch_add(1, memory_order_seq_cst); }
  handling(const handling&) = delete;
  handling& operator=(const handling&) = delete;
  ~handling() {
    inside.fetch_sub(1, memory_order_seq_cst);
    errno = error_;
  }
  [[nodiscard]] static bool in_child() noexcept {
    return ::getpid() != process.load(memory_order_relaxed);
  }

 private:
  int error_ = errno;
};

void await_handlers() noexcept {
  while (inside.load(memory_order_seq_cst) != 0)
    ::sched_yield();
}

/// A signal that comes now is the first once more.
bool comes_at_once() noexcept {
  const std::uint64_t first = first_ns.load(memory_order_seq_cst);
  return first != 0 && now_ns() < first + at_once_ns;
}

void on_stop(int signal) {
  const handling now;
  if (!handling::in_child()) {
    std::uint64_t none = 0;
    if (first_ns.compare_exchange_strong(none, now_ns(), memory_order_seq_cst)) {
      bool heard = false;
      for (signal_ear* e = ears.load(memory_order_seq_cst); e != nullptr;
           e = e->next.load(memory_order_seq_cst)) {
        e->hear(*e, signal);
        heard = true;
      }
      if (heard) return;
    } else if (comes_at_once()) {
      return;
    }
  }
  // It does what it did before, as soon as this handler has returned.
  for (const handled& each : stops)
    put_back(each);
  ::raise(signal);
}

/// Nobody reads what is written to it.
bool is_broken(int fd) noexcept {
  pollfd p{fd, POLLOUT, 0};
  return ::poll(&p, 1, 0) == 1 && (p.revents & POLLERR) != 0;
}

/// The write returns EPIPE. But a program whose output nobody reads ends, as the first of `a | head` is
/// expected to.
void on_pipe(int signal) {
  const handling now;
  if (!handling::in_child() && !is_broken(STDOUT_FILENO) && !is_broken(STDERR_FILENO)) return;
  put_back(broken_pipe);
  ::raise(signal);
}

}  // namespace

void listen_for_signals(signal_ear& e) noexcept {
  const std::scoped_lock lock(changes);
  if (process.exchange(::getpid(), memory_order_relaxed) != ::getpid()) {
    // The first, or in a child that was forked while its parent listened.
    ears.store(nullptr, memory_order_relaxed);
    inside.store(0, memory_order_relaxed);
  }
  signal_ear* const others = ears.load(memory_order_relaxed);
  e.next.store(others, memory_order_relaxed);
  if (others != nullptr) {
    first_ns.store(0, memory_order_seq_cst);
    ears.store(&e, memory_order_seq_cst);
    return;
  }
  await_handlers();
  for (handled& each : stops)
    look(each, false);
  look(broken_pipe, true);
  ears.store(&e, memory_order_seq_cst);
  // Now that somebody hears: a handler that has stayed takes the one that comes twice until here.
  first_ns.store(0, memory_order_seq_cst);
  for (const handled& each : stops)
    set(each);
  set(broken_pipe);
}

void stop_listening(signal_ear& e) noexcept {
  const std::scoped_lock lock(changes);
  atomic<signal_ear*>* at = &ears;
  while (at->load(memory_order_relaxed) != &e)
    at = &at->load(memory_order_relaxed)->next;
  at->store(e.next.load(memory_order_relaxed), memory_order_seq_cst);
  if (ears.load(memory_order_relaxed) == nullptr) {
    // P2
    const bool soon = comes_at_once();
    for (const handled& each : stops) {
      if (!soon || !was_default(each)) put_back(each);
    }
    put_back(broken_pipe);
  }
  await_handlers();
}

void let_signals_in() noexcept {
  sigset_t heard;
  ::sigemptyset(&heard);
  for (const handled& each : stops)
    ::sigaddset(&heard, each.number);
  ::pthread_sigmask(SIG_UNBLOCK, &heard, nullptr);
}

}  // namespace aside::inline ASIDE_ABI::detail
