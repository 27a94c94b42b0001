// expect: can only be awaited inside an aside::task

#include <aside/aside.hpp>

#include <chrono>
#include <coroutine>

// A coroutine of somebody else's.
struct foreign {
  struct promise_type {
    foreign get_return_object() { return {}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() {}
  };
};

#ifdef ASIDE_FIXED
aside::task<> work() { co_await aside::sleep_for(std::chrono::seconds(1)); }
#else
foreign work() { co_await aside::sleep_for(std::chrono::seconds(1)); }
#endif
