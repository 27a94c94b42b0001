#include "ask/estimate.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <cmath>

#include "ask/words.hpp"
#include "text/number.hpp"

namespace aside_app::ask {
namespace {

/// Fewer waiting threads than this hold nothing worth a line.
constexpr double worth_a_line = 16;

double waiting_threads(const evidence& is) noexcept {
  double most = is.parked_threads;
  for (const auto why : {cause::network, cause::clients, cause::timer})
    most = std::max(most, is.flying[index_of(why)]);
  return std::round(most);
}

estimate by_cores(const evidence& is) {
  const double cores = std::floor(is.cores);
  const double used = std::max(1.0, is.running / std::max(is.busy_share, 0.01));
  const double rest = 1 - is.busy_share;
  const double faster = 1 / (rest + is.busy_share * std::min(1.0, used / cores));
  return {"cores_speedup", faster,
          fmt::format("At most {:.1f} times as fast on {:.0f} cores, if all of it divides.", faster,
                      cores)};
}

estimate by_overlapping(const measurement& found, const evidence& is, unsigned at_once) {
  const double waits = std::max(is.waits, 1.0);
  const double wait = is.mean_wait;
  const double shortest =
      std::max({found.cpu / std::max(found.cores, 0.01), found.waits.length_at(is.counted, 0.99),
                waits * wait / at_once + found.cpu});
  const double at_best = std::min(found.wall, shortest);
  return {"overlap_seconds", at_best,
          fmt::format("{} at once: from {} to {} at best, if none needs another's answer.", at_once,
                      seconds_text(found.wall), seconds_text(at_best))};
}

estimate to_fill(const measurement& found, const evidence& is) {
  const double work = found.cpu / std::max(is.waits, 1.0);
  const double needed = is.cores * (1 + is.mean_wait / std::max(work, 1e-7));
  return {"in_flight_to_fill", needed,
          fmt::format("At most {} in flight {} useful: then {} {} full.", counted(needed, "wait"),
                      std::llround(needed) == 1 ? "is" : "are",
                      counted(std::ceil(is.cores), "core"), is.cores > 1 ? "are" : "is")};
}

void add_memory(std::vector<estimate>& to, double threads, const waiting_cost& cost) {
  const double held = threads * cost.thread();
  const double small = threads * cost.task;
  const double with_buffer = threads * (cost.task + 4096);
  to.push_back({"thread_bytes", held,
                fmt::format("{} waiting threads hold at most {}; as tasks {}, or {} with a 4 KiB "
                            "buffer each.",
                            grouped(threads), bytes_text(held), bytes_text(small),
                            bytes_text(with_buffer))});
  to.push_back({"task_bytes", small, {}});
}

}  // namespace

bool speaks_of_memory(const measurement& found) {
  return waiting_threads(evidence_of(found)) >= worth_a_line;
}

std::vector<estimate> estimates_for(const verdict& given, const measurement& found,
                                    const waiting_cost& cost) {
  const auto is = evidence_of(found);
  std::vector<estimate> all;
  if ((given.code == "busy.one_core" || given.code == "busy.some_cores" || given.code == "mixed") &&
      is.cores >= 2)
    all.push_back(by_cores(is));
  if (given.code == "waiting.sequence") all.push_back(by_overlapping(found, is, 16));
  // Of waits that were not over there is no length to reckon with.
  if (given.code == "waiting.many" && is.waits >= 1) all.push_back(to_fill(found, is));
  if (const double threads = waiting_threads(is);
      threads >= worth_a_line && threads <= is.threads + 1)
    add_memory(all, threads, cost);
  return all;
}

}  // namespace aside_app::ask
