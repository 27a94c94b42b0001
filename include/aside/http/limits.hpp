#pragma once

#include <aside/detail/chrono.hpp>

#include <cstddef>

namespace aside::inline ASIDE_ABI::http {

/// What one peer may cost before it is refused. Every limit is on by default; none can be switched
/// off, only moved. Sizes are in bytes. All refusals are answered and then the connection is closed.
class limits {
 public:
  limits() = default;

  /// Request line and header fields together, line ends included. Beyond it: 431.
  limits& header_bytes(std::size_t n) {
    header_bytes_ = n;
    return *this;
  }
  /// Number of header field lines. Beyond it: 431.
  limits& header_count(std::size_t n) {
    header_count_ = n;
    return *this;
  }
  /// Length of the request target. Beyond it: 414.
  limits& target_bytes(std::size_t n) {
    target_bytes_ = n;
    return *this;
  }
  /// Length of the body after decoding, known from Content-Length or counted. Beyond it: 413.
  /// The framing of a chunked body (sizes, extensions, trailers) may take body_bytes + header_bytes.
  limits& body_bytes(std::size_t n) {
    body_bytes_ = n;
    return *this;
  }

  /// From the first byte of a request to the end of its header fields. Then: 408.
  template <class Rep, class Period>
  limits& header_timeout(std::chrono::duration<Rep, Period> d) {
    header_timeout_ = detail::within<std::chrono::milliseconds>(d);
    return *this;
  }
  /// From the end of the header fields to the end of the body. Then: 408.
  template <class Rep, class Period>
  limits& body_timeout(std::chrono::duration<Rep, Period> d) {
    body_timeout_ = detail::within<std::chrono::milliseconds>(d);
    return *this;
  }
  /// From the last answer, or the beginning of the connection, to the first byte of a request; blank
  /// lines before a request are none of it. Then the connection is closed without an answer.
  template <class Rep, class Period>
  limits& idle_timeout(std::chrono::duration<Rep, Period> d) {
    idle_timeout_ = detail::within<std::chrono::milliseconds>(d);
    return *this;
  }
  /// For handing one batch of answers to the kernel (a peer that does not read). Then: closed.
  template <class Rep, class Period>
  limits& write_timeout(std::chrono::duration<Rep, Period> d) {
    write_timeout_ = detail::within<std::chrono::milliseconds>(d);
    return *this;
  }

  std::size_t header_bytes() const { return header_bytes_; }
  std::size_t header_count() const { return header_count_; }
  std::size_t target_bytes() const { return target_bytes_; }
  std::size_t body_bytes() const { return body_bytes_; }
  std::chrono::milliseconds header_timeout() const { return header_timeout_; }
  std::chrono::milliseconds body_timeout() const { return body_timeout_; }
  std::chrono::milliseconds idle_timeout() const { return idle_timeout_; }
  std::chrono::milliseconds write_timeout() const { return write_timeout_; }

 private:
  std::size_t header_bytes_ = std::size_t{16} * 1024;
  std::size_t header_count_ = 100;
  std::size_t target_bytes_ = std::size_t{8} * 1024;
  std::size_t body_bytes_ = std::size_t{1024} * 1024;
  std::chrono::milliseconds header_timeout_{10'000};
  std::chrono::milliseconds body_timeout_{30'000};
  std::chrono::milliseconds idle_timeout_{75'000};
  std::chrono::milliseconds write_timeout_{30'000};
};

}  // namespace aside::inline ASIDE_ABI::http
