#include "demo/figures.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "demo/table.hpp"
#include "text/number.hpp"

namespace aside_test {
namespace {

using namespace aside_app;

demo_view measured(std::size_t connections) {
  demo_view view;
  view.asked = connections;
  view.has_tasks = true;
  view.has_threads = true;
  for (auto* side : {&view.tasks.so_far, &view.threads.so_far}) {
    side->connections = connections;
    side->user_bytes_per_connection = 700;
    side->kernel_bytes_per_connection = 9'000;
    side->wake_us = {40, 200, 900};
  }
  view.tasks.so_far.os_threads = 2;
  view.threads.so_far.os_threads = static_cast<unsigned>(connections) + 2;
  view.threads.so_far.user_bytes_per_connection = 13'000;
  view.threads.so_far.kernel_bytes_per_connection = 39'000;
  return view;
}

TEST(advice, many_waits_want_tasks) {
  const auto text = advice_for(measured(10'000));
  EXPECT_TRUE(text.starts_with("Use tasks")) << text;
  EXPECT_NE(text.find("423.0 MB more"), std::string::npos) << text;
}

TEST(advice, few_waits_are_fine_as_threads) {
  EXPECT_TRUE(advice_for(measured(200)).starts_with("Threads are fine at this size: 200"));
}

TEST(advice, too_few_threads_decide_it) {
  auto view = measured(10'000);
  view.threads.so_far.connections = 4'000;
  view.threads.so_far.os_threads = 4'002;
  EXPECT_NE(advice_for(view).find("only 4,002 threads"), std::string::npos);
}

TEST(advice, a_side_that_failed_decides_nothing) {
  auto view = measured(10'000);
  view.threads.so_far.connections = 300;
  view.threads.cut_short = "the server of threads ended before its time";
  EXPECT_TRUE(advice_for(view).starts_with("There is nothing to compare")) << advice_for(view);
}

TEST(advice, one_side_alone) {
  auto view = measured(10'000);
  view.has_threads = false;
  EXPECT_TRUE(advice_for(view).starts_with("Use tasks"));
  view.has_threads = true;
  view.has_tasks = false;
  EXPECT_FALSE(advice_for(view).empty());
}

TEST(result, has_every_promised_field) {
  auto view = measured(10'000);
  view.advice = "some advice";
  const auto result = nlohmann::json::parse(result_json(view));
  for (const auto* side : {&result, &result["as_threads"]})
    for (const auto* field :
         {"connections", "delivered", "worker_threads", "os_threads", "engine",
          "user_bytes_per_connection", "kernel_bytes_per_connection", "messages_per_second",
          "context_switches_per_second", "seconds_to_open", "idle_share"})
      EXPECT_TRUE(side->contains(field)) << field;
  EXPECT_EQ(result["wake_us"]["p999"], 900);
  EXPECT_EQ(result["advice"], "some advice");
}

TEST(result, says_what_was_cut_short_and_what_was_not_measured) {
  auto view = measured(10'000);
  view.tasks.so_far.idle_share = 0.0;
  view.threads.cut_short = "no thread";
  const auto result = nlohmann::json::parse(result_json(view));
  EXPECT_EQ(result["idle_share"], 0.0);
  EXPECT_FALSE(result.contains("cut_short"));
  EXPECT_TRUE(result["as_threads"]["idle_share"].is_null());
  EXPECT_EQ(result["as_threads"]["cut_short"], "no thread");
}

std::string lines_of(const demo_view& view, std::size_t columns = 80) {
  std::string all;
  for (const auto& line : table_of(view, {}, columns))
    all += line + "\n";
  return all;
}

TEST(table, no_idle_time_is_a_figure_too) {
  auto view = measured(10'000);
  view.tasks.so_far.idle_share = 0.0;
  EXPECT_NE(
      lines_of(view).find("processors idle                             0 %               -\n"),
      std::string::npos)
      << lines_of(view);
}

TEST(table, has_the_processor_time_of_a_message_and_the_engine) {
  auto view = measured(10'000);
  view.tasks.so_far.processor_us_per_message = 90;
  view.tasks.so_far.engine = "epoll";
  view.tasks.so_far.engine_reason = "io_uring was refused";
  const auto all = lines_of(view);
  EXPECT_NE(all.find("processor time, a message                 90 us"), std::string::npos) << all;
  EXPECT_NE(all.find("the engine of the tasks is epoll: io_uring was refused"), std::string::npos);
}

TEST(table, forty_columns_show_the_figures) {
  auto view = measured(10'000);
  for (auto* side : {&view.tasks.so_far, &view.threads.so_far}) {
    side->subscribers = 9'900;
    side->delivered = 9'900;
  }
  const auto all = lines_of(view, 40);
  EXPECT_NE(all.find("memory, own            700 B    13,000 B\n"), std::string::npos) << all;
  EXPECT_NE(all.find("last event             9,900       9,900\n"), std::string::npos) << all;
  for (const auto& line : table_of(view, {}, 40))
    EXPECT_LE(columns_of(line), 40u) << line;
}

TEST(table, marks_only_on_request) {
  const auto view = measured(10'000);
  for (const auto& line : table_of(view, {}))
    EXPECT_EQ(line.find('\033'), std::string::npos);
  const colours marks{"<b>", "<d>", "<g>", "<p>"};
  std::string all;
  for (const auto& line : table_of(view, marks))
    all += line + "\n";
  EXPECT_NE(all.find("<g>               2<p>          10,002"), std::string::npos) << all;
}

}  // namespace
}  // namespace aside_test
