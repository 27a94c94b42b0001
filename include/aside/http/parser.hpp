#pragma once

#include <aside/config.hpp>
#include <aside/http/limits.hpp>
#include <aside/http/request.hpp>

#include <cstddef>
#include <span>
#include <string_view>

namespace aside::inline ASIDE_ABI::http {

/// Reads HTTP/1.0 and 1.1 requests from bytes. It does no input or output, knows no runtime and may
/// be used from any thread, one at a time:
///
///   http::parser parser;
///   while (read some bytes) {
///     std::span rest = bytes;
///     for (;;) {
///       auto p = parser.feed(rest);
///       rest = rest.subspan(p.consumed());
///       if (p.is(http::parser::message)) answer(parser.request());
///       else if (p.is(http::parser::continue_wanted)) send(http::continue_line) unless rest has bytes
///       else break;                               // need_more, failed or closed
///     }
///   }
///
/// The sequence of outcomes does not depend on how the input is cut into pieces.
///
/// It is strict, because what two readers of one stream understand differently is an attack:
/// line ends must be CRLF; folded lines, blanks before a colon, control characters, a missing,
/// repeated or malformed Host (1.1), Content-Length beside Transfer-Encoding, repeated or malformed
/// Content-Length are 400; transfer codings other than one "chunked" are 501; CONNECT is 501;
/// expectations other than 100-continue are 417; other versions are 505; sizes as in `limits`.
/// After a failure nothing more is read: answer it and close the connection.
///
/// Cost: about 0.5 KiB while idle, plus the request while there is one. A connection that waits
/// for its next request should not keep a parser: see idle().
class ASIDE_API parser {
 public:
  enum outcome {
    need_more,        // everything was consumed and the message is not complete
    continue_wanted,  // header fields are complete; the peer waits for "100 Continue" (see below)
    message,          // request() is complete
    failed,           // see error(); feeding more changes nothing
    closed            // the last message ended the connection; what follows is not read
  };

  class progress {
   public:
    progress(std::size_t consumed, outcome what) : consumed_(consumed), what_(what) {}
    /// Bytes taken; the rest must be fed again.
    std::size_t consumed() const { return consumed_; }
    outcome what() const { return what_; }
    bool is(outcome o) const { return what_ == o; }

   private:
    std::size_t consumed_;
    outcome what_;
  };

  class failure {
   public:
    failure(int status, std::string_view reason) : status_(status), reason_(reason) {}
    /// The status to answer with; 0 when nothing failed.
    int status() const { return status_; }
    /// What was wrong, one line, a literal.
    std::string_view reason() const { return reason_; }

   private:
    int status_;
    std::string_view reason_;
  };

  explicit parser(limits const& rules = limits());
  parser(parser&& other) noexcept : state_(other.state_) { other.state_ = nullptr; }
  parser& operator=(parser&& other) noexcept {
    state* mine = state_;
    state_ = other.state_;
    other.state_ = mine;
    return *this;
  }
  ~parser();

  /// Reads until an outcome other than need_more or the end of `bytes`. Bytes are copied out:
  /// the buffer may be reused at once. Allocates; throws std::bad_alloc, then the parser is lost.
  progress feed(std::span<std::byte const> bytes);
  progress feed(std::string_view text);

  /// The complete request after `message`, its head after `continue_wanted`. Valid until the next
  /// feed, which clears it; move it out to keep it.
  http::request& request();

  failure error() const;

  /// Nothing of a message has been read: the parser may be destroyed and another one made when
  /// bytes arrive, and nothing is lost. (Line ends in front of a request do not count.)
  bool idle() const;
  /// Whether the header fields of the message being read are complete: which timeout applies.
  bool in_body() const;

 private:
  struct state;
  state* state_;
};

/// What `continue_wanted` asks for. Leave it out when bytes of the body have arrived already.
inline constexpr std::string_view continue_line = "HTTP/1.1 100 Continue\r\n\r\n";

}  // namespace aside::inline ASIDE_ABI::http
