// The works of `tasks` with an OS thread for each task. Both shapes are the same here: the thread
// that spawns blocks until it is told that all have ended.

#include "../common/tasks.hpp"

#include <atomic>
#include <condition_variable>
#include <future>
#include <latch>
#include <memory>
#include <mutex>
#include <queue>
#include <thread>
#include <vector>

namespace {

using std::uint64_t;
using versus::arguments;
using versus::outcome;
using versus::timed;

// Shared: a detached thread may still be inside count_down when the waiting one goes on.
std::shared_ptr<std::latch> make_latch(uint64_t count) {
  return std::make_shared<std::latch>(static_cast<std::ptrdiff_t>(count));
}

void spawn_many(uint64_t tasks, outcome& o) {
  auto ended = make_latch(tasks);
  for (uint64_t i = 0; i < tasks; ++i)
    std::thread([ended] { ended->count_down(); }).detach();
  ended->wait();
  o.tasks += tasks;
}

void spawn_and_join(uint64_t tasks, outcome& o) {
  std::vector<uint64_t> results(tasks);
  std::vector<std::thread> threads;
  threads.reserve(tasks);
  for (uint64_t& result : results)
    threads.emplace_back([&result] { result = 1; });
  for (uint64_t i = 0; i < tasks; ++i) {
    threads[i].join();
    o.sum += results[i];
    ++o.tasks;
  }
}

// Threads that yield and spin meanwhile.
class background {
 public:
  background(unsigned count, std::chrono::microseconds stall) {
    for (unsigned i = 0; i < count; ++i)
      threads_.emplace_back([this, stall] {
        while (!leave_) {
          std::this_thread::yield();
          auto end = std::chrono::steady_clock::now() + stall;
          while (std::chrono::steady_clock::now() < end) {
          }
        }
      });
  }
  ~background() {
    leave_ = true;
    for (auto& thread : threads_)
      thread.join();
  }

 private:
  std::atomic<bool> leave_ = false;
  std::vector<std::thread> threads_;
};

void yield_many(uint64_t tasks, uint64_t yields, outcome& o) {
  auto ended = make_latch(tasks);
  auto sum = std::make_shared<std::atomic<uint64_t>>(0);
  for (uint64_t i = 0; i < tasks; ++i)
    std::thread([=] {
      for (uint64_t i = 0; i < yields; ++i)
        std::this_thread::yield();
      *sum += yields;
      ended->count_down();
    }).detach();
  ended->wait();
  o.tasks += tasks;
  o.sum += *sum;
}

void ping_pong(uint64_t pings, outcome& o) {
  auto ended = make_latch(pings);
  auto sum = std::make_shared<std::atomic<uint64_t>>(0);
  std::thread([=] {
    for (uint64_t i = 0; i < pings; ++i)
      std::thread([=] {
        std::promise<uint64_t> there, back;
        std::future<uint64_t> answer = back.get_future();
        std::thread([in = there.get_future(), out = std::move(back)]() mutable {
          out.set_value(in.get());
        }).detach();
        there.set_value(1);
        *sum += answer.get();
        ended->count_down();
      }).detach();
  }).detach();
  ended->wait();
  o.tasks += 2 * pings;
  o.sum += *sum;
}

void link(uint64_t depth, std::shared_ptr<std::latch> ended) {
  if (depth > 1)
    std::thread(link, depth - 1, ended).detach();
  else
    ended->count_down();
}

void chained_spawn(uint64_t depth, outcome& o) {
  auto ended = make_latch(1);
  std::thread(link, depth, ended).detach();
  ended->wait();
  o.tasks += depth;
}

struct request {
  uint64_t value;
  std::promise<uint64_t> reply;
};

class bounded_queue {
 public:
  explicit bounded_queue(uint64_t capacity) : capacity_(capacity) {}

  void push(request r) {
    std::unique_lock lock(mutex_);
    room_.wait(lock, [this] { return requests_.size() < capacity_; });
    requests_.push(std::move(r));
    some_.notify_one();
  }

  request pop() {
    std::unique_lock lock(mutex_);
    some_.wait(lock, [this] { return !requests_.empty(); });
    request r = std::move(requests_.front());
    requests_.pop();
    room_.notify_one();
    return r;
  }

 private:
  std::mutex mutex_;
  std::condition_variable some_, room_;
  std::queue<request> requests_;
  uint64_t capacity_;
};

void request_reply(uint64_t requests, uint64_t capacity, outcome& o) {
  bounded_queue queue(capacity);
  std::thread server([&] {
    for (uint64_t i = 0; i < requests; ++i) {
      request r = queue.pop();
      r.reply.set_value(r.value + 1);
    }
  });
  for (uint64_t i = 0; i < requests; ++i) {
    std::promise<uint64_t> reply;
    std::future<uint64_t> answer = reply.get_future();
    queue.push({i, std::move(reply)});
    o.sum += answer.get();
  }
  server.join();
  ++o.tasks;
}

void oneshots(uint64_t times, outcome& o) {
  for (uint64_t i = 1; i <= times; ++i) {
    std::promise<uint64_t> sender;
    std::future<uint64_t> receiver = sender.get_future();
    sender.set_value(i);
    o.sum += receiver.get();
  }
}

void posts(uint64_t times, outcome& o) {
  for (uint64_t i = 0; i < times; ++i) {
    std::this_thread::yield();
    ++o.sum;
  }
}

std::function<void(outcome&)> find(const arguments& a) {
  std::string name = a.work();
  if (name == "spawn_many_local")
    return [tasks = a.number("tasks")](outcome& o) { spawn_many(tasks, o); };
  if (name == "spawn_many_remote_idle" || name == "spawn_many_remote_busy1")
    return [tasks = a.number("tasks")](outcome& o) { spawn_and_join(tasks, o); };
  if (name == "yield_many")
    return [tasks = a.number("tasks"), yields = a.number("yields")](outcome& o) {
      yield_many(tasks, yields, o);
    };
  if (name == "ping_pong") return [pings = a.number("pings")](outcome& o) { ping_pong(pings, o); };
  if (name == "chained_spawn")
    return [depth = a.number("depth")](outcome& o) { chained_spawn(depth, o); };
  if (name == "request_reply")
    return [requests = a.number("requests"), capacity = a.number("capacity")](outcome& o) {
      request_reply(requests, capacity, o);
    };
  if (name == "oneshot") return [times = a.number("times")](outcome& o) { oneshots(times, o); };
  if (name == "post") return [times = a.number("times")](outcome& o) { posts(times, o); };
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  arguments a(argc, argv);
  auto once = find(a);
  if (!once) versus::refuse(a);
  versus::obey({.run =
                    [&](uint64_t iterations) {
                      std::unique_ptr<background> busy;
                      if (a.work() == "spawn_many_remote_busy1")
                        busy = std::make_unique<background>(
                            2 * a.workers(), std::chrono::microseconds(a.number("stall_us")));
                      return timed(iterations, once);
                    },
                .hold = {},
                .release = {}});
}
