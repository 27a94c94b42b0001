// dump_tasks: asks every core for a snapshot; the thread that writes them waits for the answers.
//
// The request is shared by the cores' messages and the thread, and goes with the last of them, so a
// core that answers late, or never before the end of the runtime, harms nobody.

#include <aside/dump.hpp>

#include "base/atomic.hpp"
#include "base/unique_fd.hpp"
#include "sched/runtime.hpp"
#include "sched/snapshot.hpp"

#include <pthread.h>
#include <unistd.h>
#include <array>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <cstddef>
#include <cstdio>
#include <exception>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

namespace aside::inline ASIDE_ABI {

namespace detail {
namespace {

constexpr auto patience = std::chrono::seconds(1);

struct dump_request {
  struct part {
    message ask;  // first: a part is found by its message
    dump_request* request = nullptr;
    core_snapshot snapshot;
    bool answered = false;  // under the mutex
  };

  dump_request(std::size_t cores, const char* first_line)
      : headline(first_line), parts(cores), holders(cores + 1) {}

  void let_go() noexcept {
    // acq_rel: what the others did to it is seen by the one that deletes it.
    if (holders.fetch_sub(1, memory_order_acq_rel) == 1) delete this;
  }

  const char* headline;
  std::mutex mutex;
  std::condition_variable answer;
  std::size_t answers = 0;
  std::vector<part> parts;
  atomic<std::size_t> holders;
};

/// Frames of our own headers: their callers' lines say more.
bool is_ours(const std::source_location& where) noexcept {
  constexpr std::array<std::string_view, 5> own{"aside/scope.hpp", "aside/finally.hpp",
                                                "aside/stop_token.hpp", "aside/run.hpp",
                                                "aside/detail/branch_op.hpp"};
  const std::string_view file = where.file_name();
  for (const std::string_view each : own) {
    if (file.ends_with(each)) return true;
  }
  return file.ends_with("aside/runtime.hpp");
}

std::string place(const std::source_location& where) {
  return std::string(where.file_name()) + ":" + std::to_string(where.line());
}

std::string length(std::uint64_t ms) {
  if (ms < 1000) return std::to_string(ms) + " ms";
  const std::uint64_t s = ms / 1000;
  if (s < 100) return std::to_string(s) + "." + std::to_string(ms % 1000 / 100) + " s";
  if (s < 6000) return std::to_string(s / 60) + " min";
  if (s < 172'800) return std::to_string(s / 3600) + " h";
  return std::to_string(s / 86'400) + " days";
}

void describe(const core_snapshot& s, std::string& text) {
  using kind = seen_place::kind;
  const auto title = [&](const seen_place& p) {
    const task_name name = p.number != 0 ? s.names[p.number - 1] : task_name();
    text += std::string("\n  ") + task_title(p.what == kind::main_task, name, p.where).text() + ":";
  };
  for (const seen_place& p : s.places) {
    switch (p.what) {
      case kind::main_task:
      case kind::task:
        title(p);
        break;
      case kind::branch:
        text += "\n" + std::string(4 + 2u * p.level, ' ') + "branch:";
        break;
      case kind::await:
        if (!is_ours(p.where)) text += " " + place(p.where) + " >";
        break;
      case kind::operation:
      case kind::branches:
        text += std::string(" ") + p.operation;
        if (p.number != seen_place::unknown) text += ", for " + length(p.number);
        break;
      case kind::running:
        text += " runs, for at most " + length(p.number);
        break;
      case kind::fresh:
        text += " has not begun, for " + length(p.number);
        break;
      case kind::more:
        text += " … >";
        break;
    }
  }
  if (s.left_out != 0) text += "\n  and " + std::to_string(s.left_out) + " more tasks";
}

void write_all(int fd, std::string_view text) noexcept {
  while (!text.empty()) {
    const ssize_t n = ::write(fd, text.data(), text.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return;
    text.remove_prefix(static_cast<std::size_t>(n));
  }
}

void write_dump(dump_request& r, int fd) {
  std::unique_lock lock(r.mutex);
  r.answer.wait_for(lock, patience, [&] { return r.answers == r.parts.size(); });
  std::string text = r.headline;
  for (std::size_t i = 0; i < r.parts.size(); ++i) {
    if (r.parts[i].answered)
      describe(r.parts[i].snapshot, text);
    else
      text += "\n  core " + std::to_string(i) + " does not answer: a task holds it";
  }
  lock.unlock();
  text += "\n";
  write_all(fd, text);
}

void answer(message& m, void* home) noexcept {
  auto& p = reinterpret_cast<dump_request::part&>(m);
  dump_request& r = *p.request;
  take_snapshot(*static_cast<core*>(home), p.snapshot);
  {
    const std::scoped_lock lock(r.mutex);
    p.answered = true;
    ++r.answers;
    r.answer.notify_one();
  }
  r.let_go();
}

}  // namespace

void start_dump(runtime& rt, int fd, const char* headline) {
  const auto& cores = rt.cores;
  auto made = std::make_unique<dump_request>(cores.size(), headline);
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  try {
    std::thread([r = made.get(), fd] {
      ::pthread_setname_np(::pthread_self(), "aside-dump");
      try {
        write_dump(*r, fd);
      } catch (const std::bad_alloc&) {
        write_all(fd, "aside: no memory for a dump of the tasks\n");
      }
      r->let_go();
    }).detach();
  } catch (...) {
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    throw;
  }
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  dump_request& r = *made.release();
  for (std::size_t i = 0; i < cores.size(); ++i) {
    r.parts[i].request = &r;
    r.parts[i].ask.run = &answer;
    cores[i]->post(r.parts[i].ask);
  }
}

void report_tasks(runtime& rt, const char* headline) noexcept {
  try {
    start_dump(rt, STDERR_FILENO, headline);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "%s (no dump: %s)\n", headline, e.what());
  }
}

}  // namespace detail

void dump_tasks(int fd, std::source_location at) {
  detail::core* const here = detail::this_core();
  if (here == nullptr)
    detail::panic("dump_tasks was called outside a runtime: call it from a task", at);
  detail::start_dump(here->rt, fd, "aside: what the tasks wait for");
}

}  // namespace aside::inline ASIDE_ABI
