#pragma once

// The least that runs C++20 coroutines concurrently: a queue of those that can go on, in the order
// in which they came, and one thread that resumes them. No stopping, no errors, no other thread.

#include <array>
#include <coroutine>
#include <cstddef>
#include <cstdlib>
#include <exception>
#include <new>
#include <utility>

namespace floor_coroutine {

struct runnable {
  runnable* next = nullptr;
  std::coroutine_handle<> handle;
};

class loop {
 public:
  void push(runnable& r) {
    r.next = nullptr;
    *(last_ ? &last_->next : &first_) = &r;
    last_ = &r;
  }

  // Until nothing can go on.
  void run() {
    while (first_) {
      runnable* r = first_;
      first_ = r->next;
      if (!first_) last_ = nullptr;
      r->handle.resume();
    }
  }

 private:
  runnable* first_ = nullptr;
  runnable* last_ = nullptr;
};

inline thread_local loop the_loop;

// Frames of up to 512 bytes come from lists of freed ones.
class frames {
 public:
  static void* take(std::size_t size) {
    std::size_t i = index(size);
    if (i >= free_.size()) return ::operator new(size);
    if (node* n = free_[i]) {
      free_[i] = n->next;
      return n;
    }
    return ::operator new((i + 1) * step);
  }

  static void give(void* frame, std::size_t size) {
    std::size_t i = index(size);
    if (i >= free_.size()) return ::operator delete(frame);
    free_[i] = new (frame) node{free_[i]};
  }

 private:
  struct node {
    node* next;
  };
  static constexpr std::size_t step = 32;
  static std::size_t index(std::size_t size) { return (size - 1) / step; }
  static inline thread_local std::array<node*, 512 / step> free_{};
};

// A coroutine that is queued when it is called and frees itself at its end.
struct task {
  struct promise_type : runnable {
    static void* operator new(std::size_t size) { return frames::take(size); }
    static void operator delete(void* frame, std::size_t size) { frames::give(frame, size); }

    task get_return_object() {
      handle = std::coroutine_handle<promise_type>::from_promise(*this);
      the_loop.push(*this);
      return {};
    }
    std::suspend_always initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() { std::terminate(); }
  };
  using handle = std::coroutine_handle<promise_type>;
};

// Lets the others go first.
struct yield {
  bool await_ready() { return false; }
  void await_suspend(task::handle h) { the_loop.push(h.promise()); }
  void await_resume() {}
};

// One task waits until another one fires.
class event {
 public:
  void fire() {
    fired_ = true;
    if (waiter_) the_loop.push(*std::exchange(waiter_, nullptr));
  }

  bool await_ready() { return fired_; }
  void await_suspend(task::handle h) { waiter_ = &h.promise(); }
  void await_resume() {}

 private:
  runnable* waiter_ = nullptr;
  bool fired_ = false;
};

}  // namespace floor_coroutine
