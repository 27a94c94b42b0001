#include <aside/http/event_stream.hpp>

#include <stdexcept>

namespace aside::inline ASIDE_ABI::http {

namespace {

void append_field(std::string& out, std::string_view name, std::string_view value) {
  out.append(name).append(value).append("\n");
}

void require_one_line(std::string_view field, std::string_view value) {
  using namespace std::string_view_literals;
  if (value.find_first_of("\r\n\0"sv) == std::string_view::npos) return;
  throw std::invalid_argument("http: the " + std::string(field) +
                              " of a server-sent event holds a line end or NUL: it must be one "
                              "line; only the data may have several");
}

}  // namespace

std::string_view event_stream_head() {
  return "HTTP/1.1 200 OK\r\n"
         "Content-Type: text/event-stream\r\n"
         "Cache-Control: no-store\r\n"
         "Connection: close\r\n"
         "\r\n";
}

void format_event(std::string& out, std::string_view id, std::string_view event,
                  std::string_view data) {
  require_one_line("id", id);
  require_one_line("name", event);
  if (!id.empty()) append_field(out, "id: ", id);
  if (!event.empty()) append_field(out, "event: ", event);
  for (;;) {
    const auto end = data.find_first_of("\r\n");
    append_field(out, "data: ", data.substr(0, end));
    if (end == std::string_view::npos) break;
    const bool pair = data.substr(end, 2) == "\r\n";
    data.remove_prefix(end + (pair ? 2 : 1));
  }
  out.append("\n");
}

void format_event_comment(std::string& out, std::string_view text) {
  require_one_line("comment", text);
  append_field(out, ": ", text);
  out.append("\n");
}

}  // namespace aside::inline ASIDE_ABI::http
