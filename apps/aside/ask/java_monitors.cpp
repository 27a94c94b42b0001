#include "ask/java_monitors.hpp"

#include <sys/uio.h>
#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <string>
#include <utility>

#include "system/text_file.hpp"

namespace aside_app::ask {
namespace {

constexpr unsigned most_tries = 20;
constexpr std::uint64_t most_bytes = 1 << 20;
constexpr std::uint32_t most_entries = 4'096;

// The layout of version 2.0, in the order of bytes of the machine itself.
constexpr std::string_view magic{"\xca\xfe\xc0\xc0", 4};
struct memory_head {
  std::array<char, 4> magic;
  std::uint8_t byte_order;
  std::uint8_t major;
  std::uint8_t minor;
  std::uint8_t accessible;
  std::int32_t used;
  std::int32_t overflow;
  std::int64_t changed;
  std::int32_t first_entry;
  std::int32_t entries;
};
struct entry_head {
  std::uint32_t length;
  std::uint32_t name;
  std::uint32_t elements;
  char type;
  std::uint8_t flags;
  std::uint8_t units;
  std::uint8_t variability;
  std::uint32_t value;
};
constexpr char of_type_long = 'J';

/// Who waits is woken when the monitor is free, and waits again when another was faster.
constexpr std::array<std::string_view, 2> names{"sun.rt._sync_ContendedLockAttempts",
                                                "sun.rt._sync_FutileWakeups"};
constexpr std::string_view name_of_tells = "sun.rt._sync_Notifications";

template <class Value>
bool read_at(std::string_view memory, std::size_t offset, Value& into) noexcept {
  if (offset > memory.size() || memory.size() - offset < sizeof into) return false;
  std::memcpy(&into, memory.data() + offset, sizeof into);
  return true;
}

std::string_view name_at(std::string_view memory, std::size_t offset) noexcept {
  if (offset >= memory.size()) return {};
  const auto rest = memory.substr(offset);
  return rest.substr(0, rest.find('\0'));
}

bool copy(pid_t pid, std::uint64_t from, void* into, std::size_t bytes) noexcept {
  iovec here{into, bytes};
  iovec there{reinterpret_cast<void*>(from), bytes};  // NOLINT(performance-no-int-to-ptr)
  return process_vm_readv(pid, &here, 1, &there, 1, 0) == static_cast<ssize_t>(bytes);
}

}  // namespace

monitor_counters monitor_counters_in(std::string_view memory) noexcept {
  monitor_counters found;
  memory_head head{};
  if (!read_at(memory, 0, head) || std::string_view{head.magic.data(), 4} != magic ||
      head.major != 2 || head.accessible == 0 || head.first_entry < 0)
    return found;
  auto at = static_cast<std::size_t>(head.first_entry);
  for (std::uint32_t i = 0; i < most_entries && i < static_cast<std::uint32_t>(head.entries); ++i) {
    entry_head entry{};
    if (!read_at(memory, at, entry) || entry.length < sizeof entry) break;
    const auto name = name_at(memory, at + entry.name);
    std::int64_t value = 0;
    const bool is_wait = std::find(names.begin(), names.end(), name) != names.end();
    if (entry.type == of_type_long && (is_wait || name == name_of_tells) &&
        read_at(memory, at + entry.value, value))
      (is_wait ? found.waits : found.tells).push_back(at + entry.value);
    at += entry.length;
  }
  return found;
}

std::optional<counter_memory> counter_memory_in(std::string_view maps) noexcept {
  const auto at = maps.find("/hsperfdata_");
  if (at == std::string_view::npos) return std::nullopt;
  const auto before = maps.rfind('\n', at);
  const auto line = maps.substr(before == std::string_view::npos ? 0 : before + 1);
  const char* const end = line.data() + line.size();
  std::uint64_t start = 0;
  std::uint64_t stop = 0;
  const auto first = std::from_chars(line.data(), end, start, 16);
  if (first.ec != std::errc{} || first.ptr == end || *first.ptr != '-') return std::nullopt;
  if (std::from_chars(first.ptr + 1, end, stop, 16).ec != std::errc{} || stop <= start)
    return std::nullopt;
  return counter_memory{start, stop - start};
}

void java_monitors::find() {
  ++tries_;
  const auto where = counter_memory_in(read_text("/proc/" + std::to_string(pid_) + "/maps"));
  if (!where || where->size > most_bytes) return;
  std::string memory(where->size, '\0');
  if (!copy(pid_, where->start, memory.data(), memory.size())) return;
  const auto found = monitor_counters_in(memory);
  for (const auto offset : found.waits)
    waits_.push_back(where->start + offset);
  for (const auto offset : found.tells)
    tells_.push_back(where->start + offset);
}

std::optional<monitor_counts> java_monitors::counts() {
  if (waits_.empty() && tries_ < most_tries) find();
  if (waits_.empty()) return std::nullopt;
  monitor_counts sums;
  for (const auto& [addresses, sum] :
       {std::pair{&waits_, &sums.waits}, std::pair{&tells_, &sums.tells}})
    for (const auto address : *addresses) {
      std::uint64_t value = 0;
      if (!copy(pid_, address, &value, sizeof value)) return std::nullopt;
      *sum += value;
    }
  return sums;
}

}  // namespace aside_app::ask
