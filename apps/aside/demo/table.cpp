#include "demo/table.hpp"

#include <string_view>

#include "text/number.hpp"

namespace aside_app {
namespace {

struct shape {
  std::size_t label_columns;
  std::size_t value_columns;
};
constexpr shape wide{31, 16};
constexpr shape narrow{16, 12};

struct row {
  std::string_view label;
  std::string_view short_label;
  std::string (*text)(const figures&);
  /// Smaller is better, and the better one is marked; null where nothing is compared.
  double (*compared)(const figures&);
};

std::string count_text(double value, unsigned decimals = 0) {
  return value > 0 ? grouped(value, decimals) : "-";
}

std::string memory_text(double value) { return value > 0 ? grouped(value) + " B" : "-"; }

std::string time_text(double us) {
  if (us <= 0) return "-";
  return us < 10'000 ? grouped(us) + " us" : grouped(us / 1000, 1) + " ms";
}

const row rows[] = {
    {"connections", "connections",
     [](const figures& f) { return count_text(static_cast<double>(f.connections)); }, nullptr},
    {"OS threads", "OS threads", [](const figures& f) { return count_text(f.os_threads); },
     [](const figures& f) { return static_cast<double>(f.os_threads); }},
    {"user memory a connection", "memory, own",
     [](const figures& f) { return memory_text(f.user_bytes_per_connection); },
     [](const figures& f) { return f.user_bytes_per_connection; }},
    {"kernel memory a connection", "memory, kernel",
     [](const figures& f) { return memory_text(f.kernel_bytes_per_connection); },
     [](const figures& f) { return f.kernel_bytes_per_connection; }},
    {"messages a second", "messages a s",
     [](const figures& f) { return count_text(f.messages_per_second); }, nullptr},
    {"processor time, a message", "CPU a message",
     [](const figures& f) { return time_text(f.processor_us_per_message); },
     [](const figures& f) { return f.processor_us_per_message; }},
    {"wake-up, half within", "wake-up, half",
     [](const figures& f) { return time_text(f.wake_us.p50); },
     [](const figures& f) { return f.wake_us.p50; }},
    {"wake-up, 99 % within", "wake-up, 99 %",
     [](const figures& f) { return time_text(f.wake_us.p99); },
     [](const figures& f) { return f.wake_us.p99; }},
    {"wake-up, 99.9 % within", "wake-up, 99.9 %",
     [](const figures& f) { return time_text(f.wake_us.p999); },
     [](const figures& f) { return f.wake_us.p999; }},
    {"context switches a second", "switches a s",
     [](const figures& f) { return count_text(f.context_switches_per_second); },
     [](const figures& f) { return f.context_switches_per_second; }},
    {"seconds to open", "seconds to open",
     [](const figures& f) { return count_text(f.seconds_to_open, 2); },
     [](const figures& f) { return f.seconds_to_open; }},
    {"processors idle", "idle",
     [](const figures& f) {
       return f.idle_share ? grouped(*f.idle_share * 100) + " %" : std::string{"-"};
     },
     nullptr},
    {"final event delivered", "last event",
     [](const figures& f) {
       return f.delivered == 0 ? std::string{"-"}
                               : grouped(std::uint64_t{f.delivered}) + " of " +
                                     grouped(std::uint64_t{f.subscribers});
     },
     nullptr},
};

std::string cell(const row& shown, const figures& mine, const figures* other, const colours& marks,
                 std::size_t columns) {
  auto figure = shown.text(mine);
  // "9,900 of 9,900" keeps what counts.
  if (figure.size() >= columns) figure = figure.substr(0, figure.find(" of "));
  const auto text = padded_left(figure, columns);
  if (other == nullptr || shown.compared == nullptr) return text;
  const double here = shown.compared(mine);
  const double there = shown.compared(*other);
  const bool better = here > 0 && there > 0 && here < there * 0.9;
  return better ? marks.good + text + marks.plain : text;
}

}  // namespace

std::vector<std::string> table_of(const demo_view& view, const colours& marks,
                                  std::size_t columns) {
  std::vector<std::string> lines;
  const bool both = view.has_tasks && view.has_threads;
  const bool fits = columns >= wide.label_columns + (both ? 2 : 1) * wide.value_columns;
  const auto& [label_columns, value_columns] = fits ? wide : narrow;

  auto head = std::string(label_columns, ' ');
  auto state = head;
  if (view.has_tasks) {
    head += padded_left("tasks", value_columns);
    state += padded_left(view.tasks.state, value_columns);
  }
  if (view.has_threads) {
    head += padded_left("threads", value_columns);
    state += padded_left(view.threads.state, value_columns);
  }
  lines.push_back(marks.strong + head + marks.plain);
  lines.push_back(marks.dim + state + marks.plain);

  for (const auto& each : rows) {
    auto line =
        marks.dim + padded_right(fits ? each.label : each.short_label, label_columns) + marks.plain;
    if (view.has_tasks)
      line += cell(each, view.tasks.so_far, both ? &view.threads.so_far : nullptr, marks,
                   value_columns);
    if (view.has_threads)
      line += cell(each, view.threads.so_far, both ? &view.tasks.so_far : nullptr, marks,
                   value_columns);
    lines.push_back(std::move(line));
  }
  if (const auto& tasks = view.tasks.so_far; !tasks.engine.empty())
    lines.push_back("the engine of the tasks is " + tasks.engine + ": " + tasks.engine_reason);
  for (const auto* side : {&view.tasks, &view.threads})
    if (!side->cut_short.empty())
      lines.push_back("cut short: " + side->cut_short);
    else if (!side->so_far.note.empty())
      lines.push_back("note: " + side->so_far.note);
  return lines;
}

std::string live_line(const demo_view& view) {
  const auto& now = view.live.so_far;
  return "now as " + view.live_kind + ": " + grouped(std::uint64_t{now.connections}) +
         " connections, " + grouped(now.messages_per_second) + " messages a second, 99 % wake in " +
         time_text(now.wake_us.p99);
}

}  // namespace aside_app
