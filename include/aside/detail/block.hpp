#pragma once
// A spawned task's memory: [header | callable, arguments | outermost frame], one block.
//
// The frame's size is known only once the coroutine is called, so each kind of block remembers the
// largest it has seen: the first spawn of a kind allocates its frame apart, later ones do not.
// A function or lambda that takes all its arguments by value, or refers to what std::ref names, has them in
// its frame by then: nothing of the call is kept.

#include <aside/detail/arguments.hpp>
#include <aside/detail/check.hpp>
#include <aside/detail/chrono.hpp>

#include <tuple>

namespace aside::inline ASIDE_ABI::detail {

ASIDE_API void schedule_task(task_header& t) noexcept;  // src/sched/core.cpp
ASIDE_API void stop_task(task_header& t) noexcept;      // src/sched/stopper.cpp

template <class F, class... A>
  requires(!std::is_member_pointer_v<F>)
ASIDE_WRAPPER auto call(F& fn, A&&... args) -> decltype(fn(std::forward<A>(args)...)) {
  return fn(std::forward<A>(args)...);
}

template <class F, class Object, class... A>
  requires std::is_member_pointer_v<F>
ASIDE_WRAPPER auto call(F& fn, Object&& object, A&&... args)
    -> decltype((object.*fn)(std::forward<A>(args)...)) {
  return (object.*fn)(std::forward<A>(args)...);
}
template <class F, class Pointer, class... A>
  requires std::is_member_pointer_v<F>
ASIDE_WRAPPER auto call(F& fn, Pointer&& pointer, A&&... args)
    -> decltype(((*pointer).*fn)(std::forward<A>(args)...)) {
  return ((*pointer).*fn)(std::forward<A>(args)...);
}

template <class F, class... A>
concept callable_with = requires(F& fn, A&&... args) { call(fn, std::forward<A>(args)...); };

template <class Header, class F, class... A>
struct call_block : Header {
  static constexpr bool keeps_the_call = true;

  // Unions, because the arguments end with the task, but the block only when its home core frees it.
  union {
    F fn_;
  };
  union {
    std::tuple<A...> args_;
  };

  template <class G, class... B>
  explicit call_block(G&& fn, B&&... args) : fn_(std::forward<G>(fn)) {
    struct undo {
      F* made;
      ~undo() {
        if (made != nullptr) made->~F();
      }
    } on_throw{&fn_};
    ::new (static_cast<void*>(&args_)) std::tuple<A...>(std::forward<B>(args)...);
    on_throw.made = nullptr;
  }
  call_block(const call_block&) = delete;
  call_block& operator=(const call_block&) = delete;
  ~call_block() {}

  promise_base* begin() {
    return [this]<std::size_t... I>(std::index_sequence<I...>) {
      return call(fn_, std::move(std::get<I>(args_))...).release();
    }(std::index_sequence_for<A...>{});
  }
  void destroy_callable() noexcept {
    args_.~tuple();
    fn_.~F();
  }
  static void destroy_arguments(task_header& t) noexcept {
    static_cast<call_block&>(t).destroy_callable();
  }
  static std::exception_ptr finish(task_header& t) noexcept {
    return t.root_->error();
  }
};

/// Refers to nothing, so what is made from it cannot either: numbers, enumerators and durations.
template <class T>
inline constexpr bool number = std::is_arithmetic_v<T> || std::is_enum_v<T>;
template <class Rep, class Period>
inline constexpr bool number<std::chrono::duration<Rep, Period>> = std::is_arithmetic_v<Rep>;
/// A parameter that refers to what the argument refers to, and not to the argument.
template <class Parameter, class A>
inline constexpr bool refers_on = false;
template <class P, class T>
inline constexpr bool refers_on<P&, std::reference_wrapper<T>> =
    std::same_as<P, T> || std::same_as<P, const T>;
template <class Parameter, class A>
concept kept_by_value =
    (std::same_as<Parameter, A> || (number<Parameter> && number<A>) || refers_on<Parameter, A>) &&
    alignof(A) <= alignof(std::max_align_t);  // others are refused with the block's line

/// A closure that captures nothing.
template <class F>
concept plain_lambda = std::is_class_v<F> && std::is_empty_v<F> && requires(F& fn) {
  requires std::is_function_v<std::remove_pointer_t<decltype(+fn)>>;
};

/// Does calling F with arguments of the types A leave nothing behind that the task refers to? True of
/// functions and lambdas that take each by value, or by reference to what an argument refers to, and of
/// callables without state that say so.
template <class F, class... A>
inline constexpr bool takes_values = requires { typename F::takes_values; };
template <class R, class... P, class... A>
  requires(sizeof...(P) == sizeof...(A))
inline constexpr bool takes_values<task<R> (*)(P...), A...> = (kept_by_value<P, A> && ...);
template <class R, class... P, class... A>
inline constexpr bool takes_values<task<R> (*)(P...) noexcept, A...> =
    takes_values<task<R> (*)(P...), A...>;
template <plain_lambda F, class... A>
inline constexpr bool takes_values<F, A...> = takes_values<decltype(+std::declval<F&>()), A...>;

template <class Header, class F, class... A>
struct bare_block : Header {
  static constexpr bool keeps_the_call = false;

