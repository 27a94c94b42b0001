#include "http/head_scan.hpp"

#include "http/characters.hpp"

namespace aside::inline ASIDE_ABI::http::detail {

head_scan::verdict head_scan::look(std::string_view bytes, std::size_t target_limit) {
  while (!bytes.empty() && where_ != fields) {
    const auto v = look_at_request_line(bytes.front(), target_limit);
    if (v != fine) return v;
    bytes.remove_prefix(1);
  }
  while (!bytes.empty()) {
    if (after_line_end_ && is_blank(bytes.front())) return folded;
    const auto end = bytes.find('\n');
    after_line_end_ = end != std::string_view::npos;
    if (!after_line_end_) break;
    bytes.remove_prefix(end + 1);
  }
  return fine;
}

head_scan::verdict head_scan::look_at_request_line(char c, std::size_t target_limit) {
  constexpr std::string_view name = "HTTP/";
  switch (where_) {
    case before:
      if (c != '\r' && c != '\n') where_ = method;
      return fine;
    case method:
      if (c == ' ') where_ = target;
      return fine;
    case target:
      if (c == '\r' || c == '\n' || (c == ' ' && target_seen_ == 0)) return not_http;
      if (c == ' ') {
        where_ = protocol;
      } else if (++target_seen_ > target_limit) {
        return target_too_long;
      }
      return fine;
    case protocol:
      if (c != name[protocol_seen_]) return not_http;
      if (++protocol_seen_ == name.size()) where_ = version;
      return fine;
    case version:
      if (c == '\n') {
        where_ = fields;
        after_line_end_ = true;
      }
      return fine;
    case fields:
      return fine;
  }
  return fine;
}

}  // namespace aside::inline ASIDE_ABI::http::detail
