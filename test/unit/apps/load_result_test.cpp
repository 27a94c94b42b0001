#include "swarm/load/result.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include <string>

#include "swarm/load/sources.hpp"

namespace aside_test {
namespace {

using namespace std::chrono_literals;
using namespace aside_app::load;
using aside_app::exit_code;
using aside_app::histogram;

report good_report() {
  report one;
  one.phase = "done";
  one.engine = "epoll";
  one.workers = 1;
  one.busy = 10;
  one.sent = one.answered = one.arrived = 1000;
  one.measured_seconds = 2;
  one.processor_seconds = 0.5;
  histogram latency;
  for (int i = 1; i <= 1000; ++i)
    latency.record(i * 1us);
  one.latency = latency.filled();
  one.late = latency.filled();
  return one;
}

struct result_of : result {
  result_of(const aside_app::load::options& asked, const report& one) : result{asked} {
    idle_share = 0.5;
    add(one);
  }
};

bool says(const std::string& text, std::string_view word) {
  return text.find(word) != std::string::npos;
}

TEST(load_result, reports_survive_the_pipe) {
  const auto sent = good_report();
  const auto got = report_from(to_line(sent));
  ASSERT_TRUE(got);
  EXPECT_EQ(to_line(*got), to_line(sent));
  EXPECT_EQ(got->latency, sent.latency);
  EXPECT_FALSE(report_from("no json"));
}

TEST(load_result, adds_processes_up) {
  options asked;
  asked.processes = 2;
  result found{asked};
  auto one = good_report();
  found.add(one);
  one.processor_seconds = 1;
  found.add(one);
  EXPECT_EQ(found.sum.answered, 2000u);
  EXPECT_EQ(found.latency.count(), 2000u);
  EXPECT_DOUBLE_EQ(found.messages_per_second(), 1000);
  EXPECT_DOUBLE_EQ(found.processor_share, 0.5);
  EXPECT_TRUE(found.good());
  EXPECT_EQ(found.code(), exit_code::ok);
}

TEST(load_result, is_not_good_when_anything_is_missing) {
  const options asked;
  const auto with = [&](auto change) {
    auto one = good_report();
    change(one);
    const auto found = result_of(asked, one);
    EXPECT_FALSE(found.good());
    EXPECT_EQ(found.code(), exit_code::failed);
    return found.complaint();
  };
  EXPECT_TRUE(says(with([](report& r) { r.answered = 997; }), "3 messages got no answer"));
  EXPECT_TRUE(says(with([](report& r) { r.unsent = 5; }), "5 messages could not be sent"));
  EXPECT_TRUE(says(with([](report& r) {
                     r.mishaps[static_cast<std::size_t>(mishap::reset)] = 2;
                     r.first = "recv failed";
                   }),
                   "2 connections were reset by the server (the first: recv failed)"));
  EXPECT_TRUE(says(with([](report& r) {
                     r.answered = 990;
                     r.refusals = 10;
                     r.mishaps[static_cast<std::size_t>(mishap::wrong_status)] = 10;
                   }),
                   "10 answers had another status than 200"));
}

TEST(load_result, refusals_are_answers_and_no_lost_connections) {
  auto one = good_report();
  one.answered = 990;
  one.refusals = 10;
  one.mishaps[static_cast<std::size_t>(mishap::wrong_status)] = 12;  // two in the warm-up
  const options asked;
  const auto found = result_of(asked, one);
  EXPECT_EQ(found.unanswered(), 0u);
  EXPECT_EQ(found.lost(), 0u);
}

TEST(load_result, says_when_its_processor_was_the_limit) {
  const options asked;
  auto one = good_report();
  EXPECT_EQ(result_of(asked, one).own_limit(), "");
  one.processor_seconds = 1.78;
  EXPECT_EQ(result_of(asked, one).own_limit(), "");
  one.processor_seconds = 1.82;
  auto found = result_of(asked, one);
  EXPECT_TRUE(says(found.own_limit(), "91 %"));
  EXPECT_TRUE(says(found.own_limit(), "--processes 2"));
  found.idle_share = 0;
  EXPECT_TRUE(says(found.own_limit(), "another one"));
  one.workers = 2;
  EXPECT_EQ(result_of(asked, one).own_limit(), "");
}

TEST(load_result, says_how_late_it_sent) {
  options asked;
  asked.rate = 100;
  auto one = good_report();
  EXPECT_EQ(result_of(asked, one).own_limit(), "");  // 99 % within 990 us
  histogram late;
  for (int i = 1; i <= 100; ++i)
    late.record(i * 100us);
  one.late = late.filled();
  EXPECT_TRUE(says(result_of(asked, one).own_limit(), "late"));
  EXPECT_TRUE(says(result_of(asked, one).own_limit(), "used 25 %"));
  EXPECT_FALSE(says(result_of(asked, one).own_limit(), "Try --processes"));
  one.processor_seconds = 1.2;
  EXPECT_TRUE(says(result_of(asked, one).own_limit(), "Try --processes 2"));
  asked.rate = 0;
  EXPECT_EQ(result_of(asked, one).own_limit(), "");
}

TEST(load_result, an_interruption_has_its_own_code) {
  const options asked;
  auto found = result_of(asked, good_report());
  found.signal = 2;
  EXPECT_EQ(found.code(), exit_code::interrupted);
}

TEST(load_result, json_and_lines) {
  options asked;
  asked.rate = 500;
  const auto found = result_of(asked, good_report());
  const auto json = nlohmann::json::parse(json_of(found));
  EXPECT_EQ(json["loop"], "open");
  EXPECT_EQ(json["messages"]["answered"], 1000);
  EXPECT_NEAR(json["latency_us"]["p99_9"].get<double>(), 999, 16);
  EXPECT_EQ(json["late_us"]["count"], 1000);
  EXPECT_EQ(json["swarm"]["was_the_limit"], false);
  EXPECT_EQ(json["errors"].size(), mishap_kinds - 1);
  bool has_percentile = false;
  for (const auto& line : lines_of(found)) {
    EXPECT_LE(line.substr(0, line.find('\n')).size(), 80u);
    has_percentile = has_percentile || says(line, "99.9 %");
  }
  EXPECT_TRUE(has_percentile);
}

std::string text_of(const result& found) {
  std::string all;
  for (const auto& line : lines_of(found))
    all += line + '\n';
  return all;
}

TEST(load_result, without_an_answer_has_counts_and_no_latency) {
  options asked;
  asked.rate = 500;
  auto one = good_report();
  one.sent = 4;
  one.unsent = 36;
  one.answered = one.arrived = 0;  // and what has waited is in `latency`
  const auto found = result_of(asked, one);
  const auto json = nlohmann::json::parse(json_of(found));
  EXPECT_EQ(json["messages"]["due"], 40);
  EXPECT_EQ(json["messages"]["unanswered"], 4);
  EXPECT_EQ(json["messages_per_second"], 0);
  EXPECT_EQ(json["latency_us"]["count"], 0);
  for (const char* share : {"p50", "p90", "p99", "p99_9", "max"})
    EXPECT_TRUE(json["latency_us"][share].is_null()) << share;
  EXPECT_EQ(json["late_us"]["count"], 1000);
  const auto text = text_of(found);
  EXPECT_TRUE(says(text, "none of 40 messages due in 2.0 s, of which 4 could be sent")) << text;
  EXPECT_TRUE(says(text, "latency       none")) << text;
  EXPECT_FALSE(says(text, "99.9 %")) << text;
  EXPECT_FALSE(says(text, "counted above")) << text;
}

TEST(load_result, of_which_no_answer_was_right_says_so) {
  const options asked;
  auto one = good_report();
  one.answered = 0;
  one.refusals = 1000;
  one.latency.clear();
  const auto found = result_of(asked, one);
  const auto json = nlohmann::json::parse(json_of(found));
  EXPECT_TRUE(json["messages"]["due"].is_null());
  EXPECT_TRUE(json["latency_us"]["p50"].is_null());
  EXPECT_TRUE(says(text_of(found), "none of 1,000 messages sent in 2.0 s; 1,000 had another"))
      << text_of(found);
}

TEST(load_result, without_a_message_says_so) {
  options asked;
  report idle;
  idle.workers = 1;
  idle.busy = 10;
  idle.measured_seconds = 2;
  EXPECT_TRUE(says(text_of(result_of(asked, idle)), "nothing: no message was sent in 2.0 s, after"))
      << text_of(result_of(asked, idle));
  asked.rate = 0.1;
  const auto found = result_of(asked, idle);
  EXPECT_TRUE(says(text_of(found), "nothing: no message was due in 2.0 s, after"));
  asked.warm_up = 0ms;
  EXPECT_FALSE(says(text_of(found), "after"));
  const auto json = nlohmann::json::parse(json_of(found));
  EXPECT_EQ(json["late_us"]["count"], 0);
  EXPECT_TRUE(json["late_us"]["p50"].is_null());
}

TEST(load_result, that_ended_in_the_warm_up_has_no_figures) {
  options asked;
  asked.rate = 100;
  report lost;
  lost.workers = 1;
  lost.busy = 4;
  lost.processor_seconds = 0.01;
  lost.mishaps[static_cast<std::size_t>(mishap::no_answer)] = 4;
  auto found = result_of(asked, lost);
  EXPECT_EQ(found.code(), exit_code::failed);
  EXPECT_EQ(found.own_limit(), "");
  const auto json = nlohmann::json::parse(json_of(found));
  EXPECT_TRUE(json["messages_per_second"].is_null());
  EXPECT_TRUE(json["swarm"]["processor_share"].is_null());
  EXPECT_TRUE(says(text_of(found), "every connection was lost before the warm-up was over"));
  found.signal = 2;
  EXPECT_TRUE(says(text_of(found), "interrupted before the warm-up was over"));
}

TEST(load_sources, addresses_and_ranges) {
  std::vector<std::string> all;
  EXPECT_EQ(add_sources("127.0.0.2", all), "");
  EXPECT_EQ(add_sources("10.0.0.254-10.0.1.1", all), "");
  EXPECT_EQ(add_sources("::1", all), "");
  EXPECT_EQ(all, (std::vector<std::string>{"127.0.0.2", "10.0.0.254", "10.0.0.255", "10.0.1.0",
                                           "10.0.1.1", "::1"}));
  for (const char* wrong : {"", "localhost", "127.0.0.9-127.0.0.2", "127.0.0.1-", "1.2.3.4-::1",
                            "10.0.0.0-10.0.255.255", "0.0.0.0-255.255.255.255"})
    EXPECT_NE(add_sources(wrong, all), "") << wrong;
  EXPECT_EQ(all.size(), 6u);
}

}  // namespace
}  // namespace aside_test
