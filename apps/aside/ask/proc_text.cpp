#include "ask/proc_text.hpp"

#include <arpa/inet.h>
#include <sys/sysmacros.h>
#include <algorithm>
#include <charconv>
#include <cstring>

namespace aside_app::ask {
namespace {

/// Takes blank-separated words off the front of a text.
class words {
 public:
  explicit words(std::string_view text) noexcept : left_{text} {}

  std::string_view next() noexcept {
    left_.remove_prefix(std::min(left_.find_first_not_of(" \t"), left_.size()));
    const auto word = left_.substr(0, left_.find_first_of(" \t\n"));
    left_.remove_prefix(word.size());
    return word;
  }

  template <class Number>
  bool number(Number& into, int base = 10) noexcept {
    return parse(next(), into, base);
  }

  template <class Number>
  static bool parse(std::string_view word, Number& into, int base = 10) noexcept {
    if (base == 16 && word.starts_with("0x")) word.remove_prefix(2);
    const auto end = word.data() + word.size();
    const auto [at, error] = std::from_chars(word.data(), end, into, base);
    return error == std::errc{} && at == end && !word.empty();
  }

 private:
  std::string_view left_;
};

/// The kernel prints each 32-bit word of an address as a number of this machine's byte order.
std::string address_text(std::string_view hex) {
  std::array<std::uint32_t, 4> parts{};
  const auto count = hex.size() / 8;
  if (hex.size() % 8 != 0 || (count != 1 && count != 4)) return {};
  for (std::size_t i = 0; i < count; ++i)
    if (!words::parse(hex.substr(i * 8, 8), parts[i], 16)) return {};
  std::array<char, INET6_ADDRSTRLEN> text{};
  const bool mapped = count == 4 && parts[0] == 0 && parts[1] == 0 && parts[2] == htonl(0xffff);
  if (count == 1 || mapped) {
    inet_ntop(AF_INET, &parts[mapped ? 3 : 0], text.data(), text.size());
    return text.data();
  }
  inet_ntop(AF_INET6, parts.data(), text.data(), text.size());
  return std::string{"["} + text.data() + "]";
}

/// Takes a line and its end off the front of a text.
std::string_view take_line(std::string_view& text) noexcept {
  const auto line = text.substr(0, text.find('\n'));
  text.remove_prefix(std::min(line.size() + 1, text.size()));
  return line;
}

/// The next line of a table, whose head is the first.
bool next_row(std::string_view& text, words& row) noexcept {
  text.remove_prefix(std::min(text.find('\n'), text.size()));
  if (text.empty()) return false;
  text.remove_prefix(1);
  row = words{text.substr(0, text.find('\n'))};
  return true;
}

}  // namespace

std::optional<sched_times> parse_schedstat(std::string_view text) noexcept {
  sched_times times;
  words from{text};
  if (!from.number(times.run_ns) || !from.number(times.queued_ns) || !from.number(times.slices))
    return std::nullopt;
  return times;
}

std::optional<stat_line> parse_stat(std::string_view text) {
  // The name is in brackets and may hold blanks and brackets itself.
  const auto open = text.find('(');
  const auto close = text.rfind(')');
  if (open == std::string_view::npos || close == std::string_view::npos || close < open)
    return std::nullopt;
  stat_line line;
  line.name = text.substr(open + 1, close - open - 1);
  words from{text.substr(close + 1)};
  const auto state = from.next();
  if (state.size() != 1 || !from.number(line.parent)) return std::nullopt;
  line.state = state[0];
  for (int skipped = 5; skipped <= 8; ++skipped)
    from.next();
  if (!from.number(line.flags)) return std::nullopt;
  from.next();
  from.next();
  if (!from.number(line.major_faults)) return std::nullopt;
  from.next();
  if (!from.number(line.user_ticks) || !from.number(line.kernel_ticks)) return std::nullopt;
  for (int skipped = 16; skipped <= 21; ++skipped)
    from.next();
  if (!from.number(line.start_ticks)) return std::nullopt;
  return line;
}

std::optional<system_call> parse_system_call(std::string_view text) noexcept {
  system_call call;
  if (text.starts_with("running")) {
    call.running = true;
    return call;
  }
  words from{text};
  if (!from.number(call.number)) return std::nullopt;
  if (call.number >= 0)
    for (auto& argument : call.arguments)
      if (!from.number(argument, 16)) return std::nullopt;
  if (!from.number(call.stack_pointer, 16) || !from.number(call.instruction, 16))
    return std::nullopt;
  return call;
}

std::optional<std::uint64_t> inode_in(std::string_view link) noexcept {
  const auto open = link.find('[');
  std::uint64_t inode = 0;
  if (open == std::string_view::npos || !link.ends_with(']')) return std::nullopt;
  if (!words::parse(link.substr(open + 1, link.size() - open - 2), inode)) return std::nullopt;
  return inode;
}

std::optional<std::uint64_t> shared_place_in(std::string_view maps,
                                             std::uint64_t address) noexcept {
  while (!maps.empty()) {
    words from{take_line(maps)};
    const auto range = from.next();
    const auto dash = std::min(range.find('-'), range.size());
    std::uint64_t start = 0;
    std::uint64_t end = 0;
    if (!words::parse(range.substr(0, dash), start, 16) || dash == range.size() ||
        !words::parse(range.substr(dash + 1), end, 16) || address < start || address >= end)
      continue;
    const auto rights = from.next();
    std::uint64_t offset = 0;
    std::uint64_t inode = 0;
    if (!rights.ends_with('s') || !from.number(offset, 16)) return std::nullopt;
    from.next();  // the device
    if (!from.number(inode)) return std::nullopt;
    return (inode << 32) ^ (offset + (address - start));
  }
  return std::nullopt;
}

std::vector<std::uint64_t> parse_first_pages(std::string_view maps) {
  std::vector<std::uint64_t> found;
  while (!maps.empty()) {
    const auto line = take_line(maps);
    std::uint64_t start = 0;
    std::uint64_t offset = 0;
    words from{line};
    if (line.find('/') == std::string_view::npos) continue;
    const auto range = from.next();
    from.next();  // its rights
    if (from.number(offset, 16) && offset == 0 &&
        words::parse(range.substr(0, range.find('-')), start, 16))
      found.push_back(start);
  }
  return found;
}

std::vector<code_range> parse_code_ranges(std::string_view maps, std::string_view file) {
  std::vector<code_range> found;
  while (!maps.empty()) {
    const auto line = take_line(maps);
    if (file.empty() || !line.ends_with(file) || line.size() <= file.size() ||
        line[line.size() - file.size() - 1] != ' ')
      continue;
    words from{line};
    const auto range = from.next();
    const auto dash = range.find('-');
    code_range code;
    if (dash == std::string_view::npos || !words::parse(range.substr(0, dash), code.start, 16) ||
        !words::parse(range.substr(dash + 1), code.end, 16) || !from.next().starts_with("r-x") ||
        !from.number(code.offset, 16))
      continue;
    found.push_back(code);
  }
  return found;
}

std::vector<int> parse_epoll_targets(std::string_view text) {
  std::vector<int> targets;
  constexpr std::string_view key = "tfd:";
  for (auto at = text.find(key); at != std::string_view::npos; at = text.find(key, at)) {
    at += key.size();
    int target = -1;
    if (words{text.substr(at)}.number(target)) targets.push_back(target);
  }
  return targets;
}

bool opens_for_writing(std::string_view text) noexcept {
  constexpr std::uint64_t access = 3;
  constexpr std::uint64_t to_write = 1;
  while (!text.empty()) {
    words from{take_line(text)};
    std::uint64_t flags = 0;
    if (from.next() == "flags:") return words::parse(from.next(), flags, 8) && (flags & access) == to_write;
  }
  return false;
}

bool has_lock(std::string_view text) noexcept {
  while (!text.empty()) {
    const auto line = take_line(text);
    if (line.starts_with("lock:") && line.find(" WRITE ") != line.npos) return true;
  }
  return false;
}

std::vector<file_lock> parse_file_locks(std::string_view text) {
  std::vector<file_lock> locks;
  while (!text.empty()) {
    words from{take_line(text)};
    from.next();
    const auto kind = from.next();
    if (kind != "POSIX" && kind != "FLOCK") continue;
    from.next();
    if (from.next() != "WRITE") continue;
    std::uint64_t pid = 0;
    if (!from.number(pid) || pid == 0 || pid > 0x7fffffff) continue;
    const auto file = from.next();
    const auto major_end = file.find(':');
    const auto minor_end = file.rfind(':');
    unsigned major = 0;
    unsigned minor = 0;
    file_lock one;
    if (major_end == minor_end || !words::parse(file.substr(0, major_end), major, 16) ||
        !words::parse(file.substr(major_end + 1, minor_end - major_end - 1), minor, 16) ||
        !words::parse(file.substr(minor_end + 1), one.file.inode, 10))
      continue;
    one.pid = static_cast<pid_t>(pid);
    one.file.device = makedev(major, minor);
    locks.push_back(one);
  }
  return locks;
}

std::vector<tcp_row> parse_tcp_table(std::string_view text) {
  std::vector<tcp_row> rows;
  words from{text};
  while (next_row(text, from)) {
    from.next();
    const auto local = from.next();
    const auto remote = from.next();
    const auto state = from.next();
    for (int skipped = 4; skipped < 9; ++skipped)
      from.next();
    tcp_row row;
    std::uint16_t port = 0;
    const auto local_colon = local.rfind(':');
    const auto remote_colon = remote.rfind(':');
    if (!from.number(row.inode) || row.inode == 0 || local_colon == std::string_view::npos ||
        remote_colon == std::string_view::npos ||
        !words::parse(local.substr(local_colon + 1), row.local_port, 16) ||
        !words::parse(remote.substr(remote_colon + 1), port, 16))
      continue;
    row.listening = state == "0A";
    row.peer = address_text(remote.substr(0, remote_colon)) + ":" + std::to_string(port);
    rows.push_back(std::move(row));
  }
  return rows;
}

std::vector<unix_row> parse_unix_table(std::string_view text) {
  std::vector<unix_row> rows;
  words from{text};
  while (next_row(text, from)) {
    for (int skipped = 0; skipped < 3; ++skipped)
      from.next();
    std::uint64_t flags = 0;
    unix_row row;
    if (!words::parse(from.next(), flags, 16)) continue;
    from.next();
    from.next();
    if (!from.number(row.inode) || row.inode == 0) continue;
    constexpr std::uint64_t accepts = 0x10000;
    row.listening = (flags & accepts) != 0;
    row.named = !from.next().empty();
    rows.push_back(row);
  }
  return rows;
}

}  // namespace aside_app::ask
