#include "ask/report.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <string_view>

#include "ask/timeline.hpp"
#include "ask/words.hpp"
#include "text/number.hpp"

namespace aside_app::ask {
namespace {

constexpr std::size_t label_columns = 9;
constexpr std::size_t bar_columns = 26;
constexpr std::size_t most_waits = 3;
constexpr std::size_t most_lines = 15;

bool set(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr && *value != '\0';
}

bool speaks_utf8() {
  for (const auto* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    const char* value = std::getenv(name);
    if (value == nullptr || *value == '\0') continue;
    const std::string_view locale{value};
    return locale.find("UTF-8") != std::string_view::npos ||
           locale.find("utf8") != std::string_view::npos;
  }
  return true;
}

std::string row(std::string_view label, double share, std::string_view text, const manner& how) {
  return fmt::format("  {} {} {:>4}  {}", padded_right(label, label_columns),
                     padded_right(bar(share, bar_columns, how.ascii), bar_columns),
                     percent_text(share), text);
}

/// The text without what is beyond so many columns; letters of several bytes stay whole.
std::string cut(std::string text, std::size_t columns) {
  std::size_t end = 0;
  for (; end < text.size(); ++end) {
    if ((static_cast<unsigned char>(text[end]) & 0xc0u) == 0x80u) continue;
    if (columns == 0) break;
    --columns;
  }
  text.resize(end);
  return text;
}

std::string wait_text(cause why, const measurement& found) {
  const auto& waits = found.waits.of(why);
  const auto& shorter = found.waits.short_of(why);
  const std::string about = found.exact ? "" : "about ";
  const auto brief = counted(shorter.count, "wait") + " of less than 1 ms";
  if (waits.count == 0) return shorter.count == 0 ? "one long wait" : about + brief;
  auto text = about + (std::lround(waits.count) == 1
                           ? "1 wait of " + seconds_text(waits.seconds)
                           : counted(waits.count, "wait") + ", " + seconds_text(waits.mean()) +
                                 " each");
  if (shorter.seconds >= 0.1 * (waits.seconds + shorter.seconds)) text += "; " + brief;
  return text;
}

void add_near(std::vector<std::string>& lines, cause why, const measurement& found,
              const manner& how) {
  const auto place = std::find_if(found.places.begin(), found.places.end(),
                                  [&](const waiting_place& each) { return each.why == why; });
  if (place == found.places.end()) return;
  const auto near = "            near " + printable(place->function);
  auto line = near;
  if (!place->source.empty())
    line += fmt::format(" ({}:{})", printable(place->source), place->line);
  const auto most = std::max<std::size_t>(how.columns, 80);
  lines.push_back(columns_of(line) > most ? cut(near, most) : std::move(line));
}

void add_shares(std::vector<std::string>& lines, const measurement& found, const evidence& is,
                const manner& how) {
  const auto whole = found.stretches.total();
  const double length = std::max(whole.length, 1e-9);
  lines.push_back(row(
      "cpu", std::min(1.0, whole.some_ran / length),
      fmt::format("{} on {:.2f} of {:.3g} cores", seconds_text(found.cpu), is.running, is.cores),
      how));
  if (is.queued >= 0.02)
    lines.push_back(row("queued", std::min(1.0, whole.held_by_queue / length),
                        fmt::format("{:.2g} thread{} wanted a core, {} a switch", is.queued,
                                    fmt::format("{:.2g}", is.queued) == "1" ? "" : "s",
                                    seconds_text(is.queue_per_switch)),
                        how));
  auto order = all_causes();
  std::sort(order.begin(), order.end(),
            [&](cause a, cause b) { return is.share[index_of(a)] > is.share[index_of(b)]; });
  for (std::size_t i = 0; i < most_waits; ++i) {
    const auto share = is.share[index_of(order[i])];
    if (share < 0.01) break;
    lines.push_back(row(name_of(order[i]), share, wait_text(order[i], found), how));
    if (i == 0 && !found.peers.empty() && order[i] == cause::network) {
      auto line = "            -> " + printable(found.peers.front());
      if (found.peers.size() > 1) line += fmt::format(" and {} more", found.peers.size() - 1);
      lines.push_back(std::move(line));
    }
    // An event loop has one place for all that it waits for.
    if (i == 0 && order[i] != cause::loop) add_near(lines, order[i], found, how);
  }
}

void add_timeline(std::vector<std::string>& lines, const measurement& found, const manner& how) {
  const auto columns = std::clamp<std::size_t>(how.columns, 60, 100) - 26;
  const auto line = timeline_of(found.stretches, columns);
  if (found.stretches.stretches().size() < 10) return;
  const auto add = [&](std::string_view label, const std::vector<double>& values) {
    const double peak = *std::max_element(values.begin(), values.end());
    if (peak < 0.02) return;
    lines.push_back(fmt::format("  {} {} peak {:.3g}", padded_right(label, label_columns),
                                bars(values, std::max(peak, 1.0), how.ascii), peak));
  };
  add("on cpu", line.running);
  add("waiting", line.waiting);
  const auto end = seconds_text(line.seconds);
  lines.push_back(fmt::format("  {} 0{}", std::string(label_columns, ' '),
                              padded_left(end, line.running.size() - 1)));
}

void add_remarks(std::vector<std::string>& lines, const measurement& found,
                 const std::vector<estimate>& estimates) {
  if (found.tasks.seconds > 0) lines.push_back("  " + tasks_in_words(found.tasks));
  for (const auto& each : estimates)
    if (!each.words.empty()) lines.push_back("  " + each.words);
  if (!found.left_behind.empty())
    lines.push_back(fmt::format("  It left {} process{} running; look with: aside ask --pid {}",
                                found.left_behind.size(), found.left_behind.size() == 1 ? "" : "es",
                                found.left_behind.front()));
  if (found.end == ending::time_was_up && !found.attached)
    lines.push_back("  The time was up, so the program was asked to end (SIGTERM).");
  if (found.lost > 0)
    lines.push_back(fmt::format("  {} records of switches were lost.", grouped(found.lost)));
  lines.push_back(fmt::format("  {}; {} thread{} in {} process{}; {}", mode_in_words(found),
                              grouped(found.thread_count), found.thread_count == 1 ? "" : "s",
                              grouped(found.process_count), found.process_count == 1 ? "" : "es",
                              own_cost_in_words(found)));
}

}  // namespace

manner manner::of(int descriptor) {
  manner how;
  const char* terminal = std::getenv("TERM");
  const bool dumb = terminal != nullptr && std::string_view{terminal} == "dumb";
  how.colour = isatty(descriptor) == 1 && terminal != nullptr && !dumb && !set("NO_COLOR");
  how.ascii = dumb || !speaks_utf8();
  winsize size{};
  if (ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) how.columns = size.ws_col;
  return how;
}

std::vector<std::string> report_of(const verdict& given, const measurement& found,
                                   const std::vector<estimate>& estimates, const manner& how) {
  const auto is = evidence_of(found);
  std::vector<std::string> lines;
  const std::string strong = how.colour ? "\033[1m" : "";
  const std::string plain = how.colour ? "\033[0m" : "";
  const auto finding = finding_in_words(given, found);
  const auto advice = advice_in_words(given, found) + "  [" + confidence_in_words(given) + "]";
  if (columns_of(finding) + columns_of(advice) + 2 <= std::max<std::size_t>(how.columns, 80)) {
    lines.push_back(strong + finding + "  " + advice + plain);
  } else {
    lines.push_back(strong + finding + plain);
    lines.push_back(strong + advice + plain);
  }
  std::vector<std::string> shares;
  std::vector<std::string> rest;
  if (given.code != "short") {
    add_shares(shares, found, is, how);
    add_timeline(rest, found, how);
  }
  add_remarks(rest, found, estimates);
  // Of what there is too much, the smaller waits are the least.
  const auto others = std::min(most_lines, lines.size() + rest.size());
  shares.resize(std::min(shares.size(), most_lines - others));
  lines.insert(lines.end(), shares.begin(), shares.end());
  lines.insert(lines.end(), rest.begin(), rest.end());
  return lines;
}

std::vector<std::string> reasons_of(const verdict& given, const measurement& found) {
  const auto is = evidence_of(found);
  std::vector<std::string> lines{fmt::format(
      "why {}: {}", given.code,
      given.by_pieces ? "what nearly all pieces of the run say by themselves; the sums say " +
                            std::string{given.runner_up}
                      : std::string{"the first rule that held"})};
  for (const auto& each : given.tests)
    lines.push_back(fmt::format("  {} {:.3g}, {} {:.3g}", each.what, each.is,
                                each.at_least ? "at least" : "below", each.limit));
  lines.push_back(fmt::format(
      "  nearest limit {:.0f}% away{}", 100 * std::min(given.margin, 9.99),
      given.runner_up.empty() ? std::string{} : ": else " + std::string{given.runner_up}));
  lines.push_back(fmt::format("  {} of {} pieces of the run say the same by themselves; {} looks",
                              given.pieces_agree, given.pieces, found.sweeps));
  lines.push_back(fmt::format(
      "  busy {:.2f}; cores used {:.2f} of {:.3g}; queued {:.2f}; idle cores of the machine {:.2f}",
      is.busy_share, is.running, is.cores, is.queued, is.idle_cores));
  std::string shares;
  for (const auto why : all_causes())
    if (is.share[index_of(why)] >= 0.005)
      shares += fmt::format(" {} {:.2f} ({:.2f} at once)", name_of(why), is.share[index_of(why)],
                            is.flying[index_of(why)]);
  lines.push_back("  held up by:" + (shares.empty() ? " nothing" : shares));
  lines.push_back(
      fmt::format("  waits outside {:.0f}, that matter {:.1f}; for locks {:.2f} threads, "
                  "parked {:.0f}; connections that loops serve {:.1f}",
                  is.waits, is.effective_waits, is.lock_waiters, is.parked_threads, is.served));
  lines.push_back(
      fmt::format("  hot threads {:.0f} in {:.0f} processes, wait {:.2f}, the least {:.2f}, queued "
                  "{:.2f}, switches {:.0f}/s, for the same {:.0f}, woken for nothing {:.0f}; in the "
                  "kernel {:.2f}",
                  is.hot.threads, is.hot.processes, is.hot.wait, is.hot.least_wait, is.hot.queued,
                  is.hot.switches, is.hot.contenders, is.hot.outrun, is.kernel_share));
  lines.push_back(
      fmt::format("  threads that wait in turn {:.0f}, one of them {:.2f} of the time; fed by "
                  "{:.0f}, others beside them {:.2f}",
                  is.in_turn.threads, is.in_turn.held, is.in_turn.feeders, is.in_turn.others));
  return lines;
}

}  // namespace aside_app::ask
