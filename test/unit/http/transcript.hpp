#pragma once

#include <aside/http/parser.hpp>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace aside_test {

// What a parser made of an input: one line per outcome. Requests are written out in full, so that
// equal transcripts mean equal results.
inline std::string describe(aside::http::request const& r) {
  std::string text(r.method());
  text.append(" ").append(r.target()).append(" 1.").append(std::to_string(r.version_minor()));
  for (std::size_t i = 0; i != r.headers().size(); ++i) {
    text.append("|").append(r.headers()[i].name()).append("=").append(r.headers()[i].value());
  }
  return text.append("|body=").append(r.body());
}

// Feeds `pieces` in order, as a connection would. Stops at the first failure.
inline std::vector<std::string> transcript(std::vector<std::string_view> const& pieces,
                                           aside::http::limits const& rules) {
  using aside::http::parser;
  std::vector<std::string> lines;
  parser p(rules);
  for (std::string_view rest : pieces) {
    for (;;) {
      // A copy of the exact size, so that address sanitizers see a read beyond the piece.
      const std::vector<char> piece(rest.begin(), rest.end());
      const auto got = p.feed(std::string_view(piece.data(), piece.size()));
      rest.remove_prefix(got.consumed());
      if (got.is(parser::need_more)) {
        if (!rest.empty()) lines.push_back("left bytes over");
        break;
      }
      if (got.is(parser::message)) lines.push_back(describe(p.request()));
      if (got.is(parser::continue_wanted)) lines.push_back("continue?");
      if (got.is(parser::failed)) {
        lines.push_back("failed " + std::to_string(p.error().status()));
        return lines;
      }
      if (got.is(parser::closed)) {
        lines.push_back("closed");
        return lines;
      }
    }
  }
  lines.push_back(p.idle() ? "idle" : p.in_body() ? "in body" : "in head");
  return lines;
}

inline std::vector<std::string> transcript(std::string_view input,
                                           aside::http::limits const& rules = {}) {
  return transcript(std::vector<std::string_view>{input}, rules);
}

// `input` in pieces of `size` bytes.
inline std::vector<std::string_view> pieces_of(std::string_view input, std::size_t size) {
  std::vector<std::string_view> pieces;
  for (std::size_t at = 0; at < input.size(); at += size)
    pieces.push_back(input.substr(at, size));
  return pieces;
}

}  // namespace aside_test
