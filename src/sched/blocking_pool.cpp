#include "sched/blocking_pool.hpp"

#include "base/clock.hpp"
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
}  // namespace

struct blocking_pool::state {
  state(unsigned threads_, std::size_t queued_) : most_threads(threads_), most_queued(queued_) {}

  const unsigned most_threads;
  const std::size_t most_queued;

  mutable std::mutex mutex;
  std::condition_variable work;   // for idle threads
  std::condition_variable ended;  // for close
  blocking_job* first = nullptr;  // queued, oldest first
  blocking_job* last = nullptr;
  std::size_t queued = 0;
  blocking_job* running = nullptr;
  unsigned threads = 0;
  unsigned idle = 0;            // threads that run nothing, or are about to start
  std::uint64_t abandoned = 0;  // that have ended
  bool closed = false;

  blocking_job& pop() noexcept {
    blocking_job& job = *first;
    first = job.next;
    if (first == nullptr) last = nullptr;
    --queued;
    return job;
  }
  void push(blocking_job& job) noexcept {
    job.next = nullptr;
    (first == nullptr ? first : last->next) = &job;
    last = &job;
    ++queued;
  }
  void begin(blocking_job& job) noexcept {
    job.prev = nullptr;
    job.next = running;
    if (running != nullptr) running->prev = &job;
    running = &job;
  }
  void end(blocking_job& job) noexcept {
    (job.prev == nullptr ? running : job.prev->next) = job.next;
    if (job.next != nullptr) job.next->prev = job.prev;
  }

  void serve() noexcept {
    std::unique_lock lock(mutex);
    for (;;) {
      const bool some =
          work.wait_for(lock, idle_time, [this] { return first != nullptr || closed; });
      --idle;
      if (first == nullptr && (closed || !some)) break;
      blocking_job& job = pop();
      if (job.abandoned(job)) {  // stopped before it began
        lock.unlock();
        static_cast<void>(job.release(job));
        lock.lock();
        ++idle;
        continue;
      }
      begin(job);
      lock.unlock();
      job.execute(job);
      lock.lock();
      end(job);
      lock.unlock();
      const bool taken = job.release(job);
      lock.lock();
      if (!taken) ++abandoned;
      ++idle;
    }
    --threads;
    ended.notify_all();
  }
};

blocking_pool::blocking_pool(unsigned most_threads, std::size_t most_queued)
    : state_(std::make_shared<state>(most_threads == 0 ? 1 : most_threads, most_queued)) {}
blocking_pool::~blocking_pool() = default;

void blocking_pool::submit(blocking_job& job) noexcept {
  state& s = *state_;
  job.since = now_ns();
  std::unique_lock lock(s.mutex);
  const bool wants_thread = s.idle <= s.queued && s.threads < s.most_threads;
  if (!wants_thread && s.idle <= s.queued && s.queued >= s.most_queued + s.idle) {
    lock.unlock();
    job.refuse(job, std::make_exception_ptr(std::system_error(errc::overloaded, "blocking")));
    return;
  }
  if (wants_thread) {
    try {
      std::thread([all = state_] {
        ::pthread_setname_np(::pthread_self(), "aside-blocking");
        all->serve();
      }).detach();
      ++s.threads;
      ++s.idle;
    } catch (const std::system_error&) {
      if (s.threads == 0) {
        lock.unlock();
        job.refuse(job, std::current_exception());
        return;
      }
      // Those that there are will come to it.
    }
  }
  s.push(job);
  s.work.notify_one();
}

void blocking_pool::close() noexcept {
  state& s = *state_;
  std::unique_lock lock(s.mutex);
  s.closed = true;
  s.work.notify_all();
  if (s.ended.wait_for(lock, grace, [&] { return s.threads == 0; })) return;
  for (const blocking_job* job = s.running; job != nullptr; job = job->next)
    std::fprintf(stderr,
                 "aside: the runtime ends, but an abandoned call of blocking still runs; it began "
                 "at %s:%u\n",
                 job->site.file_name(), job->site.line());
}

void blocking_pool::describe(runtime_info& to) const noexcept {
  const state& s = *state_;
  const std::scoped_lock lock(s.mutex);
  to.blocking_threads = s.threads;
  to.blocking_queued = s.queued;
  if (s.first != nullptr) to.blocking_oldest_ns = now_ns() - s.first->since;
  to.blocking_abandoned = s.abandoned;
  for (const blocking_job* job = s.running; job != nullptr; job = job->next)
    if (job->abandoned(*job)) ++to.blocking_abandoned;
}

void submit_blocking(blocking_job& job) noexcept { this_core()->rt.blocking.submit(job); }

}  // namespace aside::inline ASIDE_ABI::detail
