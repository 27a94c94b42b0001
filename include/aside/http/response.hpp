#pragma once

#include <aside/config.hpp>
#include <aside/http/event_stream.hpp>
#include <aside/http/headers.hpp>
#include <aside/http/request.hpp>

#include <chrono>
#include <string>
#include <string_view>

namespace aside::inline ASIDE_ABI::http {

/// "Not Found" for 404; "Unknown" for a status without a registered phrase.
ASIDE_API std::string_view reason_phrase(int status);

/// One response as a value. Content-Length, Transfer-Encoding and Connection are not set by hand:
/// they follow from the body and from `framing` when the response is written.
class ASIDE_API response {
 public:
  /// Throws std::invalid_argument when `status` is not a final status (200 to 599).
  explicit response(int status = 200);
  response(int status, std::string_view content_type, std::string_view body);

  int status() const { return status_; }
  http::headers const& headers() const { return headers_; }
  std::string_view body() const { return body_; }

  /// Throws std::invalid_argument when name or value could break the message apart (see
  /// headers::add) or name is one of the fields above.
  response& add_header(std::string_view name, std::string_view value);
  response& set_body(std::string body);
  /// Adds a Date field. Only for who writes answers by hand: a server's exchange gives each its own.
  response& add_date(std::chrono::sys_seconds now);

 private:
  int status_;
  http::headers headers_;
  std::string body_;
};

class framing;
namespace detail {
/// For an answer that is written at once: with the Date of now, unless the answer has its own.
framing dated(framing how) noexcept;
}  // namespace detail

/// What the request decides about the shape of its answer.
class framing {
 public:
  /// As after an unreadable request: an HTTP/1.1 answer, then the connection closes.
  framing() = default;
  explicit framing(request const& asked)
      : head_(asked.is("HEAD")), keep_alive_(asked.keep_alive()), minor_(asked.version_minor()) {}
  framing& close() {
    keep_alive_ = false;
    return *this;
  }

  bool head() const { return head_; }
  bool keep_alive() const { return keep_alive_; }
  int version_minor() const { return minor_; }
  std::string_view date_line() const { return date_line_; }

 private:
  friend framing detail::dated(framing) noexcept;
  bool head_ = false;
  bool keep_alive_ = false;
  int minor_ = 1;
  std::string_view date_line_;
};

/// Appends the response to `out`. The body is left out, but counted, for HEAD; 204, 205 and 304
/// carry none. "Connection: close" is sent when the connection ends, "keep-alive" to HTTP/1.0 peers.
ASIDE_API void append(std::string& out, response const& answer, framing how);
/// The same without a value in between. `content_type` may be empty when `body` is.
ASIDE_API void append(std::string& out, int status, std::string_view content_type,
                      std::string_view body, framing how);
/// An error as application/problem+json (RFC 9457): status, its phrase, and `detail`.
ASIDE_API void append_problem(std::string& out, int status, std::string_view detail, framing how);

}  // namespace aside::inline ASIDE_ABI::http
