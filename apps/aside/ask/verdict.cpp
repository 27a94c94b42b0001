#include "ask/verdict.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace aside_app::ask {
namespace {

/// Tasks pay where waiting threads are many enough for their memory to be noticed.
constexpr double many_parked = 200;

/// Of the pieces of a run.
constexpr unsigned enough_pieces = 8;
constexpr double hardly_any = 0.15;
constexpr double nearly_all = 0.7;

constexpr double enough_looks = 30;
constexpr double many_looks = 100;

bool says_both(std::string_view code, const evidence& is) noexcept {
  return (code == "waiting.few" || code == "waiting.sequence") && is.effective_waits > 5 &&
         is.effective_waits <= 20;
}

bool may_have_phases(std::string_view code) noexcept { return code == "mixed" || code == "short"; }

/// What hardly any piece of the run says by itself is said of sums of different things.
void ask_pieces(verdict& given, const std::vector<rule>& rules,
                const std::map<std::string_view, unsigned>& votes) {
  if (given.pieces < enough_pieces || may_have_phases(given.code) ||
      given.pieces_agree > hardly_any * given.pieces)
    return;
  for (const auto& [code, count] : votes) {
    if (count < nearly_all * given.pieces) continue;
    given.by_pieces = true;
    given.runner_up = std::exchange(given.code, code);
    given.pieces_agree = count;
    given.tests = std::find_if(rules.begin(), rules.end(), [&](const rule& each) {
                    return each.code == given.code;
                  })->tests;
  }
}

}  // namespace

std::string_view name_of(confidence how) noexcept {
  if (how == confidence::sure) return "sure";
  return how == confidence::likely ? "likely" : "close call";
}

bool is_full_loop(const evidence& is) noexcept {
  return is.busy_share >= 0.7 && is.served >= 1.5;
}

bool is_entangled(const evidence& is) noexcept {
  return is.cores - is.running - is.idle_cores >= 0.3 && is.hot.threads >= 1.5 &&
         is.hot.wait >= 0.1;
}

std::string_view advice_for(std::string_view code, const evidence& is) noexcept {
  if (code == "loop" && is_full_loop(is)) return "threads";
  if (code == "busy.some_cores" && is_entangled(is)) return "other";
  if (code == "busy.one_core" || code == "busy.some_cores" || code == "waiting.some" ||
      code == "queued.own")
    return "threads";
  if (code == "waiting.many" || code == "waiting.sequence") return "tasks";
  if (code == "idle.clients" || code == "idle.parked")
    return is.parked_threads >= many_parked ? "tasks" : "simple";
  if (code == "timer") return is.flying[index_of(cause::timer)] >= many_parked ? "tasks" : "simple";
  if (code == "waiting.few" || code == "loop" || code == "short" ||
      code.starts_with("idle."))
    return "simple";
  return "other";
}

const std::vector<std::string_view>& all_codes() {
  static const std::vector<std::string_view> codes{"busy.one_core",
                                                   "busy.some_cores",
                                                   "busy.all_cores",
                                                   "busy.short_processes",
                                                   "waiting.many",
                                                   "waiting.some",
                                                   "waiting.few",
                                                   "waiting.sequence",
                                                   "waiting.pipe",
                                                   "waiting.child",
                                                   "waiting.unknown",
                                                   "lock",
                                                   "turns",
                                                   "queued.own",
                                                   "queued.others",
                                                   "queued.quota",
                                                   "disk",
                                                   "mixed",
                                                   "loop",
                                                   "timer",
                                                   "idle.clients",
                                                   "idle.terminal",
                                                   "idle.parked",
                                                   "idle.stopped",
                                                   "short"};
  return codes;
}

bool matches(std::string_view code, std::string_view asked) noexcept {
  return code == asked || code.substr(0, code.find('.')) == asked;
}

verdict judge(const measurement& found) {
  const auto is = evidence_of(found);
  const auto rules = rules_for(is);
  verdict given;
  std::size_t at = 0;
  while (!rules[at].holds())
    ++at;
  given.code = rules[at].code;
  given.tests = rules[at].tests;
  given.margin = rules[at].margin();
  // If this rule fell just short, a later one would decide; if an earlier one just fell short, it.
  for (std::size_t next = at + 1; next < rules.size(); ++next)
    if (rules[next].holds() && rules[next].code != given.code) {
      given.runner_up = rules[next].code;
      break;
    }
  for (std::size_t before = 0; before < at; ++before)
    if (rules[before].margin() < std::min(given.margin, 0.2) && rules[before].code != given.code) {
      given.margin = rules[before].margin();
      given.runner_up = rules[before].code;
    }

  std::map<std::string_view, unsigned> votes;
  const auto stretches = found.stretches.stretches().size();
  for (const auto& piece : found.stretches.pieces(std::min<std::size_t>(10, stretches))) {
    auto part = evidence_of(found, piece);
    part.wall = std::max(part.wall, 0.05);  // a piece of a long run is not a short run
    const auto rules_of_part = rules_for(part);
    const auto first = std::find_if(rules_of_part.begin(), rules_of_part.end(),
                                    [](const rule& each) { return each.holds(); });
    ++given.pieces;
    ++votes[first->code];
  }
  given.pieces_agree = votes[given.code];
  ask_pieces(given, rules, votes);
  given.advice = advice_for(given.code, is);
  const double looks = static_cast<double>(found.sweeps);
  const double agree =
      given.pieces > 0 ? static_cast<double>(given.pieces_agree) / given.pieces : 1;
  const bool has_phases = may_have_phases(given.code);
  const bool steady = has_phases || agree >= 0.85;
  const bool unsteady = !has_phases && agree < 0.55;
  if (given.by_pieces || given.margin < 0.05 || (unsteady && given.margin < 0.2) || says_both(given.code, is))
    given.how_sure = confidence::close_call;
  else if (steady && given.margin >= 0.2 && looks >= (found.exact ? enough_looks : many_looks) &&
           found.exact && !found.blind)
    given.how_sure = confidence::sure;
  if (says_both(given.code, is))
    given.runner_up = given.code == "waiting.few" ? "waiting.sequence" : "waiting.few";
  return given;
}

}  // namespace aside_app::ask
