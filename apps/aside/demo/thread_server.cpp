#include "demo/thread_server.hpp"

#include <aside/http/parser.hpp>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>
#include <array>
#include <bit>
#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <memory>
#include <mutex>
#include <string>
#include <system_error>
#include <thread>

#include "demo/reply.hpp"
#include "demo/reporter.hpp"
#include "system/run_tasks.hpp"
#include "text/number.hpp"

namespace aside_app {
namespace {

namespace http = aside::http;
using clock = std::chrono::steady_clock;

/// A subscriber's thread sleeps in `wait` until `set`; a set without a waiter is kept.
class thread_waker {
 public:
  void set() {
    {
      const std::lock_guard lock{guard_};
      set_ = true;
    }
    woken_.notify_one();
  }
  void wait() {
    std::unique_lock lock{guard_};
    woken_.wait(lock, [this] { return set_; });
    set_ = false;
  }

 private:
  std::mutex guard_;
  std::condition_variable woken_;
  bool set_ = false;
};

using thread_hub = hub<thread_waker>;

struct shared_state {
  thread_hub messages;
  std::atomic<std::size_t> connections{0};
  std::atomic<unsigned> serving{0};
  std::mutex guard;
  std::string note;  // under guard
};

bool send_all(int peer, std::string_view text) noexcept {
  while (!text.empty()) {
    const auto sent = send(peer, text.data(), text.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno != EINTR) return false;
    if (sent > 0) text.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

/// Answers requests until one wants a stream of events or the connection ends. Gives the number of
/// the subscriber in the first case.
std::optional<std::uint32_t> converse(int peer, shared_state& shared) {
  http::parser parser;
  std::array<std::byte, 2048> buffer;
  std::string out;
  for (bool open = true; open;) {
    const auto got = recv(peer, buffer.data(), buffer.size(), 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    std::span<const std::byte> rest{buffer.data(), static_cast<std::size_t>(got)};
    for (bool more = true; more && open;) {
      const auto read = parser.feed(rest);
      rest = rest.subspan(read.consumed());
      more = read.is(http::parser::message) || read.is(http::parser::continue_wanted);
      if (read.is(http::parser::message)) {
        const auto& asked = parser.request();
        const auto said = reply_to(shared.messages, nullptr, asked, clock::now());
        if (said.what == reply::kind::messages) return said.id;
        append_reply(out, said, http::framing{asked});
        open = asked.keep_alive();
      } else if (read.is(http::parser::continue_wanted)) {
        if (rest.empty()) out += http::continue_line;
      } else if (!read.is(http::parser::need_more)) {
        const auto wrong = parser.error();
        if (wrong.status() != 0)
          http::append_problem(out, wrong.status(), wrong.reason(), http::framing{});
        open = false;
      }
    }
    if (!out.empty() && !send_all(peer, out)) break;
    out.clear();
  }
  return std::nullopt;
}

void wait_for_messages(int peer, shared_state& shared, std::uint32_t id) {
  std::string text;
  auto* mine = shared.messages.join(id);
  if (mine == nullptr) {
    http::append_problem(text, 409, "somebody else waits under this number", http::framing{});
    send_all(peer, text);
    return;
  }
  text = http::event_stream_head();
  append_event(text, "hello", std::to_string(id));
  for (bool good = send_all(peer, text); good;) {
    mine->waker.wait();
    const auto woken = clock::now();
    text.clear();
    shared.messages.take(*mine, woken, text);
    good = send_all(peer, text);
  }
  shared.messages.leave(*mine);
}

struct assignment {
  int peer;
  shared_state* shared;
};

void* serve_one(void* given) {
  const std::unique_ptr<assignment> mine{static_cast<assignment*>(given)};
  auto& shared = *mine->shared;
  shared.serving.fetch_add(1);
  if (const auto id = converse(mine->peer, shared)) wait_for_messages(mine->peer, shared, *id);
  close(mine->peer);
  shared.connections.fetch_sub(1);
  shared.serving.fetch_sub(1);
  return nullptr;
}

void refuse(int peer, shared_state& shared, int error, const demo_options& options) {
  std::string text;
  http::append_problem(text, 503, "no thread is left for this connection", http::framing{});
  send_all(peer, text);
  close(peer);
  const std::lock_guard lock{shared.guard};
  if (!shared.note.empty()) return;
  shared.note = "the system gave threads for " + grouped(std::uint64_t{shared.connections.load()}) +
                " of " + grouped(std::uint64_t{options.connections}) +
                " connections (pthread_create: " + std::strerror(error) +
                "); raise ulimit -u or -v, kernel.threads-max, kernel.pid_max, vm.max_map_count or "
                "the cgroup's pids.max for more";
}

/// One peer's reset is of no concern; for want of resources the others have to close first.
bool accept_passes_by(int error) noexcept {
  if (error == EMFILE || error == ENFILE || error == ENOMEM || error == ENOBUFS) {
    usleep(20'000);
    return true;
  }
  return error != EPERM && error != EACCES && error != ENOSYS && error != EBADF;
}

/// Serves until it is killed; throws when connections can't be accepted at all.
[[noreturn]] void accept_for_ever(int listener, shared_state& shared, const demo_options& options) {
  pthread_attr_t detached;
  pthread_attr_init(&detached);
  pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
  for (;;) {
    const int peer = accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
    if (peer < 0) {
      if (accept_passes_by(errno)) continue;
      throw std::system_error{errno, std::generic_category(), "accept"};
    }
    auto work = std::make_unique<assignment>(assignment{peer, &shared});
    pthread_t thread;
    const int error = pthread_create(&thread, &detached, serve_one, work.get());
    if (error == 0) {
      shared.connections.fetch_add(1);
      work.release();
    } else {
      refuse(peer, shared, error, options);
    }
  }
}

/// Since Linux 6.16 a process looks for the waiters of a futex in a table of its own, of 16 places on
/// a machine with two processors: with ten thousand of them, a wake-up searches six hundred and takes
/// ten times as long. Threads are to be seen at their best, so this asks for a place for each.
/// Older kernels refuse and have one large table for all.
void widen_futex_table(std::size_t threads) {
  constexpr int futex_hash = 78;  // PR_FUTEX_HASH, PR_FUTEX_HASH_SET_SLOTS
  constexpr unsigned long set_slots = 1;
  prctl(futex_hash, set_slots, std::bit_ceil(threads), 0, 0);
}

int listen_somewhere(unsigned& port) {
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  const int yes = 1;
  if (listener < 0 || setsockopt(listener, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes) != 0 ||
      bind(listener, generic, size) != 0 || listen(listener, 4096) != 0 ||
      getsockname(listener, generic, &size) != 0)
    return -1;
  port = ntohs(address.sin_port);
  return listener;
}

[[noreturn]] void report_for_ever(shared_state& shared, unsigned port) {
  for (;;) {
    server_report about;
    about.port = port;
    about.engine = "blocking";
    about.engine_reason = "one OS thread a connection, blocking calls";
    about.workers = shared.serving.load();
    {
      const std::lock_guard lock{shared.guard};
      about.note = shared.note;
    }
    send_report(about, shared.messages);
    std::this_thread::sleep_for(report_every);
  }
}

}  // namespace

exit_code serve_as_threads(const demo_options& options) {
  // Never freed: the threads use it until the process is killed.
  auto& shared = *new shared_state;
  widen_futex_table(options.connections);
  try {
    unsigned port = 0;
    const int listener = listen_somewhere(port);
    if (listener < 0)
      throw std::system_error{errno, std::generic_category(), "listening on 127.0.0.1"};
    std::thread{[&shared, port] { report_for_ever(shared, port); }}.detach();
    accept_for_ever(listener, shared, options);
  } catch (...) {
    const auto what = failure_of("the server of threads");
    send_error(what.what(), to_int(what.code()));
    return what.code();
  }
}

}  // namespace aside_app
