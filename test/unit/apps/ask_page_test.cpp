#include "ask/page.hpp"

#include <gtest/gtest.h>

#include <string>

namespace aside_test {
namespace {

using namespace aside_app::ask;

std::size_t times(const std::string& text, std::string_view part) {
  std::size_t count = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size()))
    ++count;
  return count;
}

/// Everything that comes from outside tries to be markup.
measurement hostile() {
  measurement found;
  found.command = "echo </code><script>alert(1)</script> '\"&\033[2J";
  found.wall = 1;
  found.cores = 2;
  found.exact = true;
  stretch piece;
  piece.length = 0.05;
  piece.some_waited = 0.05;
  piece.waiting[index_of(cause::network)] = 0.05;
  piece.held_up[index_of(cause::network)] = 0.05;
  for (int i = 0; i < 20; ++i)
    found.stretches.add(piece);
  found.waits.add(cause::network, 50'000'000);
  found.peers = {"<script>peer"};
  waiting_place place;
  place.why = cause::network;
  place.function = "operator<<script>";
  place.source = "a<script>.cpp";
  place.share = 1;
  found.places = {place};
  thread_sum thread;
  thread.pid = thread.tid = 17;
  thread.life = 1;
  thread.waited[index_of(cause::network)] = 1;
  found.threads = {thread};
  found.thread_count = 1;
  return found;
}

std::string page_of_it(const measurement& found) {
  const auto given = judge(found);
  return page_of(given, found, estimates_for(given, found, {}));
}

TEST(ask_page, what_comes_from_outside_is_text) {
  const auto page = page_of_it(hostile());
  EXPECT_EQ(page.find("<script"), std::string::npos);
  EXPECT_EQ(page.find('\033'), std::string::npos);
  EXPECT_NE(page.find("&lt;script&gt;alert(1)"), std::string::npos);
  EXPECT_NE(page.find("operator&lt;&lt;script&gt;"), std::string::npos);
  EXPECT_EQ(escaped("a<b>&\"'"), "a&lt;b&gt;&amp;&quot;&#39;");
}

TEST(ask_page, needs_nothing_else_and_says_the_finding_first) {
  const auto page = page_of_it(hostile());
  EXPECT_TRUE(page.starts_with("<!doctype html>"));
  EXPECT_TRUE(page.ends_with("</html>\n"));
  for (const char* each : {"src=", "href=", "url(http", "@import"})
    EXPECT_EQ(page.find(each), std::string::npos) << each;
  EXPECT_EQ(times(page, "<svg"), times(page, "</svg>"));
  EXPECT_LT(page.find("<h1>waiting: "), page.find("<h2>"));
}

TEST(ask_page, prints_and_reads_without_colours) {
  const auto page = page_of_it(hostile());
  EXPECT_NE(page.find("@media print"), std::string::npos);
  // What waits and what queues differ by their patterns, and every kind is named in words.
  for (const char* each : {"fill:url(#lines)", "fill:url(#dots)", "id=\"lines\"", "id=\"dots\"",
                           "on a processor", "wants a processor", "waits outside the program"})
    EXPECT_NE(page.find(each), std::string::npos) << each;
}

TEST(ask_page, nothing_at_all_is_a_page_too) {
  const auto page = page_of_it({});
  EXPECT_NE(page.find("too short"), std::string::npos);
  EXPECT_EQ(page.find("nan"), std::string::npos);
  EXPECT_EQ(times(page, "<svg"), times(page, "</svg>"));
}

}  // namespace
}  // namespace aside_test
