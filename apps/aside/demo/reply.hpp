#pragma once

#include <aside/http/request.hpp>
#include <aside/http/response.hpp>

#include <charconv>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "demo/hub.hpp"
#include "demo/page_feed.hpp"

namespace aside_app {

/// What is said to one request.
struct reply {
  enum class kind : std::uint8_t {
    answer,    ///< status, type and text
    problem,   ///< status, and in text what was wrong
    messages,  ///< a stream of events for subscriber `id`
    figures,   ///< a stream of the demo's figures
  };
  kind what = kind::answer;
  int status = 0;
  std::uint32_t id = 0;
  std::string_view type;
  std::string text;
};

/// "/to/17" with prefix "/to/" → 17.
inline std::optional<std::uint32_t> id_after(std::string_view prefix, std::string_view path) {
  if (!path.starts_with(prefix)) return std::nullopt;
  path.remove_prefix(prefix.size());
  std::uint32_t id = 0;
  const auto* end = path.data() + path.size();
  const auto [at, error] = std::from_chars(path.data(), end, id);
  if (error != std::errc{} || at != end) return std::nullopt;
  return id;
}

/// Does what one request asks for, the same whether a task or a thread serves it. `arrived` is when
/// the request was complete. `page` is null where only the load is served.
///
///   GET /events/ID   server-sent events for subscriber ID     POST /to/ID   one line, for ID
///   GET /ready       204 when the server serves               POST /all     one line, for everyone
///   GET /            the page                                 GET /live     its figures as events
///   GET /figures     the figures once, as JSON
template <class Hub>
reply reply_to(Hub& hub, const page_feed* page, const aside::http::request& asked,
               std::chrono::steady_clock::time_point arrived) {
  using kind = reply::kind;
  const auto path = asked.path();
  const auto problem = [](int status, const char* why) {
    return reply{kind::problem, status, 0, {}, why};
  };
  if (asked.is("GET") || asked.is("HEAD")) {
    if (const auto id = id_after("/events/", path)) return {kind::messages, 200, *id, {}, {}};
    if (path == "/ready") return {kind::answer, 204, 0, {}, {}};
    if (page != nullptr && path == "/live") return {kind::figures, 200, 0, {}, {}};
    if (page != nullptr && path == "/figures")
      return {kind::answer, 200, 0, "application/json", page->text()};
    if (page != nullptr && path == "/")
      return {kind::answer, 200, 0, "text/html; charset=utf-8", std::string{page_html()}};
    return problem(404, "nothing is served under this path");
  }
  if (!asked.is("POST")) return problem(405, "only GET, HEAD and POST are understood");

  const auto text = asked.body();
  if (text.empty() || text.size() > message::capacity || text.find_first_of("\r\n") != text.npos)
    return problem(400, "a message is one line of 1 to 103 bytes");
  if (path == "/all") {
    hub.post_all(text);
    return {kind::answer, 202, 0, {}, {}};
  }
  const auto id = id_after("/to/", path);
  if (!id || !hub.post(*id, text, arrived)) return problem(404, "nobody waits under this number");
  return {kind::answer, 202, 0, {}, {}};
}

/// An answer or a problem as HTTP.
inline void append_reply(std::string& out, const reply& said, aside::http::framing how) {
  if (said.what == reply::kind::problem)
    aside::http::append_problem(out, said.status, said.text, how);
  else
    aside::http::append(out, said.status, said.type, said.text, how);
}

}  // namespace aside_app
