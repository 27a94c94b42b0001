#include "http/head_rules.hpp"

#include "http/characters.hpp"

namespace aside::inline ASIDE_ABI::http::detail {

namespace {

using failure = parser::failure;

bool is_reg_name(std::string_view text) {
  for (std::size_t i = 0; i != text.size(); ++i) {
    const char c = text[i];
    if (c == '%') {
      if (text.size() - i < 3 || !is_hex(text[i + 1]) || !is_hex(text[i + 2])) return false;
      i += 2;
    } else if (!is_alpha(c) && !is_digit(c) && c != '.' &&
               std::string_view("-_~!$&'()*+,;=").find(c) == std::string_view::npos) {
      return false;
    }
  }
  return !text.empty();
}

bool is_ip_literal(std::string_view text) {
  if (text.size() < 4 || text.front() != '[' || text.back() != ']') return false;
  bool has_colon = false;
  for (const char c : text.substr(1, text.size() - 2)) {
    has_colon = has_colon || c == ':';
    if (!is_hex(c) && c != ':' && c != '.') return false;
  }
  return has_colon;
}

failure check_host(request const& head) {
  const auto hosts = head.headers().count("host");
  if (hosts > 1) return {400, "more than one Host field: send exactly one"};
  if (hosts == 0) {
    if (head.version_minor() == 0) return {0, {}};
    return {400, "no Host field: HTTP/1.1 requests must carry one"};
  }
  if (!is_host(*head.headers().find("host"))) return {400, "malformed Host field"};
  return {0, {}};
}

failure check_transfer_codings(request const& head) {
  if (head.headers().count("transfer-encoding") == 0) return {0, {}};
  if (head.version_minor() == 0) return {400, "Transfer-Encoding in an HTTP/1.0 request"};
  int chunked = 0;
  for (std::size_t i = 0; i != head.headers().size(); ++i) {
    const header_view line = head.headers()[i];
    if (!equal_ignoring_case(line.name(), "transfer-encoding")) continue;
    std::string_view list = line.value();
    for (auto coding = next_list_element(list); !coding.empty(); coding = next_list_element(list)) {
      if (!equal_ignoring_case(coding, "chunked")) {
        return {501, "unknown transfer coding: only \"chunked\" is understood"};
      }
      ++chunked;
    }
  }
  if (chunked != 1) return {400, "Transfer-Encoding must be \"chunked\", once"};
  return {0, {}};
}

failure check_expectations(request const& head) {
  if (head.version_minor() == 0) return {0, {}};
  for (std::size_t i = 0; i != head.headers().size(); ++i) {
    const header_view line = head.headers()[i];
    if (equal_ignoring_case(line.name(), "expect") &&
        !equal_ignoring_case(line.value(), "100-continue")) {
      return {417, "unknown expectation: only \"100-continue\" is understood"};
    }
  }
  return {0, {}};
}

}  // namespace

bool is_host(std::string_view text) {
  if (!text.empty() && text.front() == '[') {
    const auto end = text.find(']');
    if (end == std::string_view::npos || !is_ip_literal(text.substr(0, end + 1))) return false;
    text.remove_prefix(end + 1);
    if (text.empty()) return true;
    if (text.front() != ':') return false;
  } else if (!is_reg_name(text.substr(0, text.find(':')))) {
    return false;
  }
  const auto colon = text.find(':');
  if (colon == std::string_view::npos) return true;
  const auto port = text.substr(colon + 1);
  if (port.size() > 5) return false;
  for (const char c : port) {
    if (!is_digit(c)) return false;
  }
  return true;
}

failure check_head(request const& head, std::uint64_t content_length, limits const& rules) {
  if (head.is("CONNECT")) return {501, "CONNECT is not served here"};
  if (head.target().empty() || (head.target().front() != '/' && head.target() != "*" &&
                                head.target().find("://") == std::string_view::npos)) {
    return {400, "malformed request target: send an absolute path"};
  }
  if (head.target().find('#') != std::string_view::npos)
    return {400, "malformed request target: a fragment ('#') is not for the server"};
  for (auto check : {check_host, check_transfer_codings, check_expectations}) {
    const failure f = check(head);
    if (f.status() != 0) return f;
  }
  if (content_length > rules.body_bytes()) return {413, "body larger than this server accepts"};
  return {0, {}};
}

}  // namespace aside::inline ASIDE_ABI::http::detail
