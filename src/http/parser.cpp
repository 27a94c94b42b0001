// Invariants
// - The engine is given at most the bytes that the limits still allow for the head, and pauses at
//   the end of the head and of the message: every refusal is decided at a place in the byte stream
//   and not at a place in the caller's buffers.
// - What the engine has consumed of a head is scanned right after (head_scan); its callbacks only
//   copy, count and pause. No exception crosses the engine: it is C.
// - `broken` and `over` are final.
#include <aside/http/parser.hpp>

#include "http/characters.hpp"
#include "http/head_rules.hpp"
#include "http/head_scan.hpp"

#include <llhttp.h>

#include <new>

namespace aside::inline ASIDE_ABI::http {

struct parser::state {
  enum phase { head, body, done, broken, over };

  explicit state(limits const& given) : rules(given) { restart(); }
  state(state const&) = delete;
  state& operator=(state const&) = delete;

  void restart();
  progress feed(std::string_view bytes);
  progress feed_head(std::string_view bytes);
  progress end_head(std::size_t consumed, std::string_view rest);
  progress feed_body(std::string_view bytes);
  progress end_message(std::size_t consumed);
  progress fail(std::size_t consumed, int status, std::string_view reason);
  progress fail_by_engine(std::size_t consumed);
  std::size_t run(std::string_view bytes);
  bool paused() const { return engine.error == HPE_PAUSED; }
  bool refused() const { return engine.error != HPE_OK && !paused(); }
  bool framing_too_large() const {
    return body_raw - body_used > rules.body_bytes() + rules.header_bytes();
  }

  static state& of(llhttp_t* e) { return *static_cast<state*>(e->data); }
  static int append(llhttp_t* e, std::string& to, const char* at, std::size_t n);
  static int on_method(llhttp_t* e, const char* at, std::size_t n);
  static int on_url(llhttp_t* e, const char* at, std::size_t n);
  static int on_field(llhttp_t* e, const char* at, std::size_t n);
  static int on_value(llhttp_t* e, const char* at, std::size_t n);
  static int on_value_complete(llhttp_t* e);
  static int on_chunk_header(llhttp_t* e);
  static int on_body(llhttp_t* e, const char* at, std::size_t n);
  static int on_pause(llhttp_t*) { return HPE_PAUSED; }
  static llhttp_settings_t const& callbacks();

