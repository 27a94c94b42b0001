#include "ask/page.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <cmath>

#include "ask/report.hpp"
#include "ask/timeline.hpp"
#include "ask/words.hpp"
#include "text/number.hpp"

namespace aside_app::ask {
namespace {

constexpr double width = 760;

constexpr auto head = R"(<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<style>
body{{font:16px/1.5 system-ui,sans-serif;max-width:50rem;margin:2rem auto;padding:0 1rem;color:#111;background:#fff}}
h1{{font-size:1.5rem;line-height:1.25}} h2{{font-size:1.05rem;margin:2rem 0 .4rem}}
svg{{width:100%;height:auto}} text{{font:12px system-ui,sans-serif;fill:#111}}
code{{background:#eee;padding:.1em .3em}} table{{border-collapse:collapse}}
td,th{{text-align:left;padding:.15rem 1.2rem .15rem 0}} .small{{color:#444;font-size:.9rem}}
.run{{fill:#0b5fa5}} .queue{{fill:url(#dots)}} .wait{{fill:url(#lines)}}
.run,.queue,.wait{{stroke:#111;stroke-width:.5}} .tip{{fill:none;pointer-events:all}}
@media print{{body{{margin:0}} h2{{break-after:avoid}} svg{{break-inside:avoid}}}}
</style>
<title>{title}</title>
<svg width="0" height="0" style="position:absolute"><defs>
<pattern id="lines" width="6" height="6" patternUnits="userSpaceOnUse"><rect width="6" height="6" fill="#f5c77e"/><path d="M0 6L6 0" stroke="#8a5a00"/></pattern>
<pattern id="dots" width="5" height="5" patternUnits="userSpaceOnUse"><rect width="5" height="5" fill="#fff"/><circle cx="2" cy="2" r="1.2" fill="#a01030"/></pattern>
</defs></svg>
)";

std::string rectangle(std::string_view kind, double x, double y, double w, double h,
                      std::string_view title = {}) {
  if (w <= 0 || h <= 0) return {};
  return fmt::format(R"(<rect class="{}" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}">)"
                     "<title>{}</title></rect>\n",
                     kind, x, y, w, h, escaped(title));
}

/// All that is drawn alike, as one shape: each use of a pattern is an image of its own in print.
class shape {
 public:
  explicit shape(std::string_view kind) : kind_{kind} {}

  void add(double x, double y, double w, double h) {
    if (w > 0 && h > 0)
      path_ += fmt::format("M{:.1f} {:.1f}h{:.1f}v{:.1f}h{:.1f}z", x, y, w, h, -w);
  }

  std::string svg() const {
    return path_.empty() ? std::string{}
                         : fmt::format("<path class=\"{}\" d=\"{}\"/>\n", kind_, path_);
  }

 private:
  std::string_view kind_;
  std::string path_;
};

std::string label(double x, double y, std::string_view text, std::string_view anchor = "start") {
  return fmt::format(R"(<text x="{:.1f}" y="{:.1f}" text-anchor="{}">{}</text>)"
                     "\n",
                     x, y, anchor, escaped(text));
}

std::string key() {
  std::string svg = R"(<svg viewBox="0 0 760 18" role="img" aria-label="key">)";
  double x = 0;
  for (const auto& [kind, name] :
       {std::pair{"run", "on a processor"}, std::pair{"queue", "wants a processor"},
        std::pair{"wait", "waits outside the program"}}) {
    svg += rectangle(kind, x, 2, 14, 12) + label(x + 20, 13, name);
    x += 200;
  }
  return svg + "</svg>\n";
}

std::string timeline_svg(const measurement& found) {
  const auto line = timeline_of(found.stretches, 120);
  double peak = 1;
  for (std::size_t i = 0; i < line.running.size(); ++i)
    peak = std::max(peak, line.running[i] + line.queued[i] + line.waiting[i]);
  constexpr double height = 150;
  std::string svg = R"(<svg viewBox="0 0 760 178" role="img" aria-label="threads over time">)";
  const double wide = width / static_cast<double>(std::max<std::size_t>(line.running.size(), 1));
  std::vector<double> below(line.running.size(), height);
  for (const auto& [kind, values] :
       {std::pair{"run", &line.running}, std::pair{"queue", &line.queued},
        std::pair{"wait", &line.waiting}}) {
    // One outline: along the upper edge, and back along the lower one.
    std::string there;
    std::string back;
    for (std::size_t i = 0; i < values->size(); ++i) {
      const double left = static_cast<double>(i) * wide;
      const double y = below[i] - (*values)[i] / peak * (height - 14);
      there += fmt::format("L{:.1f} {:.1f}H{:.1f}", left, y, left + wide);
      back = fmt::format("L{:.1f} {:.1f}H{:.1f}", left + wide, below[i], left) + back;
      below[i] = y;
    }
    if (there.empty() || *std::max_element(values->begin(), values->end()) <= 0) continue;
    there.front() = 'M';
    svg += fmt::format("<path class=\"{}\" d=\"{}{}z\"/>\n", kind, there, back);
  }
  for (std::size_t i = 0; i < line.running.size(); ++i)
    svg += rectangle("tip", static_cast<double>(i) * wide, 14, wide, height - 14,
                     fmt::format("{:.2f} run, {:.2f} want to, {:.2f} wait", line.running[i],
                                 line.queued[i], line.waiting[i]));
  svg += label(0, 11, fmt::format("peak {:.3g} thread{}", peak, peak == 1 ? "" : "s")) +
         label(0, 170, "0") +
         label(width, 170, seconds_text(line.seconds), "end");
  return svg + "</svg>\n" + key();
}

std::string shares_svg(const measurement& found) {
  const auto is = evidence_of(found);
  struct part {
    std::string name;
    double share;
    std::string_view kind;
  };
  const auto whole = found.stretches.total();
  const double length = std::max(whole.length, 1e-9);
  std::vector<part> parts{{"cpu", whole.some_ran / length, "run"},
                          {"queued", whole.held_by_queue / length, "queue"}};
  for (const auto why : all_causes())
    parts.push_back({std::string{name_of(why)}, is.share[index_of(why)], "wait"});
  std::erase_if(parts, [](const part& each) { return each.share < 0.005; });
  std::string svg = fmt::format(R"(<svg viewBox="0 0 760 {}" role="img" aria-label="shares">)",
                                parts.size() * 22 + 4);
  double y = 2;
  for (const auto& each : parts) {
    svg += label(0, y + 13, each.name) + rectangle(each.kind, 90, y, 560 * each.share, 16) +
           label(100 + 560 * each.share, y + 13, percent_text(each.share));
    y += 22;
  }
  return svg + "</svg>\n";
}

std::string lanes_svg(const measurement& found) {
  auto threads = found.threads;
  std::sort(threads.begin(), threads.end(),
            [](const thread_sum& a, const thread_sum& b) { return a.running > b.running; });
  if (threads.size() > 40) threads.resize(40);
  std::string svg = fmt::format(R"(<svg viewBox="0 0 760 {}" role="img" aria-label="threads">)",
                                threads.size() * 14 + 4);
  shape runs{"run"};
  shape queues{"queue"};
  shape waits{"wait"};
  double y = 2;
  const double wall = std::max(found.wall, 1e-9);
  for (const auto& each : threads) {
    double waited = 0;
    auto most = cause::unknown;
    for (const auto why : all_causes()) {
      waited += each.waited[index_of(why)];
      if (each.waited[index_of(why)] > each.waited[index_of(most)]) most = why;
    }
    const double run = 560 * std::min(1.0, each.running / wall);
    const double queue = 560 * std::min(1.0, each.queued / wall);
    const double wait = 560 * std::min(1.0, waited / wall);
    svg += label(0, y + 10, std::to_string(each.tid));
    runs.add(70, y, run, 11);
    queues.add(70 + run, y, queue, 11);
    waits.add(70 + run + queue, y, wait, 11);
    if (waited > 0) svg += label(645, y + 10, std::string{"most: "} + std::string{name_of(most)});
    y += 14;
  }
  return svg + runs.svg() + queues.svg() + waits.svg() + "</svg>\n";
}

std::string lengths_svg(const measurement& found) {
  const auto lengths = found.waits.lengths();
  const auto most = *std::max_element(lengths.begin(), lengths.end());
  if (most == 0) return "<p>No wait of a millisecond or more.</p>\n";
  std::size_t last = 40;
  for (std::size_t i = 0; i < lengths.size(); ++i)
    if (lengths[i] > 0) last = std::max(last, i + 1);
  std::string svg = R"(<svg viewBox="0 0 760 130" role="img" aria-label="lengths of waits">)";
  const double wide = width / static_cast<double>(last);
  shape bars{"wait"};
  for (std::size_t i = 0; i < last; ++i) {
    const double high = 85.0 * static_cast<double>(lengths[i]) / static_cast<double>(most);
    bars.add(static_cast<double>(i) * wide, 105 - high, wide, high);
    if (high > 0)
      svg += rectangle("tip", static_cast<double>(i) * wide, 15, wide, 90,
                       fmt::format("{} from {}", counted(static_cast<double>(lengths[i]), "wait"),
                                   seconds_text(std::exp2(static_cast<double>(i) / 4) / 1000)));
    if (i % 8 == 0)
      svg += label(static_cast<double>(i) * wide, 122,
                   seconds_text(std::exp2(static_cast<double>(i) / 4) / 1000));
  }
  svg += bars.svg() + label(0, 11, "most: " + counted(static_cast<double>(most), "wait"));
  return svg + "</svg>\n";
}

std::string memory_svg(const std::vector<estimate>& estimates) {
  double thread = 0;
  double task = 0;
  for (const auto& each : estimates) {
    if (each.kind == "thread_bytes") thread = each.value;
    if (each.kind == "task_bytes") task = each.value;
  }
  if (thread <= 0) return {};
  return R"(<h2>Memory of what waits, at most</h2><svg viewBox="0 0 760 46" role="img" aria-label="memory">)" +
         label(0, 15, "as threads") + rectangle("wait", 90, 2, 540, 16) +
         label(640, 15, bytes_text(thread)) + label(0, 37, "as tasks") +
         rectangle("run", 90, 24, std::max(1.0, 540 * task / thread), 16) +
         label(640, 37, bytes_text(task)) + "</svg>\n";
}

}  // namespace

std::string escaped(std::string_view text) {
  std::string safe;
  for (const char c : text) {
    if (c == '<') {
      safe += "&lt;";
    } else if (c == '>') {
      safe += "&gt;";
    } else if (c == '&') {
      safe += "&amp;";
    } else if (c == '"') {
      safe += "&quot;";
    } else if (c == '\'') {
      safe += "&#39;";
    } else if (static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t') {
      safe += "�";
    } else {
      safe += c;
    }
  }
  return safe;
}

std::string page_of(const verdict& given, const measurement& found,
                    const std::vector<estimate>& estimates) {
  const auto finding = finding_in_words(given, found);
  auto page = fmt::format(fmt::runtime(head), fmt::arg("title", escaped("aside ask: " + finding)));
  page += fmt::format("<h1>{} {}</h1>\n", escaped(finding), escaped(advice_in_words(given, found)));
  page += fmt::format(
      "<p><code>{}</code></p>\n<p class=small>{} ({}). {}. {}, {} of processor time.</p>\n",
      escaped(found.command), escaped(given.code), escaped(confidence_in_words(given)),
      escaped(mode_in_words(found)), seconds_text(found.wall), seconds_text(found.cpu));
  page += "<h2>Over time</h2>\n" + timeline_svg(found);
  page += "<h2>Where the time went</h2>\n" + shares_svg(found);
  if (found.tasks.seconds > 0) page += "<p>" + escaped(tasks_in_words(found.tasks)) + "</p>\n";
  for (const auto& each : estimates)
    if (!each.words.empty()) page += "<p>" + escaped(each.words) + "</p>\n";
  page += memory_svg(estimates);
  if (!found.peers.empty()) {
    page += "<h2>To whom it waited</h2>\n<p>" + escaped(found.peers.front());
    for (std::size_t i = 1; i < std::min<std::size_t>(found.peers.size(), 8); ++i)
      page += ", " + escaped(found.peers[i]);
    page += found.peers.size() > 8 ? fmt::format(" and {} more</p>\n", found.peers.size() - 8)
                                   : std::string{"</p>\n"};
  }
  if (!found.places.empty()) {
    page +=
        "<h2>Near which functions it waited</h2>\n"
        "<table>\n<tr><th>for<th>function<th>line<th>share of waits\n";
    for (const auto& each : found.places)
      page +=
          fmt::format("<tr><td>{}<td>{}<td>{}<td>{}\n", name_of(each.why), escaped(each.function),
                      each.source.empty() ? std::string{}
                                          : fmt::format("{}:{}", escaped(each.source), each.line),
                      percent_text(each.share));
    page += "</table>\n";
  }
  page += "<h2>How long waits lasted</h2>\n" + lengths_svg(found);
  page += fmt::format("<h2>Threads ({} of {} shown)</h2>\n",
                      std::min<std::size_t>(found.threads.size(), 40), found.thread_count) +
          lanes_svg(found);
  page += "<h2>Why</h2>\n<table>\n<tr><th>number<th>is<th>limit\n";
  for (const auto& each : given.tests)
    page += fmt::format("<tr><td>{}<td>{:.3g}<td>{} {:.3g}\n", escaped(each.what), each.is,
                        each.at_least ? "at least" : "below", each.limit);
  return page + "</table>\n<p class=small>" + escaped(own_cost_in_words(found)) + "</p>\n</html>\n";
}

}  // namespace aside_app::ask
