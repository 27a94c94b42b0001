// The first two bytes choose limits and piece size, the rest is the input. Checked for every input:
// - the outcomes are the same whole and in pieces;
// - what is accepted keeps the rules (one Host, no control characters, one chunked coding, limits);
// - an accepted request, written out again, is accepted with the same meaning.
#include "../unit/http/transcript.hpp"

#include <aside/http/parser.hpp>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

namespace {

using namespace aside_test;
using aside::http::limits;
using aside::http::parser;
using aside::http::request;

[[noreturn]] void fail(const char* what, std::string const& detail) {
  std::fprintf(stderr, "%s\n%s\n", what, detail.c_str());
  std::abort();
}

std::string joined(std::vector<std::string> const& lines) {
  std::string text;
  for (auto const& line : lines)
    text.append(line).append("\n");
  return text;
}

std::string written_again(request const& r) {
  std::string text(r.method());
  text.append(" ").append(r.target()).append(" HTTP/1.").append(std::to_string(r.version_minor()));
  text.append("\r\n");
  for (std::size_t i = 0; i != r.headers().size(); ++i) {
    const auto line = r.headers()[i];
    if (aside::http::equal_ignoring_case(line.name(), "content-length")) continue;
    if (aside::http::equal_ignoring_case(line.name(), "transfer-encoding")) continue;
    text.append(line.name()).append(": ").append(line.value()).append("\r\n");
  }
  text.append("Content-Length: ").append(std::to_string(r.body().size())).append("\r\n\r\n");
  return text.append(r.body());
}

void check_rules(request const& r, limits const& rules) {
  const auto hosts = r.headers().count("host");
  if (hosts > 1 || (hosts == 0 && r.version_minor() == 1)) fail("Host", describe(r));
  if (r.headers().size() > rules.header_count()) fail("header count", describe(r));
  if (r.target().size() > rules.target_bytes()) fail("target size", describe(r));
  if (r.body().size() > rules.body_bytes()) fail("body size", describe(r));
  if (r.headers().count("transfer-encoding") != 0) {
    if (r.headers().count("content-length") != 0) fail("two framings", describe(r));
    if (!r.headers().has_token("transfer-encoding", "chunked")) fail("coding", describe(r));
  }
  for (char c : r.target()) {
    if (c <= ' ' || c == 0x7f) fail("target character", describe(r));
  }
  aside::http::headers again;
  for (std::size_t i = 0; i != r.headers().size(); ++i) {
    again.add(r.headers()[i].name(), r.headers()[i].value());
  }
}

void check_messages(std::string_view input, limits const& rules) {
  parser p(rules);
  for (;;) {
    const auto got = p.feed(input);
    input.remove_prefix(got.consumed());
    if (got.is(parser::continue_wanted)) continue;
    if (!got.is(parser::message)) return;
    check_rules(p.request(), rules);
    parser second;
    const auto text = written_again(p.request());
    auto again = second.feed(text);
    std::size_t used = again.consumed();
    if (again.is(parser::continue_wanted)) {
      again = second.feed(std::string_view(text).substr(used));
      used += again.consumed();
    }
    if (!again.is(parser::message) || used != text.size()) fail("not accepted again", text);
    if (second.request().method() != p.request().method() ||
        second.request().target() != p.request().target() ||
        second.request().body() != p.request().body()) {
      fail("another meaning", text);
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  limits rules;
  if ((data[0] & 1) != 0) rules.header_bytes(160).header_count(4).target_bytes(24).body_bytes(16);
  const std::string_view input(reinterpret_cast<const char*>(data) + 2, size - 2);
  const auto whole = transcript(input, rules);
  const auto pieces = transcript(pieces_of(input, data[1] % 64U + 1U), rules);
  if (whole != pieces) fail("cut matters", joined(whole) + "---\n" + joined(pieces));
  check_messages(input, rules);
  return 0;
}