  void destroy_callable() noexcept {}
  static void destroy_arguments(task_header&) noexcept {}
  static std::exception_ptr finish(task_header& t) noexcept {
    return t.root_->error();
  }
};

template <class Header, class F, class... A>
using block_for = std::conditional_t<takes_values<F, A...>, bare_block<Header, F, A...>,
                                     call_block<Header, F, A...>>;

/// What the header knows of a kind of block, and the room for its frame.
template <class Block>
struct block_kind {
  static constexpr std::size_t frame_alignment = 16;
  static constexpr std::size_t size() noexcept {
    return (sizeof(Block) + frame_alignment - 1) / frame_alignment * frame_alignment;
  }
  static void free_block(task_header& t) noexcept {
    const std::size_t bytes = size() + t.room_;
    frame_free(&t, bytes);
  }
  static constexpr task_descriptor descriptor{
      &schedule_task, &stop_task, &Block::finish, &Block::destroy_arguments, &free_block, size()};
  static inline atomic<std::uint16_t> frame_size{0};
};

/// Small tasks fill whole cache lines, and larger ones if they nearly do: two that run on different cores
/// would slow each other down. The others have one line in common with the next at most, and there may be
/// very many of them that wait.
constexpr std::size_t padded_block(std::size_t bytes) noexcept {
  constexpr std::size_t line = 64;
  const std::size_t filled = (bytes + line - 1) / line * line;
  return filled <= 2 * line || (filled == 3 * line && filled - bytes < line / 4) ? filled : bytes;
}

/// Saves and restores the room for the next frame.
class room_guard {
 public:
  explicit room_guard(frame_room& room) noexcept : slot_(current_room()), saved_(slot_) {
    slot_ = &room;
  }
  room_guard(const room_guard&) = delete;
  room_guard& operator=(const room_guard&) = delete;
  ~room_guard() { slot_ = saved_; }

 private:
  frame_room*& slot_;
  frame_room* saved_;
};

/// A task that has not begun, with its callable and arguments. Throws what copying them throws; then
/// nothing is left but what `Block` got from elsewhere.
template <class Block, class F, class... A>
Block& make_block(std::source_location site, F&& fn, A&&... args) {
  using kind = block_kind<Block>;
  static_assert(alignof(Block) <= kind::frame_alignment,
                "aside: spawn cannot keep an over-aligned argument; pass it in a std::unique_ptr");
  const auto room_size = static_cast<std::uint16_t>(
      padded_block(kind::size() + kind::frame_size.load(memory_order_relaxed)) - kind::size());
  void* const memory = frame_allocate(kind::size() + room_size);
  struct undo {
    void* memory;
    Block* made = nullptr;
    std::size_t bytes;
    ~undo() {
      if (memory == nullptr) return;
      if (made != nullptr) made->destroy_callable();
      frame_free(memory, bytes);
    }
  } on_throw{memory, nullptr, kind::size() + room_size};

  Block* made = nullptr;
  if constexpr (Block::keeps_the_call)
    made = ::new (memory) Block(std::forward<F>(fn), std::forward<A>(args)...);
  else
    made = ::new (memory) Block;
  Block& b = *made;
  on_throw.made = &b;
  b.what_.store(&kind::descriptor, memory_order_relaxed);
  b.site_ = site;
  b.room_ = room_size;

  frame_room room;
  room.place = static_cast<std::byte*>(memory) + kind::size();
  room.size = room_size;
  room_guard in_room(room);
  promise_base* root = nullptr;
  if constexpr (Block::keeps_the_call)
    root = b.begin();
  else
    root = call(fn, std::forward<A>(args)...).release();
  root->task_ = &b;
  b.root_ = root;
  if (room.wanted > room_size && room.wanted <= 0xffff)
    kind::frame_size.store(static_cast<std::uint16_t>(room.wanted), memory_order_relaxed);
  on_throw.memory = nullptr;
  return b;
}

template <class F, class... A>
task_header& make_task(std::source_location site, F&& fn, A&&... args) {
  using block = block_for<task_header, std::decay_t<F>, std::decay_t<A>...>;
  return make_block<block>(site, std::forward<F>(fn), std::forward<A>(args)...);
}

}  // namespace aside::inline ASIDE_ABI::detail
