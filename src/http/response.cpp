#include <aside/http/response.hpp>

#include "http/characters.hpp"
#include "http/date.hpp"

#include <charconv>
#include <stdexcept>
#include <utility>

namespace aside::inline ASIDE_ABI::http {

namespace {

void append_number(std::string& out, std::size_t n) {
  char digits[20];
  auto* const end = std::to_chars(digits, digits + sizeof digits, n).ptr;
  out.append(digits, end);
}

int checked_status(int status) {
  if (status >= 200 && status <= 599) return status;
  throw std::invalid_argument("http: " + std::to_string(status) +
                              " is not the status of a final response: use 200 to 599");
}

bool carries_body(int status) { return status != 204 && status != 205 && status != 304; }

void append_status_line(std::string& out, int status, std::string_view date_line) {
  out.append("HTTP/1.1 ");
  append_number(out, static_cast<std::size_t>(status));
  out.append(" ").append(reason_phrase(status)).append("\r\n").append(date_line);
}

// Everything after the fields the caller gave: length, connection, the empty line, the body.
void append_rest(std::string& out, int status, std::string_view body, framing how) {
  if (carries_body(status)) {
    out.append("Content-Length: ");
    append_number(out, body.size());
    out.append("\r\n");
  } else if (status == 205) {
    out.append("Content-Length: 0\r\n");
  }
  if (!how.keep_alive()) {
    out.append("Connection: close\r\n");
  } else if (how.version_minor() == 0) {
    out.append("Connection: keep-alive\r\n");
  }
  out.append("\r\n");
  if (carries_body(status) && !how.head()) out.append(body);
}

void append_json_string(std::string& out, std::string_view text) {
  constexpr std::string_view hex = "0123456789abcdef";
  out.push_back('"');
  for (const char c : text) {
    const auto u = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out.push_back('\\');
      out.push_back(c);
    } else if (u < 0x20 || u == 0x7f) {
      out.append("\\u00");
      out.push_back(hex[u >> 4]);
      out.push_back(hex[u & 15]);
    } else {
      out.push_back(c);
    }
  }
  out.push_back('"');
}

}  // namespace

std::string_view reason_phrase(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 205:
      return "Reset Content";
    case 206:
      return "Partial Content";
    case 301:
      return "Moved Permanently";
    case 302:
      return "Found";
    case 303:
      return "See Other";
    case 304:
      return "Not Modified";
    case 307:
      return "Temporary Redirect";
    case 308:
      return "Permanent Redirect";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 406:
      return "Not Acceptable";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 410:
      return "Gone";
    case 411:
      return "Length Required";
    case 412:
      return "Precondition Failed";
    case 413:
      return "Content Too Large";
    case 414:
      return "URI Too Long";
    case 415:
      return "Unsupported Media Type";
    case 416:
      return "Range Not Satisfiable";
    case 417:
      return "Expectation Failed";
    case 421:
      return "Misdirected Request";
    case 422:
      return "Unprocessable Content";
    case 426:
      return "Upgrade Required";
    case 428:
      return "Precondition Required";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 502:
      return "Bad Gateway";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    case 505:
      return "HTTP Version Not Supported";
    default:
      return "Unknown";
  }
}

response::response(int status) : status_(checked_status(status)) {}

response::response(int status, std::string_view content_type, std::string_view body)
    : status_(checked_status(status)), body_(body) {
  if (!content_type.empty()) headers_.add("Content-Type", content_type);
}

response& response::add_header(std::string_view name, std::string_view value) {
  for (const std::string_view own : {"content-length", "transfer-encoding", "connection"}) {
    if (equal_ignoring_case(name, own)) {
      throw std::invalid_argument("http: the field '" + std::string(name) +
                                  "' follows from the body and the request: do not set it");
    }
  }
  headers_.add(name, value);
  return *this;
}

response& response::set_body(std::string body) {
  body_ = std::move(body);
  return *this;
}

response& response::add_date(std::chrono::sys_seconds now) {
  char text[detail::date_size];
  headers_.add("Date", detail::format_date(text, now));
  return *this;
}

void append(std::string& out, response const& answer, framing how) {
  const bool dated = answer.headers().find("date").has_value();
  append_status_line(out, answer.status(), dated ? std::string_view() : how.date_line());
  for (std::size_t i = 0; i != answer.headers().size(); ++i) {
    const header_view line = answer.headers()[i];
    out.append(line.name()).append(": ").append(line.value()).append("\r\n");
  }
  append_rest(out, answer.status(), answer.body(), how);
}

void append(std::string& out, int status, std::string_view content_type, std::string_view body,
            framing how) {
  if (!detail::is_value(content_type)) {
    throw std::invalid_argument(
        "http: the content type holds a control character or an outer blank: pass a media type "
        "such as text/plain");
  }
  append_status_line(out, checked_status(status), how.date_line());
  if (!content_type.empty()) {
    out.append("Content-Type: ").append(content_type).append("\r\n");
  }
  append_rest(out, status, body, how);
}

void append_problem(std::string& out, int status, std::string_view detail, framing how) {
  std::string body = "{\"title\":";
  append_json_string(body, reason_phrase(status));
  body.append(",\"status\":").append(std::to_string(status)).append(",\"detail\":");
  append_json_string(body, detail);
  append(out, status, "application/problem+json", body.append("}"), how);
}

}  // namespace aside::inline ASIDE_ABI::http
