#pragma once

#include <aside/config.hpp>
#include <aside/http/headers.hpp>
#include <aside/http/limits.hpp>

#include <string>
#include <string_view>

namespace aside::inline ASIDE_ABI::http {

/// One request as a value: copy it, keep it, build one for a test. All views it returns are valid
/// until it is changed or destroyed.
class ASIDE_API request {
 public:
  request() = default;
  request(std::string_view method, std::string_view target) : method_(method), target_(target) {}
  request(std::string_view method, std::string_view target, std::string body)
      : method_(method), target_(target), body_(static_cast<std::string&&>(body)) {}

  /// "GET", "POST", …: as it was sent, case matters.
  std::string_view method() const { return method_; }
  bool is(std::string_view method) const { return method_ == method; }

  /// The target as it was sent: "/a?b", "http://host/a?b" or "*".
  std::string_view target() const { return target_; }
  /// The part before '?', without scheme and authority; at least "/" (or "*"). Still percent-encoded.
  std::string_view path() const;
  /// The part after '?', empty when there is none. Still percent-encoded.
  std::string_view query() const;

  /// 0 or 1, of HTTP/1.0 or 1.1: other versions never get past the parser.
  int version_minor() const { return version_minor_; }
  void set_version_minor(int minor) { version_minor_ = minor == 0 ? 0 : 1; }

  http::headers const& headers() const { return headers_; }
  http::headers& headers() { return headers_; }
  /// Whether the peer lets the connection live on: HTTP/1.1 without "close", 1.0 with "keep-alive".
  bool keep_alive() const;

  /// The whole body, decoded.
  std::string_view body() const { return body_; }
  std::string take_body() { return static_cast<std::string&&>(body_); }
  void set_body(std::string body) { body_ = static_cast<std::string&&>(body); }

 private:
  friend class parser;
  void clear();

  std::string method_;
  std::string target_;
  http::headers headers_;
  std::string body_;
  int version_minor_ = 1;
};

}  // namespace aside::inline ASIDE_ABI::http
