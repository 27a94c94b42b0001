// The parts of HTTP without a server: a parser that is fed with bytes, and messages as values.

#include <aside/http/event_stream.hpp>
#include <aside/http/parser.hpp>
#include <aside/http/response.hpp>

#include <cstdio>
#include <string>
#include <string_view>

namespace http = aside::http;

void print(std::string_view text) {
  for (const char c : text)
    if (c != '\r') std::putchar(c);
}

void answer(const http::request& asked, std::string& out) {
  const auto kind = asked.headers().find("X-Tea");
  if (kind && http::equal_ignoring_case(*kind, "coffee")) {
    http::append_problem(out, 404, "there is no coffee here", http::framing(asked));
    return;
  }
  http::response tea(200, "text/plain", "a pot of tea\n");
  if (kind) tea.set_body("a pot of " + std::string(*kind) + "\n");
  tea.add_header("Cache-Control", "no-store");
  http::append(out, tea, http::framing(asked));
}

int main() {
  const http::limits rules = http::limits().header_count(3).body_bytes(64);
  http::parser reader(rules);

  // Two requests, cut in the middle as the network likes to do.
  std::string out;
  const std::string_view pieces[] = {
      "GET /pot HTTP/1.1\r\nHost: kitchen\r\nx-t",
      "ea: Assam\r\n\r\nGET /pot HTTP/1.1\r\nHost: kitchen\r\nX-Tea: Coffee\r\n\r\n"};
  for (std::string_view piece : pieces) {
    for (;;) {
      const auto progress = reader.feed(piece);
      piece.remove_prefix(progress.consumed());
      if (progress.is(http::parser::continue_wanted)) out += http::continue_line;
      if (!progress.is(http::parser::message)) break;
      answer(reader.request(), out);
    }
  }
  print(out);
  std::puts("");

  // One that goes beyond a limit.
  http::parser strict(rules);
  strict.feed("POST / HTTP/1.1\r\nHost: pot\r\nContent-Length: 65\r\n\r\n");
  const auto wrong = strict.error();
  std::printf("%d %s\n", wrong.status(), std::string(http::reason_phrase(wrong.status())).c_str());

  // Header fields, and the text of an event stream.
  http::headers fields;
  fields.add("Accept", "text/html, text/event-stream");
  const http::header_view first = fields[0];
  std::printf("%.*s: %s\n", static_cast<int>(first.name().size()), first.name().data(),
              fields.has_token("accept", "text/event-stream") ? "wants events" : "wants a page");
  std::string stream(http::event_stream_head());
  http::format_event_comment(stream, "still there");
  http::format_event(stream, "1", "tea", "it is ready");
  print(stream);
}
