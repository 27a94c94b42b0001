#include "http/head_scan.hpp"

#include "http/characters.hpp"

#include <algorithm>

namespace aside::inline ASIDE_ABI::http::detail {

head_scan::verdict head_scan::look(std::string_view bytes, std::size_t target_limit) {
  while (!bytes.empty() && where_ != fields) {
    const auto v = look_at_request_line(bytes, target_limit);
    if (v != fine) return v;
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

// Takes what belongs to `where_` off `bytes`; not a switch for each byte, which was a tenth of a request.
head_scan::verdict head_scan::look_at_request_line(std::string_view& bytes,
                                                   std::size_t target_limit) {
  constexpr std::string_view name = "HTTP/";
  const auto take_to = [&bytes](char end) {
    const auto at = bytes.find(end);
    bytes.remove_prefix(at == std::string_view::npos ? bytes.size() : at + 1);
    return at != std::string_view::npos;
  };
  switch (where_) {
    case before: {
      const char c = bytes.front();
      if (after_return_ != (c == '\n')) return not_http;
      after_return_ = c == '\r';
      if (c != '\r' && c != '\n')
        where_ = method;
      else
        bytes.remove_prefix(1);
      return fine;
    }
    case method:
      if (take_to(' ')) where_ = target;
      return fine;
    case target: {
      const auto* const end =
          std::ranges::find_if(bytes, [](char c) { return c == ' ' || c == '\r' || c == '\n'; });
      target_seen_ += static_cast<std::size_t>(end - bytes.begin());
      if (target_seen_ > target_limit) return target_too_long;
      if (end != bytes.end()) {
        if (*end != ' ' || target_seen_ == 0) return not_http;
        where_ = protocol;
      }
      bytes.remove_prefix(static_cast<std::size_t>(end - bytes.begin()) + (end != bytes.end()));
      return fine;
    }
    case protocol:
      if (bytes.front() != name[protocol_seen_]) return not_http;
      if (++protocol_seen_ == name.size()) where_ = version;
      bytes.remove_prefix(1);
      return fine;
    case version:
      after_line_end_ = take_to('\n');
      if (after_line_end_) where_ = fields;
      return fine;
    case fields:
      return fine;
  }
  return fine;
}

}  // namespace aside::inline ASIDE_ABI::http::detail
