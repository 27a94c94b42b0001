#include "demo/figures.hpp"

#include <cmath>
#include <nlohmann/json.hpp>

#include "text/number.hpp"

namespace aside_app {
namespace {

using nlohmann::ordered_json;

/// To so many decimals, so that JSON shows no more of them.
double rounded(double value, int decimals) {
  const double scale = std::pow(10.0, decimals);
  return std::round(value * scale) / scale;
}

long long whole(double value) { return std::llround(value); }

ordered_json percentiles_json(const percentiles& from) {
  return {{"p50", rounded(from.p50, 1)},
          {"p99", rounded(from.p99, 1)},
          {"p999", rounded(from.p999, 1)}};
}

ordered_json figures_json(const figures& from) {
  ordered_json to;
  to["connections"] = from.connections;
  to["subscribers"] = from.subscribers;
  to["delivered"] = from.delivered;
  to["worker_threads"] = from.worker_threads;
  to["os_threads"] = from.os_threads;
  to["engine"] = from.engine;
  to["engine_reason"] = from.engine_reason;
  to["user_bytes_per_connection"] = whole(from.user_bytes_per_connection);
  to["user_bytes_per_connection_before_load"] = whole(from.user_bytes_per_connection_before_load);
  to["kernel_bytes_per_connection"] = whole(from.kernel_bytes_per_connection);
  to["messages_per_second"] = rounded(from.messages_per_second, 1);
  to["messages_sent"] = from.messages_sent;
  to["messages_received"] = from.messages_received;
  to["connections_lost"] = from.connections_lost;
  to["wake_us"] = percentiles_json(from.wake_us);
  to["latency_us"] = percentiles_json(from.latency_us);
  to["context_switches_per_second"] = whole(from.context_switches_per_second);
  to["processor_us_per_message"] = rounded(from.processor_us_per_message, 1);
  to["seconds_to_open"] = rounded(from.seconds_to_open, 3);
  to["idle_share"] = nullptr;
  if (from.idle_share) to["idle_share"] = rounded(*from.idle_share, 3);
  if (!from.note.empty()) to["note"] = from.note;
  return to;
}

ordered_json outcome_json(const side_view& from) {
  auto to = figures_json(from.so_far);
  if (!from.cut_short.empty()) to["cut_short"] = from.cut_short;
  return to;
}

ordered_json side_json(const side_view& from) {
  auto to = outcome_json(from);
  to["state"] = from.state;
  auto points = ordered_json::array();
  for (const auto& each : from.samples)
    points.push_back({rounded(each.seconds, 2), each.connections, rounded(each.megabytes, 2),
                      rounded(each.wake_p99_us, 1)});
  to["samples"] = std::move(points);
  return to;
}

double bytes_a_connection(const figures& from) {
  return from.user_bytes_per_connection + from.kernel_bytes_per_connection;
}

}  // namespace

std::string advice_for(const demo_view& view) {
  constexpr std::size_t small = 1'000;
  const auto& tasks = view.tasks.so_far;
  const auto& threads = view.threads.so_far;
  const auto count = grouped(std::uint64_t{view.asked});

  if (!view.threads.cut_short.empty() && threads.note.empty())
    return "There is nothing to compare: the side of threads was cut short. As tasks, " + count +
           " connections cost " + bytes_text(bytes_a_connection(tasks)) + " apiece.";
  if (view.has_threads && threads.connections < view.asked)
    return "Use tasks: this machine gave only " + grouped(std::uint64_t{threads.os_threads}) +
           " threads for " + count + " waiting connections.";
  if (view.asked <= small) {
    std::string text = "Threads are fine at this size: " + count + " of them";
    if (view.has_threads)
      text += " take " + bytes_text(bytes_a_connection(threads) * static_cast<double>(view.asked)) +
              " and open in " + grouped(threads.seconds_to_open, 2) + " s";
    else
      text += " are no burden to a machine";
    return text + ". Tasks pay from some thousand waits at once.";
  }
  if (!view.has_tasks)
    return "Each waiting connection costs a thread here: " +
           bytes_text(bytes_a_connection(threads)) +
           " apiece. Run it without --threads-only to see the same as tasks.";
  if (!view.has_threads)
    return "Use tasks for so many waits: " + count + " cost " +
           bytes_text(tasks.user_bytes_per_connection) +
           " of the program's memory apiece. Run it without --tasks-only to see threads beside "
           "them.";

  const double more = bytes_a_connection(threads) - bytes_a_connection(tasks);
  return "Use tasks for this: " + count + " connections that mostly wait cost " +
         bytes_text(bytes_a_connection(tasks)) + " apiece as tasks and " +
         bytes_text(bytes_a_connection(threads)) + " as threads, " +
         bytes_text(more * static_cast<double>(view.asked)) + " more in all, and " +
         grouped(std::uint64_t{tasks.os_threads}) + " threads do the work of " +
         grouped(std::uint64_t{threads.os_threads}) +
         ". If the work computes rather than waits, take threads.";
}

std::string result_json(const demo_view& view) {
  auto result = view.has_tasks ? outcome_json(view.tasks) : ordered_json::object();
  result["advice"] = view.advice;
  if (view.has_threads)
    result["as_threads"] = outcome_json(view.threads);
  else
    result["as_threads"] = nullptr;
  return result.dump() + "\n";
}

std::string page_json(const demo_view& view) {
  ordered_json page;
  page["asked"] = view.asked;
  page["processors"] = view.processors;
  page["status"] = view.status;
  page["advice"] = view.advice;
  if (view.has_tasks) page["tasks"] = side_json(view.tasks);
  if (view.has_threads) page["threads"] = side_json(view.threads);
  if (view.is_live) {
    page["live"] = side_json(view.live);
    page["live_kind"] = view.live_kind;
  }
  return page.dump();
}

}  // namespace aside_app
