#include "sched/job_pool.hpp"

#include "base/clock.hpp"
#include "base/descriptor_table.hpp"
#include "sched/runtime.hpp"

#include <pthread.h>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <mutex>
#include <thread>

namespace aside::inline ASIDE_ABI::detail {

namespace {
constexpr std::chrono::seconds idle_time(10);
constexpr std::chrono::seconds grace(1);

thread_local constinit bool computes = false;
}  // namespace

computing_here::computing_here() noexcept { computes = true; }
computing_here::~computing_here() { computes = false; }

void refuse_in_compute(const char* what, const std::source_location& where) noexcept {
  if (!computes) return;
  char text[200];
  std::snprintf(text, sizeof text,
                "%s was called in a function of compute, whose CPU nobody could use while it waits: let the "
                "task wait, before or after compute, or call the function by blocking",
                what);
  panic(text, where);
}

struct job_pool::state {
  state(const char* name_, unsigned threads_, std::size_t queued_)
      : name(name_), most_threads(threads_), most_queued(queued_) {}

  const char* const name;
  const unsigned most_threads;
  const std::size_t most_queued;

  mutable std::mutex mutex;
  std::condition_variable work;   // for idle threads
  std::condition_variable ended;  // for close
  job* first = nullptr;           // queued, oldest first
  job* last = nullptr;
  std::size_t queued = 0;
  job* running = nullptr;
  unsigned threads = 0;
  unsigned idle = 0;            // threads that run nothing, or are about to start
  unsigned ending = 0;          // threads that hand over a result, and then are idle
  std::uint64_t abandoned = 0;  // that have ended
  bool closed = false;

  job& pop() noexcept {
    job& j = *first;
    first = j.next;
    if (first == nullptr) last = nullptr;
    --queued;
    return j;
  }
  void push(job& j) noexcept {
    j.next = nullptr;
    (first == nullptr ? first : last->next) = &j;
    last = &j;
    ++queued;
  }
  void begin(job& j) noexcept {
    j.prev = nullptr;
    j.next = running;
    if (running != nullptr) running->prev = &j;
    running = &j;
  }
  void end(job& j) noexcept {
    (j.prev == nullptr ? running : j.prev->next) = j.next;
    if (j.next != nullptr) j.next->prev = j.prev;
  }

  void serve() noexcept {
    std::unique_lock lock(mutex);
    for (;;) {
      const bool some =
          work.wait_for(lock, idle_time, [this] { return first != nullptr || closed; });
      --idle;
      if (first == nullptr && (closed || !some)) break;
      job& j = pop();
      if (j.abandoned(j)) {  // stopped before it began
        lock.unlock();
        static_cast<void>(j.release(j));
        lock.lock();
        ++idle;
        continue;
      }
      begin(j);
      lock.unlock();
      j.execute(j);
      lock.lock();
      end(j);
      ++ending;
      lock.unlock();
      const bool taken = j.release(j);
      lock.lock();
      if (!taken) ++abandoned;
      --ending;
      ++idle;
    }
    --threads;
    ended.notify_all();
  }
};

job_pool::job_pool(const char* name, unsigned most_threads, std::size_t most_queued)
    : state_(std::make_shared<state>(name, most_threads, most_queued)) {}
job_pool::~job_pool() = default;

void job_pool::submit(job& j) noexcept {
  state& s = *state_;
  j.since = now_ns();
  std::unique_lock lock(s.mutex);
  const bool wants_thread = s.idle <= s.queued && s.threads < s.most_threads;
  if (!wants_thread && s.queued >= s.most_queued + s.idle + s.ending) {
    lock.unlock();
    j.refuse(j, std::make_exception_ptr(std::system_error(errc::overloaded, s.name)));
    return;
  }
  if (wants_thread) {
    try {
      in_process_table([this] {  // a thread has the table of the one that starts it
        std::thread([all = state_] {
          char name[16];
          std::snprintf(name, sizeof name, "aside-%s", all->name);
          ::pthread_setname_np(::pthread_self(), name);
          all->serve();
        }).detach();
      });
      ++s.threads;
      ++s.idle;
    } catch (const std::system_error&) {
      if (s.threads == 0) {
        lock.unlock();
        j.refuse(j, std::current_exception());
        return;
      }
      // Those that there are will come to it.
    }
  }
  s.push(j);
  s.work.notify_one();
}

void job_pool::close() noexcept {
  state& s = *state_;
  std::unique_lock lock(s.mutex);
  s.closed = true;
  s.work.notify_all();
  if (s.ended.wait_for(lock, grace, [&] { return s.threads == 0; })) return;
  for (const job* j = s.running; j != nullptr; j = j->next)
    std::fprintf(
        stderr,
        "aside: the runtime ends, but an abandoned call of %s still runs; it began at %s:%u\n",
        s.name, j->site.file_name(), j->site.line());
}

job_counts job_pool::counts() const noexcept {
  const state& s = *state_;
  const std::scoped_lock lock(s.mutex);
  job_counts n;
  n.threads = s.threads;
  n.queued = s.queued;
  if (s.first != nullptr) n.oldest_ns = now_ns() - s.first->since;
  n.abandoned = s.abandoned;
  for (const job* j = s.running; j != nullptr; j = j->next)
    if (j->abandoned(*j)) ++n.abandoned;
  return n;
}

unsigned job_pool::most_threads() const noexcept { return state_->most_threads; }

void submit_blocking(job& j) noexcept { this_core()->rt.blocking.submit(j); }
void submit_compute(job& j) noexcept { this_core()->rt.computing.submit(j); }

}  // namespace aside::inline ASIDE_ABI::detail
