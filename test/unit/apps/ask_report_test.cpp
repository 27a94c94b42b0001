#include "ask/report.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "ask/result_json.hpp"
#include "text/number.hpp"

namespace aside_test {
namespace {

using namespace aside_app::ask;

/// A program about which there is everything to say: threads and tasks that wait for three things,
/// queues, peers, places, records that were lost, and somebody who was left behind.
measurement ran() {
  measurement found;
  found.command = "program";
  found.wall = 2;
  found.cpu = 0.2;
  found.cores = 2;
  found.exact = true;
  found.sweeps = 200;
  found.switches = 100;
  found.thread_count = 64;
  found.process_count = 1;
  found.end = ending::time_was_up;
  found.lost = 7;
  found.left_behind = {17};
  found.tasks.seconds = 2;
  found.tasks.waiting = 500;
  found.peers = {"10.0.0.5:5432", "10.0.0.6:5432"};
  for (int i = 0; i < 20; ++i) {
    stretch piece;
    piece.length = 0.1;
    piece.running = piece.some_ran = 0.01;
    piece.queued = 0.005;
    piece.some_waited = 0.09;
    piece.waiting[index_of(cause::network)] = 4.5;
    piece.held_up[index_of(cause::network)] = 0.05;
    piece.held_up[index_of(cause::disk)] = 0.02;
    piece.held_up[index_of(cause::timer)] = 0.02;
    found.stretches.add(piece);
  }
  for (int i = 0; i < 1'000; ++i)
    found.waits.add(cause::network, 90'000'000);
  return found;
}

waiting_place place_named(const std::string& function) {
  waiting_place made;
  made.why = cause::network;
  made.function = function;
  made.source = "fetch.cpp";
  made.line = 12;
  made.share = 1;
  return made;
}

std::vector<std::string> lines_of(const measurement& found) {
  const auto given = judge(found);
  return report_of(given, found, estimates_for(given, found, {}), {});
}

std::string line_with(const std::vector<std::string>& lines, const std::string& text) {
  const auto found = std::find_if(lines.begin(), lines.end(), [&](const std::string& each) {
    return each.find(text) != std::string::npos;
  });
  return found == lines.end() ? std::string{} : *found;
}

TEST(ask_report, however_much_there_is_to_say_fifteen_lines_say_it) {
  auto found = ran();
  found.places = {place_named("fetch_all")};
  const auto lines = lines_of(found);
  EXPECT_LE(lines.size(), 15u);
  for (const char* each : {"waiting: ", "  cpu ", "  network ", "Inside, on average", "It left",
                           "The time was up", "records of switches were lost", "exact; 64 threads"})
    EXPECT_NE(line_with(lines, each), "") << each;
  EXPECT_EQ(line_with(lines, "  timer "), "") << "the smallest of them is left out";
}

TEST(ask_report, with_little_to_say_nothing_is_left_out) {
  auto found = ran();
  found.end = ending::exited;
  found.lost = 0;
  found.left_behind.clear();
  found.tasks = {};
  found.places = {place_named("fetch_all")};
  const auto lines = lines_of(found);
  EXPECT_LE(lines.size(), 15u);
  EXPECT_NE(line_with(lines, "  timer "), "");
  EXPECT_NE(line_with(lines, "-> 10.0.0.5:5432 and 1 more"), "");
  EXPECT_NE(line_with(lines, "near fetch_all (fetch.cpp:12)"), "");
}

TEST(ask_report, names_of_others_do_not_command_the_terminal) {
  auto found = ran();
  found.lost = 0;
  found.left_behind.clear();
  found.tasks = {};
  found.places = {place_named("evil\033[2Jname\n")};
  const auto lines = lines_of(found);
  EXPECT_NE(line_with(lines, "near evil?[2Jname? (fetch.cpp:12)"), "");
  for (const auto& each : lines)
    EXPECT_EQ(each.find_first_of("\033\n"), std::string::npos) << each;
}

TEST(ask_report, short_waits_are_said_beside_the_bar_that_shows_them) {
  auto found = ran();
  found.waits.add_short(cause::network, {100'000, 40, 0.016});
  EXPECT_NE(line_with(lines_of(found), "1,000 waits, 90.0 ms each; 100,000 waits of less than 1 ms"),
            "");
  found.waits = {};
  found.waits.add_short(cause::network, {100'000, 40, 0.016});
  EXPECT_NE(line_with(lines_of(found), " 100,000 waits of less than 1 ms"), "");
}

TEST(ask_report, peers_do_not_command_the_terminal_either) {
  auto found = ran();
  found.lost = 0;
  found.left_behind.clear();
  found.tasks = {};
  found.peers = {"@evil\033[2J"};
  EXPECT_NE(line_with(lines_of(found), "-> @evil?[2J"), "");
}

TEST(ask_report, long_names_end_with_a_whole_letter) {
  auto found = ran();
  found.lost = 0;
  found.left_behind.clear();
  found.tasks = {};
  std::string name;
  for (int i = 0; i < 200; ++i)
    name += "ä";
  found.places = {place_named(name)};
  const auto line = line_with(lines_of(found), "near ");
  EXPECT_EQ(aside_app::columns_of(line), 80u);
  EXPECT_TRUE(line.ends_with("ä")) << line;
}

TEST(ask_report, what_json_promises_is_there) {
  const auto found = ran();
  const auto given = judge(found);
  const auto result = json_of(given, found, estimates_for(given, found, {}), {});
  const auto word = [](const nlohmann::json& from, const char* key) {
    return from.at(key).get<std::string>();
  };
  EXPECT_EQ(result.at("schema").get<int>(), 1);
  EXPECT_EQ(word(result.at("verdict"), "code"), given.code);
  EXPECT_EQ(word(result.at("verdict"), "advice"), given.advice);
  EXPECT_EQ(word(result.at("verdict"), "confidence"), name_of(given.how_sure));
  EXPECT_EQ(word(result, "mode"), "exact");
  EXPECT_EQ(result.at("waits").at("count").get<int>(), 1'000);
  EXPECT_EQ(word(result.at("waits"), "for"), "network");
  EXPECT_EQ(result.at("peers").size(), 2u);
  for (const auto& each : result.at("estimates"))
    EXPECT_TRUE(each.at("at_most").is_number()) << each;
}

}  // namespace
}  // namespace aside_test
