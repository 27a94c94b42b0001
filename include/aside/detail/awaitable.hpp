#pragma once
// What a task may await, and what is said of that which it may not.

#include <aside/detail/arguments.hpp>
#include <aside/detail/promise.hpp>

namespace aside::inline ASIDE_ABI::detail {

template <class Leaf>
concept leaf_operation = std::derived_from<Leaf, leaf>;

template <class Op>
concept combinator = requires(Op op, promise_base& self) { std::move(op).bind(self); };

/// An object that is awaited itself, again and again, and gives the operation for it.
template <class Object>
concept bindable = requires(Object& o, promise_base& self) { o.bind(self); };

template <class T>
inline constexpr bool is_task = false;
template <class T>
inline constexpr bool is_task<task<T>> = true;

template <class Awaitable>
concept foreign_awaitable = !leaf_operation<Awaitable> && !combinator<Awaitable> &&
                            !bindable<Awaitable> && !is_task<Awaitable>;

/// What a refused call would have given.
template <class T>
struct meant {
  using type = std::remove_cvref_t<T>;
};
template <class T>
struct meant<task<T>> : meant<T> {};
template <class F>
using meant_by = typename meant<typename declared_result<F>::type>::type;

/// What an operation would have given.
template <class Op>
struct given_by {
  using type = whatever;
};
template <leaf_operation Op>
struct given_by<Op> {
  using type = decltype(std::declval<Op&>().await_resume());
};

template <class Op>
concept ours = leaf_operation<Op> || combinator<Op> || is_task<Op>;

template <class Object>
concept with_wait = requires(Object& o) {
  { o.wait() } -> ours;
};
template <class Object>
concept with_tick = requires(Object& o) {
  { o.tick() } -> ours;
};
template <class Object>
concept with_join = requires(Object& o) {
  { o.join() } -> ours;
};
template <class Object>
concept with_accept = requires(Object& o) {
  { o.accept() } -> ours;
};
template <class Object>
concept with_receive = requires(Object& o) {
  { o.receive() } -> ours;
};
template <class Object>
concept with_receiver = requires(Object& o) { o.receiver.as_result(); };
template <class Object>
concept with_block_on = requires(Object& o) { o.block_on; };
template <class Object>
concept with_spawn = requires(Object& o) {
  o.spawn;
  o.request_stop();
};
template <class D>
concept duration_like = requires { D::zero(); };
template <class F>
concept function_like = std::is_function_v<std::remove_pointer_t<F>> || requires { &F::operator(); };

/// Says what to await instead. Its awaiter goes on as if that had been written.
template <class Awaitable>
auto refuse_to_await() noexcept {
  using given = Awaitable;
  if constexpr (with_join<given>) {
    static_assert(never<given>,
                  "aside: a handle is awaited through its join: write co_await handle.join()");
    return refused_awaiter<typename given_by<decltype(std::declval<given&>().join())>::type>();
  } else if constexpr (with_wait<given>) {
    static_assert(never<given>,
                  "aside: an event or a callback is awaited through its wait: write co_await "
                  "event.wait()");
    return refused_awaiter<typename given_by<decltype(std::declval<given&>().wait())>::type>();
  } else if constexpr (with_tick<given>) {
    static_assert(never<given>,
                  "aside: an interval is awaited through its tick: write co_await every.tick()");
    return refused_awaiter<void>();
  } else {
    if constexpr (with_accept<given>)
      static_assert(never<given>,
                    "aside: a listener is not awaited itself: write co_await listener.accept()");
    else if constexpr (with_receive<given>)
      static_assert(never<given>,
                    "aside: a stream or socket is not awaited itself: write co_await "
                    "stream.receive()");
    else if constexpr (with_receiver<given>)
      static_assert(never<given>,
                    "aside: of a oneshot's two ends the receiver is awaited: write auto [sender, "
                    "receiver] = oneshot<T>(), and co_await receiver");
    else if constexpr (with_block_on<given>)
      static_assert(never<given>,
                    "aside: a runtime is not awaited: a thread that is no task calls "
                    "runtime.block_on(f, x)");
    else if constexpr (with_spawn<given>)
      static_assert(never<given>,
                    "aside: a nursery is not awaited: the scope that gives it ends when its tasks "
                    "have: write co_await scope([&](nursery& n) -> task<> { n.spawn(f, x); "
                    "co_return; })");
    else if constexpr (std::same_as<given, spawned>)
      static_assert(never<given>,
                    "aside: spawn returns at once, with nothing to await: write co_await f(x), or "
                    "spawn it in a scope, which waits for it, or keep the handle of "
                    "spawn_joinable(f, x) and co_await handle.join()");
    else if constexpr (duration_like<given>)
      static_assert(never<given>,
                    "aside: a duration is not awaited itself: write co_await sleep_for(d)");
    else if constexpr (function_like<given>)
      static_assert(never<given>,
                    "aside: a function is called to be awaited: write co_await f(x)");
    else if constexpr (std::is_arithmetic_v<given>)
      static_assert(never<given>,
                    "aside: a number is not awaited: leave out co_await; in a task, instead of "
                    "run(f, x) or runtime.block_on(f, x), write co_await f(x)");
    else
      static_assert(never<given>,
                    "aside: a task can only await aside's tasks and operations: bring a foreign "
                    "completion in through an aside::callback");
    return refused_awaiter<whatever>();
  }
}

}  // namespace aside::inline ASIDE_ABI::detail