  llhttp_t engine{};
  limits rules;
  http::request message;
  detail::head_scan scan;
  failure error{0, {}};
  std::string name;
  std::string value;
  std::size_t head_used = 0;
  std::size_t body_used = 0;
  std::size_t body_raw = 0;
  phase where = head;
  bool out_of_memory = false;
};

llhttp_settings_t const& parser::state::callbacks() {
  static const llhttp_settings_t all = [] {
    llhttp_settings_t s;
    llhttp_settings_init(&s);
    s.on_method = &state::on_method;
    s.on_url = &state::on_url;
    s.on_header_field = &state::on_field;
    s.on_header_value = &state::on_value;
    s.on_header_value_complete = &state::on_value_complete;
    s.on_headers_complete = &state::on_pause;
    s.on_chunk_header = &state::on_chunk_header;
    s.on_body = &state::on_body;
    s.on_message_complete = &state::on_pause;
    return s;
  }();
  return all;
}

int parser::state::append(llhttp_t* e, std::string& to, const char* at, std::size_t n) {
  try {
    to.append(at, n);
    return 0;
  } catch (std::bad_alloc const&) {
    of(e).out_of_memory = true;
    return HPE_USER;
  }
}

int parser::state::on_method(llhttp_t* e, const char* at, std::size_t n) {
  return append(e, of(e).message.method_, at, n);
}

int parser::state::on_url(llhttp_t* e, const char* at, std::size_t n) {
  return append(e, of(e).message.target_, at, n);
}

int parser::state::on_field(llhttp_t* e, const char* at, std::size_t n) {
  return of(e).where == head ? append(e, of(e).name, at, n) : 0;
}

int parser::state::on_value(llhttp_t* e, const char* at, std::size_t n) {
  return of(e).where == head ? append(e, of(e).value, at, n) : 0;
}

int parser::state::on_value_complete(llhttp_t* e) {
  state& s = of(e);
  if (s.where != head) return 0;
  if (s.name.empty()) {
    s.error = {400, "header field without a name"};
    return HPE_USER;
  }
  if (s.message.headers_.size() == s.rules.header_count()) {
    s.error = {431, "more header fields than this server accepts"};
    return HPE_USER;
  }
  try {
    s.message.headers_.append_unchecked(s.name, detail::trim_blanks(s.value));
  } catch (std::bad_alloc const&) {
    s.out_of_memory = true;
    return HPE_USER;
  }
  s.name.clear();
  s.value.clear();
  return 0;
}

int parser::state::on_chunk_header(llhttp_t* e) {
  state& s = of(e);
  if (e->content_length <= s.rules.body_bytes() - s.body_used) return 0;
  s.error = {413, "body larger than this server accepts"};
  return HPE_USER;
}

int parser::state::on_body(llhttp_t* e, const char* at, std::size_t n) {
  of(e).body_used += n;
  return append(e, of(e).message.body_, at, n);
}

void parser::state::restart() {
  llhttp_init(&engine, HTTP_REQUEST, &callbacks());
  engine.data = this;
  message.clear();
  scan = {};
  name.clear();
  value.clear();
  head_used = 0;
  body_used = 0;
  body_raw = 0;
  where = head;
}

// Gives `bytes` to the engine and says how many it took.
std::size_t parser::state::run(std::string_view bytes) {
  llhttp_resume(&engine);
  const auto result = llhttp_execute(&engine, bytes.data(), bytes.size());
  if (out_of_memory) throw std::bad_alloc();
  if (result == HPE_OK) return bytes.size();
  return static_cast<std::size_t>(llhttp_get_error_pos(&engine) - bytes.data());
}

parser::progress parser::state::fail(std::size_t consumed, int status, std::string_view reason) {
  error = {status, reason};
  where = broken;
  return {consumed, failed};
}

parser::progress parser::state::fail_by_engine(std::size_t consumed) {
  if (error.status() != 0) return fail(consumed, error.status(), error.reason());
  const auto code = llhttp_get_errno(&engine);
  if (code == HPE_INVALID_VERSION || code == HPE_PAUSED_H2_UPGRADE) {
    return fail(consumed, 505, "only HTTP/1.1 and HTTP/1.0 are spoken here");
  }
  return fail(consumed, 400, llhttp_get_error_reason(&engine));
}

parser::progress parser::state::feed(std::string_view bytes) {
  if (where == broken) return {0, failed};
  if (where == over) return {0, closed};
  if (where == done) restart();
  return where == head ? feed_head(bytes) : feed_body(bytes);
}

parser::progress parser::state::feed_head(std::string_view bytes) {
  if (bytes.empty()) return {0, need_more};
  const auto allowed = bytes.substr(0, rules.header_bytes() - head_used);
  const auto consumed = run(allowed);
  head_used += consumed;
  switch (scan.look(allowed.substr(0, consumed), rules.target_bytes())) {
    case detail::head_scan::target_too_long:
      return fail(consumed, 414, "request target longer than this server accepts");
    case detail::head_scan::not_http:
      return fail(consumed, 400, "malformed request line: expected METHOD SP TARGET SP HTTP/1.1");
    case detail::head_scan::folded:
      return fail(consumed, 400, "folded header line: send each field on one line");
    case detail::head_scan::fine:
      break;
  }
  if (paused()) return end_head(consumed, bytes.substr(consumed));
  if (refused()) return fail_by_engine(consumed);
  if (head_used == rules.header_bytes()) {
    return fail(consumed, 431, "header fields larger than this server accepts");
  }
  return {consumed, need_more};
}

parser::progress parser::state::end_head(std::size_t consumed, std::string_view rest) {
  if (engine.http_major != 1) {
    return fail(consumed, 505, "only HTTP/1.1 and HTTP/1.0 are spoken here");
  }
  message.version_minor_ = engine.http_minor;
  const auto length = (engine.flags & F_CONTENT_LENGTH) != 0 ? engine.content_length : 0;
  const failure f = detail::check_head(message, length, rules);
  if (f.status() != 0) return fail(consumed, f.status(), f.reason());
  engine.upgrade = 0;
  where = body;
  const bool has_body = length != 0 || (engine.flags & F_CHUNKED) != 0;
  if (has_body && message.version_minor_ == 1 && message.headers_.count("expect") != 0) {
    return {consumed, continue_wanted};
  }
  const progress p = feed_body(rest);
  return {consumed + p.consumed(), p.what()};
}

parser::progress parser::state::feed_body(std::string_view bytes) {
  const auto consumed = run(bytes);
  body_raw += consumed;
  if (framing_too_large()) {
    return fail(consumed, 413, "chunk framing larger than this server accepts");
  }
  if (paused()) return end_message(consumed);
  if (refused()) return fail_by_engine(consumed);
  return {consumed, need_more};
}

parser::progress parser::state::end_message(std::size_t consumed) {
  where = message.keep_alive() ? done : over;
  return {consumed, parser::message};
}

parser::parser(limits const& rules) : state_(new state(rules)) {}

parser::~parser() { delete state_; }

parser::progress parser::feed(std::span<std::byte const> bytes) {
  return feed(std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
}

parser::progress parser::feed(std::string_view text) { return state_->feed(text); }

http::request& parser::request() { return state_->message; }

parser::failure parser::error() const { return state_->error; }

bool parser::idle() const {
  return state_->where == state::done || state_->where == state::over ||
         (state_->where == state::head && !state_->scan.started());
}

bool parser::in_body() const { return state_->where == state::body; }

}  // namespace aside::inline ASIDE_ABI::http
