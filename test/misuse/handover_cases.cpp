// Misuses of what one task waits for and another gives: oneshots, join handles, events, callbacks. As
// those of cases.cpp.

#include "cases.hpp"

namespace {

// case: a oneshot is set twice
void oneshot_set_twice() {
  auto ends = aside::oneshot<int>();
  ends.sender.set(1);
  ends.sender.set(2);  // here
}
// end

// case: the value of a oneshot is taken twice
void oneshot_taken_twice() {
  run_it([]() -> task<> {
    auto ends = aside::oneshot<int>();
    ends.sender.set(1);
    int sum = co_await ends.receiver;
    sum += co_await ends.receiver;  // here
    std::printf("%d\n", sum);
  });
}
// end

// case: the receiver of a oneshot is destroyed while a task waits for it
void receiver_destroyed() {
  run_it([]() -> task<> {
    auto ends = aside::oneshot<int>();
    std::optional receiver(std::move(ends.receiver));
    co_await aside::scope([&](nursery& n) -> task<> {
      n.spawn_local([&]() -> task<> {
        const int value = co_await *receiver;  // here
        std::printf("%d\n", value);
      });
      co_await aside::yield();
      receiver.reset();
    });
  });
}
// end

// case: the receiver of a oneshot is moved while a task waits for it
void receiver_moved() {
  run_it([]() -> task<> {
    auto ends = aside::oneshot<int>();
    co_await aside::scope([&](nursery& n) -> task<> {
      n.spawn_local([&]() -> task<> {
        const int value = co_await ends.receiver;  // here
        std::printf("%d\n", value);
      });
      co_await aside::yield();
      const aside::oneshot_receiver<int> elsewhere(std::move(ends.receiver));
      ends.sender.set(1);
    });
  });
}
// end

// case: a join handle is moved while a task waits for it
task<int> slow_number(int n) {
  co_await aside::sleep_for(1h);
  co_return n;
}

void handle_moved() {
  run_it([]() -> task<> {
    std::vector<aside::join_handle<int>> all;
    all.push_back(aside::spawn_joinable(slow_number, 1));
    co_await aside::scope([&](nursery& n) -> task<> {
      n.spawn_local([&]() -> task<> {
        const int value = co_await all.front().join();  // here
        std::printf("%d\n", value);
      });
      co_await aside::yield();
      all.push_back(aside::spawn_joinable(slow_number, 2));  // the vector grows, so it moves the first
    });
  });
}
// end

// case: a join handle that was moved from is joined
void moved_handle_joined() {
  run_it([]() -> task<> {
    auto handle = aside::spawn_joinable(number, 1);
    auto elsewhere = std::move(handle);
    int sum = co_await handle.join();  // here
    sum += co_await elsewhere.join();
    std::printf("%d\n", sum);
  });
}
// end

// case: two tasks wait for one event
void two_waiters() {
  run_it([]() -> task<> {
    aside::event ready;
    co_await aside::scope([&](nursery& n) -> task<> {
      n.spawn_local([&]() -> task<> { co_await ready.wait(); });
      co_await aside::yield();
      co_await ready.wait();  // here
    });
  });
}
// end

// case: an event is destroyed while a task waits for it
void event_destroyed() {
  run_it([]() -> task<> {
    std::optional<aside::event> ready(std::in_place);
    co_await aside::scope([&](nursery& n) -> task<> {
      n.spawn_local([&]() -> task<> {
        co_await ready->wait();  // here
      });
      co_await aside::yield();
      ready.reset();
    });
  });
}
// end

// case: an event of a scope's body dies when all is stopped, while a child waits for it
void event_of_a_body() {
  run_it([]() -> task<> {
    co_await aside::scope([](nursery& n) -> task<> {
      aside::event ready;
      n.spawn_local([&]() -> task<> {
        co_await ready.wait();  // here
      });
      co_await aside::yield();
      n.request_stop();
      co_await aside::sleep_for(1h);  // the body is stopped, and dies before the child is
      ready.set();
    });
  });
}
// end

// case: a callback is ended twice
void callback_ended_twice() {
  aside::callback<int> done;  // here
  void* const context = done.context();
  aside::callback<int>::complete(context, 1);
  aside::callback<int>::drop(context);
}
// end

// case: the context of a callback is taken twice
void context_taken_twice() {
  aside::callback<int> done;
  static_cast<void>(done.context());
  static_cast<void>(done.context());  // here
}
// end

// case: a callback is awaited whose context nobody has
void no_context() {
  run_it([]() -> task<> {
    aside::callback<int> done;
    const int status = co_await done.wait();  // here
    std::printf("%d\n", status);
  });
}
// end

constexpr misuse all[] = {
    {"oneshot_set_twice", oneshot_set_twice},
    {"oneshot_taken_twice", oneshot_taken_twice},
    {"receiver_destroyed", receiver_destroyed},
    {"receiver_moved", receiver_moved},
    {"handle_moved", handle_moved},
    {"moved_handle_joined", moved_handle_joined},
    {"two_waiters", two_waiters},
    {"event_destroyed", event_destroyed},
    {"event_of_a_body", event_of_a_body},
    {"callback_ended_twice", callback_ended_twice},
    {"context_taken_twice", context_taken_twice},
    {"no_context", no_context},
};

}  // namespace

constinit const std::span<const misuse> handover_cases(all);
