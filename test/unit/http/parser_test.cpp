#include <aside/http/parser.hpp>

#include "transcript.hpp"

#include <gtest/gtest.h>

#include <utility>

namespace aside_test {

namespace {

using aside::http::limits;
using aside::http::parser;
using lines = std::vector<std::string>;

// Checks the outcome for the input as a whole, cut in two at every place, and byte by byte.
void expect(std::string_view input, lines const& wanted, limits const& rules = {}) {
  EXPECT_EQ(transcript(input, rules), wanted) << "whole: " << input.substr(0, 300);
  EXPECT_EQ(transcript(pieces_of(input, 1), rules), wanted) << "bytes: " << input.substr(0, 300);
  const std::size_t step = input.size() > 4000 ? 97 : 1;
  for (std::size_t cut = 1; cut < input.size(); cut += step) {
    ASSERT_EQ(transcript({input.substr(0, cut), input.substr(cut)}, rules), wanted)
        << "cut at " << cut << ": " << input.substr(0, 300);
  }
}

std::string get(std::string_view fields) {
  return "GET / HTTP/1.1\r\nHost: a\r\n" + std::string(fields) + "\r\n";
}

std::string post(std::string_view fields, std::string_view body) {
  return "POST / HTTP/1.1\r\nHost: a\r\n" + std::string(fields) + "\r\n" + std::string(body);
}

struct sample {
  const char* name;
  std::string input;
  lines wanted;
};

class parser_samples : public ::testing::TestWithParam<sample> {};

TEST_P(parser_samples, same_for_every_cut) { expect(GetParam().input, GetParam().wanted); }

std::string name_of(::testing::TestParamInfo<sample> const& info) { return info.param.name; }

using namespace std::string_literals;

INSTANTIATE_TEST_SUITE_P(
    accepted, parser_samples,
    ::testing::Values(
        sample{"get", get(""), {"GET / 1.1|Host=a|body=", "idle"}},
        sample{"target_with_query",
               "GET /a%20b?c=d&e HTTP/1.1\r\nHost: a:80\r\n\r\n",
               {"GET /a%20b?c=d&e 1.1|Host=a:80|body=", "idle"}},
        sample{"absolute_form",
               "GET http://b/x HTTP/1.1\r\nHost: a\r\n\r\n",
               {"GET http://b/x 1.1|Host=a|body=", "idle"}},
        sample{"asterisk_form",
               "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
               {"OPTIONS * 1.1|Host=a|body=", "idle"}},
        sample{"empty_value", get("X:\r\n"), {"GET / 1.1|Host=a|X=|body=", "idle"}},
        sample{"blanks_around_value",
               get("X: \t a b \t \r\n"),
               {"GET / 1.1|Host=a|X=a b|body=", "idle"}},
        sample{"bytes_above_127",
               get("X: \xc3\xa9\r\n"),
               {"GET / 1.1|Host=a|X=\xc3\xa9|body=", "idle"}},
        sample{"line_ends_in_front", "\r\n\r\n" + get(""), {"GET / 1.1|Host=a|body=", "idle"}},
        sample{"line_ends_only", "\r\n\r\n", {"idle"}}, sample{"nothing", "", {"idle"}},
        sample{"http_1_0_without_host", "GET / HTTP/1.0\r\n\r\n", {"GET / 1.0|body=", "closed"}},
        sample{"http_1_0_keep_alive",
               "GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n",
               {"GET / 1.0|Connection=Keep-Alive|body=", "idle"}},
        sample{"close_ends_it",
               get("Connection: close\r\n") + get(""),
               {"GET / 1.1|Host=a|Connection=close|body=", "closed"}},
        sample{"close_among_others",
               get("Connection: x, Close\r\n") + get(""),
               {"GET / 1.1|Host=a|Connection=x, Close|body=", "closed"}},
        sample{"content_length",
               post("Content-Length: 3\r\n", "abc"),
               {"POST / 1.1|Host=a|Content-Length=3|body=abc", "idle"}},
        sample{"content_length_zero",
               post("Content-Length: 0\r\n", ""),
               {"POST / 1.1|Host=a|Content-Length=0|body=", "idle"}},
        sample{"body_with_get",
               get("Content-Length: 1\r\n") + "x",
               {"GET / 1.1|Host=a|Content-Length=1|body=x", "idle"}},
        sample{"chunked",
               post("Transfer-Encoding: chunked\r\n", "3\r\nabc\r\nA\r\n0123456789\r\n0\r\n\r\n"),
               {"POST / 1.1|Host=a|Transfer-Encoding=chunked|body=abc0123456789", "idle"}},
        sample{"chunked_in_capitals",
               post("Transfer-Encoding: CHUNKED\r\n", "0\r\n\r\n"),
               {"POST / 1.1|Host=a|Transfer-Encoding=CHUNKED|body=", "idle"}},
        sample{"chunk_extension_and_trailer",
               post("Transfer-Encoding: chunked\r\n", "1;a=\"b\"\r\nx\r\n0\r\nHost: evil\r\n\r\n"),
               {"POST / 1.1|Host=a|Transfer-Encoding=chunked|body=x", "idle"}},
        sample{
            "expect_continue",
            post("Content-Length: 1\r\nExpect: 100-Continue\r\n", "x"),
            {"continue?", "POST / 1.1|Host=a|Content-Length=1|Expect=100-Continue|body=x", "idle"}},
        sample{"expect_without_body",
               get("Expect: 100-continue\r\n"),
               {"GET / 1.1|Host=a|Expect=100-continue|body=", "idle"}},
        sample{"expect_in_1_0_ignored",
               "POST / HTTP/1.0\r\nExpect: magic\r\nContent-Length: 1\r\n\r\nx",
               {"POST / 1.0|Expect=magic|Content-Length=1|body=x", "closed"}},
        sample{"upgrade_ignored",
               get("Upgrade: websocket\r\nConnection: upgrade\r\n") + get(""),
               {"GET / 1.1|Host=a|Upgrade=websocket|Connection=upgrade|body=",
                "GET / 1.1|Host=a|body=", "idle"}},
        sample{"upgrade_with_body",
               post("Upgrade: h2c\r\nConnection: upgrade\r\nContent-Length: 2\r\n", "hi") + get(""),
               {"POST / 1.1|Host=a|Upgrade=h2c|Connection=upgrade|Content-Length=2|body=hi",
                "GET / 1.1|Host=a|body=", "idle"}},
        sample{"pipelined",
               get("") + post("Content-Length: 2\r\n", "hi") +
                   post("Transfer-Encoding: chunked\r\n", "1\r\nx\r\n0\r\n\r\n") + get("X: y\r\n"),
               {"GET / 1.1|Host=a|body=", "POST / 1.1|Host=a|Content-Length=2|body=hi",
                "POST / 1.1|Host=a|Transfer-Encoding=chunked|body=x",
                "GET / 1.1|Host=a|X=y|body=", "idle"}},
        sample{"unfinished_line", "GET / HT", {"in head"}},
        sample{"unfinished_fields", "GET / HTTP/1.1\r\nHost: a\r\nX", {"in head"}},
        sample{"unfinished_body", post("Content-Length: 9\r\n", "abc"), {"in body"}}),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    refused, parser_samples,
    ::testing::Values(
        // The hostile inputs that differ between parsers in the field.
        sample{
            "bare_cr_smuggling", get("X-Abc: \rxTransfer-Encoding: chunked\r\n"), {"failed 400"}},
        sample{"blank_before_colon", "GET / HTTP/1.1\r\nHost : a\r\n\r\n", {"failed 400"}},
        sample{"chunk_without_crlf",
               post("Transfer-Encoding: chunked\r\n", "1\r\nxy\r\n0\r\n\r\n"),
               {"failed 400"}},
        sample{"length_then_encoding",
               post("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"),
               {"failed 400"}},
        sample{"encoding_then_length",
               post("Transfer-Encoding: chunked\r\nContent-Length: 3\r\n", "0\r\n\r\n"),
               {"failed 400"}},
        sample{"two_lengths",
               post("Content-Length: 3\r\nContent-Length: 4\r\n", "abc"),
               {"failed 400"}},
        sample{"same_length_twice",
               post("Content-Length: 3\r\nContent-Length: 3\r\n", "abc"),
               {"failed 400"}},
        sample{"length_list", post("Content-Length: 3, 3\r\n", "abc"), {"failed 400"}},
        sample{"length_with_sign", post("Content-Length: +5\r\n", "abcde"), {"failed 400"}},
        sample{"negative_length", post("Content-Length: -1\r\n", ""), {"failed 400"}},
        sample{"length_in_hex", post("Content-Length: 0x3\r\n", "abc"), {"failed 400"}},
        sample{"empty_length", post("Content-Length:\r\n", ""), {"failed 400"}},
        sample{"length_overflow",
               post("Content-Length: 18446744073709551617\r\n", "x"),
               {"failed 400"}},
        sample{"bare_lf_lines", "GET / HTTP/1.1\nHost: a\n\n", {"failed 400"}},
        sample{"bare_lf_after_field", "GET / HTTP/1.1\r\nHost: a\n\r\n", {"failed 400"}},
        sample{"chunk_extension_with_lf",
               post("Transfer-Encoding: chunked\r\n", "1;a\nb\r\nx\r\n0\r\n\r\n"),
               {"failed 400"}},
        sample{"chunk_size_with_blank",
               post("Transfer-Encoding: chunked\r\n", "1 \r\nx\r\n0\r\n\r\n"),
               {"failed 400"}},
        sample{"chunk_size_with_prefix",
               post("Transfer-Encoding: chunked\r\n", "0x1\r\nx\r\n0\r\n\r\n"),
               {"failed 400"}},
        sample{
            "unknown_coding", post("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n"), {"failed 501"}},
        sample{"known_coding_first",
               post("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n"),
               {"failed 501"}},
        sample{"identity_coding", post("Transfer-Encoding: identity\r\n", "x"), {"failed 501"}},
        sample{"coding_in_two_fields",
               post("Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"),
               {"failed 501"}},
        sample{"vertical_tab_coding",
               post("Transfer-Encoding: \x0b"
                    "chunked\r\n",
                    "0\r\n\r\n"),
               {"failed 400"}},
        sample{"encoding_in_1_0",
               "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
               {"failed 400"}},
        sample{"folded_line", get("X: a\r\n b\r\n"), {"failed 400"}},
        sample{"folded_by_tab", get("X: a\r\n\tb\r\n"), {"failed 400"}},
        sample{"folded_to_nothing", get("X: a\r\n \r\n"), {"failed 400"}},
        sample{"length_folded_into_host",
               "POST / HTTP/1.1\r\nHost: a\r\n Content-Length: 3\r\n\r\nabc",
               {"failed 400"}},
        sample{"blank_before_first_field", "GET / HTTP/1.1\r\n Host: a\r\n\r\n", {"failed 400"}},
        sample{"no_host", "GET / HTTP/1.1\r\n\r\n", {"failed 400"}},
        sample{"two_hosts", get("Host: a\r\n"), {"failed 400"}},
        sample{"two_hosts_in_1_0", "GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n", {"failed 400"}},
        sample{"empty_host", "GET / HTTP/1.1\r\nHost:\r\n\r\n", {"failed 400"}},
        sample{"host_list", "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n", {"failed 400"}},
        sample{"host_with_path", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", {"failed 400"}},
        sample{"host_with_user", "GET / HTTP/1.1\r\nHost: u@a\r\n\r\n", {"failed 400"}},
        sample{"nul_in_value", get("X: a\0b\r\n"s), {"failed 400"}},
        sample{"escape_in_value", get("X: a\x1b[31m\r\n"), {"failed 400"}},
        sample{"delete_in_value", get("X: a\x7f\r\n"), {"failed 400"}},
        sample{"nul_in_name", get("X\0: a\r\n"s), {"failed 400"}},
        sample{"empty_name", get(": a\r\n"), {"failed 400"}},
        sample{"no_colon", get("X\r\n"), {"failed 400"}},
        sample{"nul_in_target", "GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n"s, {"failed 400"}},
        sample{"high_byte_in_target", "GET /\xff HTTP/1.1\r\nHost: a\r\n\r\n", {"failed 400"}},
        sample{"connect", "CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n", {"failed 501"}},
        sample{"unknown_expectation", get("Expect: magic\r\n"), {"failed 417"}},
        sample{"unknown_method", "BREW / HTTP/1.1\r\nHost: a\r\n\r\n", {"failed 400"}},
        sample{"method_in_lower_case", "get / HTTP/1.1\r\nHost: a\r\n\r\n", {"failed 400"}},
        sample{"http_0_9", "GET /\r\n\r\n", {"failed 400"}},
        sample{"http_2_preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", {"failed 505"}},
        sample{"http_2_0", "GET / HTTP/2.0\r\nHost: a\r\n\r\n", {"failed 505"}},
        sample{"http_1_2", "GET / HTTP/1.2\r\nHost: a\r\n\r\n", {"failed 505"}},
        sample{"other_protocol", "GET / RTSP/1.0\r\n\r\n", {"failed 400"}},
        sample{"source_protocol", "SOURCE / ICE/1.0\r\n\r\n", {"failed 400"}},
        sample{"bare_line_feeds_before", "\n\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", {"failed 400"}},
        sample{"bare_return_before", "\rGET / HTTP/1.1\r\nHost: a\r\n\r\n", {"failed 400"}},
        sample{"two_returns_before", "\r\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", {"failed 400"}},
        sample{"fragment_in_target", "GET /a#b?c HTTP/1.1\r\nHost: a\r\n\r\n", {"failed 400"}},
        sample{"blanks_in_request_line", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n", {"failed 400"}},
        sample{"blanks_before_protocol", "GET /  HTTP/1.1\r\nHost: a\r\n\r\n", {"failed 400"}},
        sample{"blank_after_version", "GET / HTTP/1.1 \r\nHost: a\r\n\r\n", {"failed 505"}},
        sample{"tls_hello", "\x16\x03\x01\x02\x00\x01"s, {"failed 400"}},
        sample{"failure_after_a_message",
               get("") + "nonsense\r\n\r\n",
               {"GET / 1.1|Host=a|body=", "failed 400"}}),
    name_of);

std::string fields(std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i != count; ++i)
    text += "X: y\r\n";
  return text;
}

TEST(parser_limits, header_count) {
  const auto head = [](std::size_t n) {
    return "GET / HTTP/1.1\r\nHost: a\r\n" + fields(n - 1) + "\r\n";
  };
  EXPECT_EQ(transcript(head(100)).back(), "idle");
  expect(head(101), {"failed 431"});
  expect(head(4), {"failed 431"}, limits().header_count(3));
}

TEST(parser_limits, header_bytes_to_the_byte) {
  const auto input = get("X: 0123456789\r\n");
  expect(input, {"GET / 1.1|Host=a|X=0123456789|body=", "idle"},
         limits().header_bytes(input.size()));
  expect(input, {"failed 431"}, limits().header_bytes(input.size() - 1));
  const auto large = get("X: " + std::string(16 * 1024, 'x') + "\r\n");
  expect(large, {"failed 431"});
}

TEST(parser_limits, header_bytes_count_blanks_and_line_ends) {
  expect("GET / HTTP/1.1\r\nHost:" + std::string(200, ' ') + "a\r\n\r\n", {"failed 431"},
         limits().header_bytes(100));
  std::string line_ends;
  for (int i = 0; i != 100; ++i)
    line_ends += "\r\n";
  expect(line_ends + get(""), {"failed 431"}, limits().header_bytes(100));
}

TEST(parser_limits, target_to_the_byte) {
  const auto with = [](std::size_t n) {
    return "GET /" + std::string(n - 1, 'x') + " HTTP/1.1\r\nHost: a\r\n\r\n";
  };
  EXPECT_EQ(transcript(with(8 * 1024)).back(), "idle");
  EXPECT_EQ(transcript(with(8 * 1024 + 1)), lines{"failed 414"});
  const auto small = limits().target_bytes(20);
  EXPECT_EQ(transcript(with(20), small).back(), "idle");
  expect(with(21), {"failed 414"}, small);
  expect("GET /" + std::string(30, 'x') + "\x01 HTTP/1.1\r\n", {"failed 414"}, small);
  expect("GET /" + std::string(10, 'x') + "\x01 HTTP/1.1\r\n", {"failed 400"}, small);
}

TEST(parser_limits, body_by_length) {
  const auto small = limits().body_bytes(4);
  EXPECT_EQ(transcript(post("Content-Length: 4\r\n", "abcd"), small).back(), "idle");
  expect(post("Content-Length: 5\r\n", ""), {"failed 413"}, small);
  EXPECT_EQ(transcript(post("Content-Length: 1048577\r\n", "")), lines{"failed 413"});
}

TEST(parser_limits, body_by_chunks) {
  const auto small = limits().body_bytes(4);
  const auto chunked = [](std::string_view body) {
    return post("Transfer-Encoding: chunked\r\n", body);
  };
  EXPECT_EQ(transcript(chunked("2\r\nab\r\n2\r\ncd\r\n0\r\n\r\n"), small).back(), "idle");
  expect(chunked("2\r\nab\r\n3\r\ncde\r\n0\r\n\r\n"), {"failed 413"}, small);
  expect(chunked("FFFFFFFFFFFFFFFF\r\n"), {"failed 413"}, small);
  expect(chunked("FFFFFFFFFFFFFFFFF\r\n"), {"failed 400"}, small);
}

TEST(parser_limits, chunk_framing) {
  const auto small = limits().body_bytes(4).header_bytes(100);
  const auto chunked = [](std::string const& body) {
    return post("Transfer-Encoding: chunked\r\n", body);
  };
  expect(chunked("1;" + std::string(200, 'x') + "\r\na\r\n0\r\n\r\n"), {"failed 413"}, small);
  expect(chunked("1\r\na\r\n0\r\n" + fields(40) + "\r\n"), {"failed 413"}, small);
  expect(chunked("1;" + std::string(200, 'x') + "\x01\r\na\r\n0\r\n\r\n"), {"failed 413"}, small);
}

TEST(parser, says_how_much_it_took) {
  parser p;
  const auto first = get("");
  const auto got = p.feed(first + "GET /second");
  EXPECT_TRUE(got.is(parser::message));
  EXPECT_EQ(got.consumed(), first.size());
  EXPECT_TRUE(p.idle());
  const auto rest = p.feed("GET /second");
  EXPECT_TRUE(rest.is(parser::need_more));
  EXPECT_EQ(rest.consumed(), 11U);
  EXPECT_FALSE(p.idle());
}

TEST(parser, stays_failed) {
  parser p;
  EXPECT_TRUE(p.feed("\x01").is(parser::failed));
  const auto again = p.feed(get(""));
  EXPECT_TRUE(again.is(parser::failed));
  EXPECT_EQ(again.consumed(), 0U);
  EXPECT_EQ(p.error().status(), 400);
  EXPECT_FALSE(p.error().reason().empty());
  EXPECT_FALSE(p.idle());
}

TEST(parser, knows_which_part_it_waits_for) {
  parser p;
  EXPECT_TRUE(p.idle());
  EXPECT_TRUE(p.feed("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n").is(parser::need_more));
  EXPECT_FALSE(p.idle());
  EXPECT_FALSE(p.in_body());
  EXPECT_TRUE(p.feed("\r\n").is(parser::need_more));
  EXPECT_TRUE(p.in_body());
  EXPECT_TRUE(p.feed("ab").is(parser::message));
  EXPECT_FALSE(p.in_body());
  EXPECT_TRUE(p.idle());
}

TEST(parser, moves_and_lets_requests_be_moved_out) {
  parser p;
  EXPECT_TRUE(
      p.feed("POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\na").is(parser::need_more));
  parser q(std::move(p));
  EXPECT_TRUE(q.feed("b").is(parser::message));
  const auto kept = std::move(q.request());
  EXPECT_TRUE(q.feed(get("")).is(parser::message));
  EXPECT_EQ(kept.body(), "ab");
  EXPECT_EQ(q.request().path(), "/");
}

TEST(parser, takes_bytes_too) {
  const auto text = get("");
  parser p;
  EXPECT_TRUE(p.feed(std::as_bytes(std::span(text))).is(parser::message));
  EXPECT_TRUE(p.feed(std::span<std::byte const>()).is(parser::need_more));
}

TEST(parser, names_what_is_wrong) {
  const auto reason = [](std::string_view input) {
    parser p;
    EXPECT_TRUE(p.feed(input).is(parser::failed));
    return std::string(p.error().reason());
  };
  EXPECT_NE(reason(get("X: a\r\n b\r\n")).find("folded"), std::string::npos);
  EXPECT_NE(reason("GET / HTTP/1.1\r\n\r\n").find("no Host"), std::string::npos);
  EXPECT_NE(reason(get("Host: b\r\n")).find("more than one Host"), std::string::npos);
}

}  // namespace

}  // namespace aside_test
