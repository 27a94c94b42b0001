#include "ask/switch_event.hpp"

#include <linux/perf_event.h>
#include <cstring>

namespace aside_app::ask {
namespace {

template <class Value>
Value at(std::span<const std::byte> record, std::size_t offset) noexcept {
  Value value;
  std::memcpy(&value, record.data() + offset, sizeof value);
  return value;
}

/// What sample_id_all appends to each record.
struct sample_id {
  std::uint32_t pid;
  std::uint32_t tid;
  std::uint64_t time;
};

/// Of PERF_RECORD_FORK and PERF_RECORD_EXIT, after the header.
struct task_body {
  std::uint32_t pid;
  std::uint32_t parent;
  std::uint32_t tid;
  std::uint32_t parent_tid;
  std::uint64_t time;
};

constexpr std::uint16_t preempted_bit = 1u << 14;  // PERF_RECORD_MISC_SWITCH_OUT_PREEMPT

void add_switch(std::span<const std::byte> record, std::uint16_t misc,
                std::vector<switch_event>& into) {
  if (record.size() < sizeof(perf_event_header) + sizeof(sample_id)) return;
  const auto id = at<sample_id>(record, record.size() - sizeof(sample_id));
  auto what = switch_event::kind::in;
  if ((misc & PERF_RECORD_MISC_SWITCH_OUT) != 0)
    what =
        (misc & preempted_bit) != 0 ? switch_event::kind::preempted : switch_event::kind::blocked;
  into.push_back({what, static_cast<pid_t>(id.pid), static_cast<pid_t>(id.tid), 0, id.time});
}

void add_task(std::span<const std::byte> record, switch_event::kind what,
              std::vector<switch_event>& into) {
  if (record.size() < sizeof(perf_event_header) + sizeof(task_body)) return;
  const auto body = at<task_body>(record, sizeof(perf_event_header));
  into.push_back({what, static_cast<pid_t>(body.pid), static_cast<pid_t>(body.tid),
                  static_cast<pid_t>(body.parent), body.time});
}

}  // namespace

std::uint64_t parse_records(std::span<const std::byte> records, std::vector<switch_event>& into) {
  std::uint64_t lost = 0;
  while (records.size() >= sizeof(perf_event_header)) {
    const auto header = at<perf_event_header>(records, 0);
    if (header.size < sizeof header || header.size > records.size()) break;
    const auto record = records.first(header.size);
    records = records.subspan(header.size);
    switch (header.type) {
      case PERF_RECORD_SWITCH:
        add_switch(record, header.misc, into);
        break;
      case PERF_RECORD_FORK:
        add_task(record, switch_event::kind::born, into);
        break;
      case PERF_RECORD_EXIT:
        add_task(record, switch_event::kind::ended, into);
        break;
      case PERF_RECORD_LOST:
        if (record.size() >= sizeof header + 16)
          lost += at<std::uint64_t>(record, sizeof header + 8);
        break;
      default:
        break;
    }
  }
  return lost;
}

}  // namespace aside_app::ask
