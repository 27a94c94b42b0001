#pragma once
// copy: bytes from one stream to another, until the end.

#include <aside/all.hpp>
#include <aside/io/buffered_reader.hpp>

#include <source_location>

namespace aside::inline ASIDE_ABI {

/// Writes to `to` what comes from `from` until that ends; gives the number of bytes. Does not shut
/// `to` down. Holds one chunk while it writes and none while it waits for bytes.
///
/// Stopping:  what has been received and not written, at most a chunk, is lost. From a buffered_reader
///            nothing is: what has not been written is still in it.
/// Errors:    those of either stream.
/// Cost:      one frame; no copying in user memory.
template <readable_stream From, writable_stream To>
task<std::size_t> copy(From& from, To& to,
                       std::source_location at = std::source_location::current()) {
  std::size_t copied = 0;
  for (;;) {
    const chunk c = co_await detail::placed(from.receive(), at);
    if (!c) break;
    co_await detail::placed(to.write(*c), at);
    copied += c.size();
  }
  co_return copied;
}
template <readable_stream Inner, writable_stream To>
task<std::size_t> copy(buffered_reader<Inner>& from, To& to,
                       std::source_location at = std::source_location::current()) {
  std::size_t copied = 0;
  for (;;) {
    const std::span<const std::byte> bytes = co_await detail::placed(from.peek(), at);
    if (bytes.empty()) break;
    const std::size_t n = co_await detail::placed(to.write_some(bytes), at);
    from.consume(n);
    copied += n;
  }
  co_return copied;
}

/// What copy_both has copied, in bytes.
class copied_both {
 public:
  copied_both(std::size_t a_to_b, std::size_t b_to_a) noexcept : a_to_b_(a_to_b), b_to_a_(b_to_a) {}
  [[nodiscard]] std::size_t a_to_b() const noexcept { return a_to_b_; }
  [[nodiscard]] std::size_t b_to_a() const noexcept { return b_to_a_; }

 private:
  std::size_t a_to_b_;
  std::size_t b_to_a_;
};

namespace detail {
template <class From, class To>
task<std::size_t> copy_and_shut_down(From& from, To& to, std::source_location at) {
  const std::size_t copied = co_await aside::copy(from, to, at);
  co_await placed(to.shutdown(), at);
  co_return copied;
}
}  // namespace detail

/// Connects two streams until both have ended: what comes from one goes to the other.
///
/// The end of one direction is passed on when all its bytes have been written, and leaves the other
/// direction as it is. The failure of either stops both and is rethrown.
/// Stopping:  stops both directions, each as copy.
/// Cost:      waiting for bytes holds no buffer, only frames.
template <stream A, stream B>
task<copied_both> copy_both(A& a, B& b,
                            std::source_location at = std::source_location::current()) {
  const auto [there, back] = co_await all(detail::copy_and_shut_down(a, b, at),
                                          detail::copy_and_shut_down(b, a, at));
  co_return copied_both(there, back);
}

}  // namespace aside::inline ASIDE_ABI
