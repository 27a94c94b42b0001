#pragma once

#include <aside/config.hpp>
#include <aside/http/limits.hpp>

#include <cstddef>
#include <string_view>

namespace aside::inline ASIDE_ABI::http::detail {

// Looks at the raw bytes of a request head for what the grammar engine lets through: a target that
// is too long, a protocol other than HTTP, folded lines, and blank lines before it that do not end with
// CR LF. Fed with exactly the bytes that the engine has consumed, in any cut.
class head_scan {
 public:
  enum verdict { fine, target_too_long, not_http, folded };

  verdict look(std::string_view bytes, std::size_t target_limit);
  bool started() const { return where_ != before; }

 private:
  enum place : unsigned char { before, method, target, protocol, version, fields };
  verdict look_at_request_line(std::string_view& bytes, std::size_t target_limit);

  std::size_t target_seen_ = 0;
  unsigned char protocol_seen_ = 0;
  place where_ = before;
  bool after_return_ = false;  // before the request line
  bool after_line_end_ = false;
};

}  // namespace aside::inline ASIDE_ABI::http::detail
