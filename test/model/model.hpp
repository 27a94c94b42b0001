#pragma once
// model: runs a few threads in every order of their atomic operations that interrupts them at most so often
// (five times), with the stores of each thread delayed in a buffer as x86 does. A store that leaves the buffer
// while a thread could go on counts as an interruption. A finding is a thrown std::logic_error with its schedule.
//
// Threads are contexts of one real thread. A choice is: a thread's next operation, or the oldest store of
// a thread's buffer reaches memory. Every run replays the choices of the one before but for the last that
// still has an alternative. A thread that has read one word twice and
// found the same waits for a change of memory, so spinning ends.

#include <ucontext.h>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <deque>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace aside_test::model {

class explorer {
 public:
  explicit explorer(std::size_t interruptions = 5) noexcept : interruptions_(interruptions) {}

  /// Runs the threads that `make` gives, in every order of so many interruptions. How many there were.
  std::size_t run(const std::function<std::vector<std::function<void()>>()>& make) {
    std::size_t runs = 0;
    here_ = this;
    path_.clear();
    do {
      once(make());
      ++runs;
    } while (advance());
    return runs;
  }

  static explorer& current() { return *here_; }

  // For the atomics, whose memory is `size` bytes at `word`
  std::uint64_t load(const void* word, std::size_t size) {
    if (!in_thread_) return peek(word, size);
    thread& t = *threads_[running_];
    const auto nothing_new = [&] {
      return t.last_word == word && t.last_change == changes_ && t.last_seen == peek(word, size);
    };
    t.waits = t.repeats == 2 && nothing_new();
    pause();
    t.repeats = nothing_new() ? t.repeats + 1 : 1;
    t.last_word = word;
    t.last_seen = peek(word, size);
    t.last_change = changes_;
    return t.last_seen;
  }
  void store(void* word, std::size_t size, std::uint64_t value, bool at_once) {
    if (!in_thread_) {
      std::memcpy(word, &value, size);
      return;
    }
    pause();
    thread& t = *threads_[running_];
    t.buffer.push_back({word, size, value});
    if (at_once) drain(t);
  }
  /// A read-modify-write: `change` gives the new value from the old one.
  template <class F>
  std::uint64_t modify(void* word, std::size_t size, F change) {
    pause();
    drain(*threads_[running_]);
    const std::uint64_t was = peek(word, size);
    const std::uint64_t now = change(was);
    std::memcpy(word, &now, size);
    changed();
    return was;
  }
  /// Whatever the others may do here.
  void pause() {
    in_thread_ = false;
    ::swapcontext(&threads_[running_]->context, &main_);
    in_thread_ = true;
  }
  /// Every thread's stores are in memory: what membarrier does.
  void drain_all() {
    pause();
    for (const auto& t : threads_)
      drain(*t);
  }
  static void require(bool what, const char* message) {
    if (!what) current().failure_ = message;
  }

 private:
  struct stored {
    void* word;
    std::size_t size;
    std::uint64_t value;
  };
  struct thread {
    ucontext_t context{};
    std::function<void()> body;
    std::deque<stored> buffer;
    const void* last_word = nullptr;
    std::uint64_t last_seen = 0;
    std::size_t last_change = 0;
    int repeats = 0;  // reads of that without anything new
    bool waits = false;
    bool ended = false;
  };
  struct choice {
    std::size_t taken;
    std::size_t of;
  };
  static constexpr std::size_t stack_size = 64 * 1024;

  std::uint64_t peek(const void* word, std::size_t size) const {
    if (in_thread_) {
      const auto& buffer = threads_[running_]->buffer;
      for (auto i = buffer.rbegin(); i != buffer.rend(); ++i) {
        if (i->word == word) return i->value;
      }
    }
    std::uint64_t value = 0;
    std::memcpy(&value, word, size);
    return value;
  }
  void changed() noexcept {
    ++changes_;
    for (const auto& t : threads_)
      t->waits = false;
  }
  void drain(thread& t) noexcept {
    while (!t.buffer.empty())
      drain_one(t);
  }
  void drain_one(thread& t) noexcept {
    const stored s = t.buffer.front();
    t.buffer.pop_front();
    std::memcpy(s.word, &s.value, s.size);  // the low bytes come first on the machines we have
    changed();
  }
  static void begin() {
    thread& t = *here_->threads_[here_->running_];
    here_->in_thread_ = true;
    t.body();
    here_->in_thread_ = false;
    t.ended = true;
    ::swapcontext(&t.context, &here_->main_);
  }

  std::size_t choose(std::size_t of) {
    if (step_ == path_.size()) path_.push_back({0, of});
    return path_[step_++].taken;
  }
  bool advance() {
    while (!path_.empty() && path_.back().taken + 1 == path_.back().of)
      path_.pop_back();
    if (path_.empty()) return false;
    ++path_.back().taken;
    return true;
  }

  void once(std::vector<std::function<void()>> bodies) {
    threads_.clear();
    step_ = 0;
    running_ = 0;
    std::size_t left = interruptions_;
    changes_ = 0;
    failure_ = nullptr;
    for (auto& body : bodies) {
      auto t = std::make_unique<thread>();
      t->body = std::move(body);
      if (stacks_.size() == threads_.size())
        stacks_.push_back(std::make_unique<std::byte[]>(stack_size));
      ::getcontext(&t->context);
      t->context.uc_stack.ss_sp = stacks_[threads_.size()].get();
      t->context.uc_stack.ss_size = stack_size;
      ::makecontext(&t->context, &explorer::begin, 0);
      threads_.push_back(std::move(t));
    }
    for (;;) {
      // A step is a thread * 2, + 1: its oldest store. First the one that costs no interruption.
      std::vector<std::size_t> steps;
      const auto runs = [&](std::size_t i) { return !threads_[i]->ended && !threads_[i]->waits; };
      const bool interrupts = runs(running_);
      if (interrupts) steps.push_back(running_ * 2);
      bool all_ended = true;
      for (std::size_t i = 0; i < threads_.size(); ++i) {
        all_ended = all_ended && threads_[i]->ended;
        if (interrupts && left == 0) continue;
        if (i != running_ && runs(i)) steps.push_back(i * 2);
        if (!threads_[i]->buffer.empty()) steps.push_back(i * 2 + 1);
      }
      if (all_ended) {
        for (const auto& t : threads_)
          drain(*t);
        return;
      }
      if (steps.empty()) failure_ = "every thread waits";
      if (failure_ == nullptr) {
        const std::size_t step = steps[choose(steps.size())];
        if (interrupts && step != running_ * 2) --left;
        if (step % 2 != 0) {
          drain_one(*threads_[step / 2]);
        } else {
          running_ = step / 2;
          ::swapcontext(&main_, &threads_[running_]->context);
        }
      }
      if (failure_ == nullptr) continue;
      std::string schedule;
      for (const choice& c : path_)
        schedule += " " + std::to_string(c.taken);
      throw std::logic_error(std::string(failure_) + "; schedule:" + schedule);
    }
  }

  inline static explorer* here_ = nullptr;
  const std::size_t interruptions_;
  ucontext_t main_{};
  std::vector<std::unique_ptr<thread>> threads_;
  std::vector<std::unique_ptr<std::byte[]>> stacks_;  // of every run
  std::vector<choice> path_;
  std::size_t step_ = 0;
  std::size_t running_ = 0;
  bool in_thread_ = false;  // else the world is being made or looked at
  std::size_t changes_ = 0;
  const char* failure_ = nullptr;
};

}  // namespace aside_test::model
