#pragma once
// exchange: how a handler answers one request.

#include <aside/detail/block.hpp>
#include <aside/http/request.hpp>
#include <aside/http/response.hpp>
#include <aside/net/tcp_stream.hpp>

#include <string>
#include <string_view>
#include <tuple>

namespace aside::inline ASIDE_ABI::http {

namespace detail {

/// What a connection goes on as once its request has been answered and forgotten.
class continuation {
 public:
  continuation() = default;
  continuation(continuation const&) = delete;
  continuation& operator=(continuation const&) = delete;
  ASIDE_API virtual ~continuation();
  ASIDE_WRAPPER virtual task<> run(tcp_stream&& peer) = 0;
};

template <class F, class... A>
class continuation_of final : public continuation {
 public:
  template <class G, class... B>
  explicit continuation_of(G&& fn, B&&... args)
      : fn_(std::forward<G>(fn)), args_(std::forward<B>(args)...) {}
  ASIDE_WRAPPER task<> run(tcp_stream&& peer) override {
    return go(static_cast<tcp_stream&&>(peer), std::index_sequence_for<A...>());
  }

 private:
  template <std::size_t... I>
  ASIDE_WRAPPER task<> go(tcp_stream&& peer, std::index_sequence<I...>) {
    return aside::detail::call(fn_, std::move(peer), std::move(std::get<I>(args_))...);
  }

  [[no_unique_address]] F fn_;
  [[no_unique_address]] std::tuple<A...> args_;
};

/// Owns at most one continuation.
class next_step {
 public:
  next_step() = default;
  next_step(next_step const&) = delete;
  next_step& operator=(next_step const&) = delete;
  ~next_step() { delete held_; }
  void set(continuation* c) noexcept { delete std::exchange(held_, c); }
  explicit operator bool() const noexcept { return held_ != nullptr; }
  continuation& operator*() const noexcept { return *held_; }

 private:
  continuation* held_ = nullptr;
};

/// Views and pointers may point into the request, which is gone by then; what several tasks may
/// share (`aside::shareable`) is known to live elsewhere.
template <class T>
inline constexpr bool outlives_request = !borrows<T>;
template <class T>
inline constexpr bool outlives_request<T*> =
    std::is_function_v<T> || (shareable<T> && !std::is_const_v<T>);
template <class T>
inline constexpr bool outlives_request<std::reference_wrapper<T>> =
    shareable<T> && !std::is_const_v<T>;

}  // namespace detail

/// Given to a handler together with the request; lives until the handler has returned. Exactly one
/// of respond and start_event_stream must be called, once: a second call throws std::logic_error, a
/// handler that returns and has called none is answered for with 500 and its connection is closed. One
/// that is stopped has failed at nothing: its connection is closed without an answer.
class exchange {
 public:
  /// `last_if_drained`: the connection's task, if a drain of it makes this answer the last one.
  ASIDE_API exchange(std::string& out, framing how, detail::next_step& next,
                     const aside::detail::task_header* last_if_drained = nullptr) noexcept
      : out_(&out), next_(&next), last_if_drained_(last_if_drained), how_(how) {}
  exchange(exchange const&) = delete;
  exchange& operator=(exchange const&) = delete;

  /// Answers. The text is copied at once and leaves with the answers to the other requests that
  /// arrived in the same packet, in one write. With the Date of now, as all answers of a server,
  /// unless `answer` has its own. Throws std::invalid_argument (see response).
  ASIDE_API void respond(int status, std::string_view content_type, std::string_view body);
  ASIDE_API void respond(response const& answer);
  /// Answers with an error as application/problem+json.
  ASIDE_API void respond_problem(int status, std::string_view reason);

  /// Answers with the head of an event stream and then lets the connection go on as
  /// `fn(tcp_stream, args...)`, which writes events (http::format_event) until it returns; then the
  /// connection closes. After HEAD, fn does not run.
  ///
  /// fn is called when the handler has returned and the head has been written. By then the request,
  /// the parser and every buffer are gone: a subscriber that waits costs its connection's frame,
  /// fn's frame and the arguments, and no more. That is why the stream is a function and not a loop
  /// inside the handler: nothing of the request could go while the handler's frame lives.
  /// `fn` and `args` are copied or moved as for spawn, except that they stay on this task; views,
  /// and pointers to what is not shareable, are refused: they could point into the request.
  template <class F, class... A>
  void start_event_stream(F&& fn, A&&... args);

  bool answered() const noexcept { return answered_; }
  /// Closes the connection after this answer. To be called before answering. Where the listener drains, an
  /// answer is the connection's last one by itself.
  void close() noexcept { how_.close(); }
  bool keeps_alive() const noexcept { return how_.keep_alive(); }

 private:
  void begin_answer();
  ASIDE_API void begin_event_stream();

  std::string* out_;
  detail::next_step* next_;
  const aside::detail::task_header* last_if_drained_;
  framing how_;
  bool answered_ = false;
};

template <class F, class... A>
void exchange::start_event_stream(F&& fn, A&&... args) {
  static_assert((detail::outlives_request<std::decay_t<A>> && ...),
                "aside: an argument of start_event_stream is a view or pointer that may refer to "
                "the request, which is gone when the stream starts: pass an owning value");
  static_assert(aside::detail::callable_with<std::decay_t<F>, tcp_stream, std::decay_t<A>...>,
                "aside: the function of start_event_stream must take a tcp_stream and these "
                "arguments");
  begin_event_stream();
  if (how_.head()) return;
  next_->set(new detail::continuation_of<std::decay_t<F>, std::decay_t<A>...>(
      std::forward<F>(fn), std::forward<A>(args)...));
}

}  // namespace aside::inline ASIDE_ABI::http
