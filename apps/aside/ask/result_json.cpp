#include "ask/result_json.hpp"

#include <cmath>
#include <nlohmann/json.hpp>
#include <string>

#include "ask/function_names.hpp"
#include "ask/timeline.hpp"
#include "ask/words.hpp"

namespace aside_app::ask {
namespace {

using nlohmann::json;

json waits_of(const measurement& found, const evidence& is) {
  json by_cause = json::object();
  for (const auto why : all_causes()) {
    const auto& sum = found.waits.of(why);
    if (sum.count > 0)
      by_cause[std::string{name_of(why)}] = {{"count", std::llround(sum.count)},
                                             {"mean_ms", sum.mean() * 1e3}};
  }
  json histogram = json::array();
  const auto lengths = found.waits.lengths();
  for (std::size_t i = 0; i < lengths.size(); ++i)
    if (lengths[i] > 0)
      histogram.push_back(
          {{"from_ms", std::exp2(static_cast<double>(i) / 4)}, {"count", lengths[i]}});
  return {{"count", std::llround(is.waits)},
          {"for", name_of(is.counted)},
          {"all", std::llround(found.waits.all().count)},
          {"short", std::llround(found.waits.short_of(is.counted).count)},
          {"exact", found.exact},
          {"effective", is.effective_waits},
          {"mean_ms", is.mean_wait * 1e3},
          {"p50_ms", found.waits.length_at(0.5) * 1e3},
          {"p99_ms", found.waits.length_at(0.99) * 1e3},
          {"by_cause", by_cause},
          {"histogram", histogram}};
}

json tasks_json(const task_sum& tasks) {
  if (tasks.seconds <= 0) return nullptr;
  return {{"waiting", tasks.waiting}, {"ready", tasks.ready},     {"running", tasks.running},
          {"most", tasks.most},       {"seconds", tasks.seconds}, {"partial", tasks.partial}};
}

json places_json(const measurement& found) {
  if (!can_name_functions()) return nullptr;
  json all = json::array();
  for (const auto& each : found.places)
    all.push_back({{"cause", name_of(each.why)},
                   {"function", each.function},
                   {"source", each.source},
                   {"line", each.line},
                   {"share", each.share}});
  return all;
}

json timeline_json(const measurement& found) {
  const auto line = timeline_of(found.stretches, 120);
  return {{"seconds", line.seconds},
          {"running", line.running},
          {"queued", line.queued},
          {"waiting", line.waiting}};
}

}  // namespace

json json_of(const verdict& given, const measurement& found, const std::vector<estimate>& estimates,
             const waiting_cost& cost) {
  const auto is = evidence_of(found);
  json shares = {{"cpu", is.busy_share}};
  json thread_seconds = {{"running", found.stretches.total().running},
                         {"queued", found.stretches.total().queued}};
  json flying = json::object();
  const auto whole = found.stretches.total();
  for (const auto why : all_causes()) {
    const std::string name{name_of(why)};
    shares[name] = is.share[index_of(why)];
    thread_seconds[name] = whole.waiting[index_of(why)];
    flying[name] = is.flying[index_of(why)];
  }
  json bounds = json::array();
  for (const auto& each : estimates)
    bounds.push_back({{"kind", each.kind}, {"at_most", each.value}, {"words", each.words}});
  json tests = json::array();
  for (const auto& each : given.tests)
    tests.push_back(
        {{"what", each.what}, {"is", each.is}, {each.at_least ? "at_least" : "below", each.limit}});
  const double wall = std::max(found.wall, 0.001);
  return {{"schema", 1},
          {"command", found.command},
          {"attached", found.attached},
          {"exit_status", found.exit_status},
          {"ended", found.end == ending::exited        ? "exited"
                    : found.end == ending::interrupted ? "interrupted"
                                                       : "time was up"},
          {"wall_s", found.wall},
          {"cpu_s", found.cpu},
          {"cores", found.cores},
          {"mode", found.exact ? "exact" : "sampled"},
          {"mode_reason", found.not_exact_because},
          {"verdict",
           {{"code", given.code},
            {"advice", given.advice},
            {"confidence", name_of(given.how_sure)},
            {"runner_up", given.runner_up},
            {"margin", given.margin},
            {"pieces_agree", given.pieces_agree},
            {"pieces", given.pieces},
            {"rule", tests},
            {"words", finding_in_words(given, found)},
            {"advice_words", advice_in_words(given, found)}}},
          {"shares", shares},
          {"thread_seconds", thread_seconds},
          {"waits", waits_of(found, is)},
          {"concurrency",
           {{"running", is.running},
            {"queued", is.queued},
            {"waiting_at_once", flying},
            {"served_by_loops", is.served}}},
          {"threads",
           {{"count", found.thread_count},
            {"parked", is.parked_threads},
            {"processes", found.process_count},
            {"short_processes", found.short_process_count},
            {"left_behind", found.left_behind},
            {"switches", found.switches}}},
          {"places", places_json(found)},
          {"tasks", tasks_json(found.tasks)},
          {"peers", found.peers},
          {"estimates", bounds},
          {"memory",
           {{"thread_user_bytes", cost.thread_user},
            {"thread_kernel_bytes", cost.thread_kernel},
            {"task_bytes", cost.task},
            {"calibrated", cost.calibrated}}},
          {"machine", {{"idle_cores", found.idle_cores}, {"throttled", found.throttled}}},
          {"timeline", timeline_json(found)},
          {"self",
           {{"cpu_s", found.own_cpu},
            {"cpu_share", found.own_cpu / wall},
            {"sweeps", found.sweeps},
            {"lost", found.lost}}}};
}

}  // namespace aside_app::ask
