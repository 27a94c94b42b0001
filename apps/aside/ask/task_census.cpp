#include "ask/task_census.hpp"

#include <elf.h>
#include <sys/uio.h>
#include <algorithm>
#include <array>
#include <cstring>
#include <string>
#include <vector>

#include "ask/aside_note.hpp"
#include "ask/proc_text.hpp"
#include "system/text_file.hpp"

namespace aside_app::ask {
namespace {

constexpr std::uint64_t longest_patience_ns = 2'000'000'000;
constexpr std::size_t most_segments = 64;
constexpr std::size_t most_note_bytes = 16'384;
constexpr std::uint32_t most_places = 4'096;

// The layout of version 2. Both sides have 64 bits.
constexpr std::uint32_t known_version = 2;
constexpr std::uint64_t closed_bit = std::uint64_t{1} << 63;  // of a tail

struct block_head {
  std::uint32_t version;
  std::uint32_t word_bytes;
  std::uint32_t count;
  std::uint32_t left_out;
};

struct core_part {
  std::uint64_t alive;
  std::uint64_t current;
  std::uint64_t next;
  std::uint64_t local;
  std::uint64_t ring_head;
  std::uint64_t ring_tail;
  std::uint64_t listed;
  std::uint64_t outside_head;
  std::uint64_t outside_tail;
};

struct core_values {
  std::uint64_t alive = 0;
  std::uint64_t current = 0;
  std::uint64_t next = 0;
  std::uint64_t local = 0;
  std::uint32_t ring_head = 0;
  std::uint32_t ring_tail = 0;
  std::uint64_t listed = 0;
  std::uint64_t outside_head = 0;
  std::uint64_t outside_tail = 0;
};

void* remote(std::uint64_t address) noexcept {
  return reinterpret_cast<void*>(address);  // NOLINT(performance-no-int-to-ptr)
}

bool copy(pid_t pid, std::uint64_t from, void* into, std::size_t bytes) noexcept {
  iovec here{into, bytes};
  iovec there{remote(from), bytes};
  return process_vm_readv(pid, &here, 1, &there, 1, 0) == static_cast<ssize_t>(bytes);
}

template <class Value>
bool copy(pid_t pid, std::uint64_t from, Value& into) noexcept {
  return copy(pid, from, &into, sizeof into);
}

std::uint64_t block_of_file(pid_t pid, std::uint64_t start) {
  Elf64_Ehdr head;
  if (!copy(pid, start, head) || std::memcmp(head.e_ident, ELFMAG, SELFMAG) != 0 ||
      head.e_ident[EI_CLASS] != ELFCLASS64 || head.e_phentsize != sizeof(Elf64_Phdr) ||
      head.e_phnum > most_segments)
    return 0;
  std::vector<Elf64_Phdr> segments(head.e_phnum);
  if (!copy(pid, start + head.e_phoff, segments.data(), segments.size() * sizeof(Elf64_Phdr)))
    return 0;
  const auto loaded = std::find_if(segments.begin(), segments.end(), [](const Elf64_Phdr& each) {
    return each.p_type == PT_LOAD && each.p_offset == 0;
  });
  if (loaded == segments.end()) return 0;
  for (const auto& each : segments) {
    if (each.p_type != PT_NOTE || each.p_filesz > most_note_bytes) continue;
    const auto address = start + (each.p_vaddr - loaded->p_vaddr);
    std::vector<std::byte> notes(each.p_filesz);
    if (!copy(pid, address, notes.data(), notes.size())) continue;
    if (const auto found = block_in(notes, address); found != 0) return found;
  }
  return 0;
}

bool copy_values(pid_t pid, const core_part& from, core_values& into) noexcept {
  std::array<iovec, 9> here{{{&into.alive, 8},
                             {&into.current, 8},
                             {&into.next, 8},
                             {&into.local, 8},
                             {&into.ring_head, 4},
                             {&into.ring_tail, 4},
                             {&into.listed, 8},
                             {&into.outside_head, 8},
                             {&into.outside_tail, 8}}};
  std::array<iovec, 9> there{{{remote(from.alive), 8},
                              {remote(from.current), 8},
                              {remote(from.next), 8},
                              {remote(from.local), 8},
                              {remote(from.ring_head), 4},
                              {remote(from.ring_tail), 4},
                              {remote(from.listed), 8},
                              {remote(from.outside_head), 8},
                              {remote(from.outside_tail), 8}}};
  return process_vm_readv(pid, here.data(), here.size(), there.data(), there.size(), 0) == 64;
}

}  // namespace

void task_census::find() {
  const auto maps = read_text("/proc/" + std::to_string(pid_) + "/maps");
  for (const auto start : parse_first_pages(maps))
    if (const auto found = block_of_file(pid_, start); found != 0) blocks_.push_back(found);
}

bool task_census::add(std::uint64_t block, task_counts& to) const {
  block_head head;
  std::vector<std::uint64_t> places;
  const auto first = block + sizeof head;
  if (!copy(pid_, block, head) || head.version != known_version || head.word_bytes != 8 ||
      head.count > most_places)
    return false;
  places.resize(head.count);
  if (!copy(pid_, first, places.data(), places.size() * 8)) return false;
  std::vector<std::uint64_t> queues;
  double alive = 0;
  double ready = 0;
  double running = 0;
  for (std::size_t i = 0; i < places.size(); ++i) {
    if (places[i] == 0) continue;
    core_part part;
    core_values is;
    std::uint64_t after = 0;
    // A place that still names the part has kept it, and its counters, all the while.
    if (!copy(pid_, places[i], part) || !copy_values(pid_, part, is) ||
        !copy(pid_, first + i * 8, after) || after != places[i])
      continue;
    ++to.cores;
    alive += static_cast<double>(is.alive);
    running += is.current != 0;
    // A thief may have moved the head beyond the tail that was read before it.
    ready += is.ring_tail - is.ring_head < 0x8000'0000u ? is.ring_tail - is.ring_head : 0;
    ready += (is.next != 0) + (is.local != 0);
    if (std::find(queues.begin(), queues.end(), part.listed) != queues.end()) continue;
    queues.push_back(part.listed);
    const std::uint64_t outside_tail = is.outside_tail & ~closed_bit;  // read after the head
    ready += static_cast<double>(is.listed) + static_cast<double>(outside_tail - is.outside_head);
  }
  to.waiting += std::max(0.0, alive - ready - running);
  to.ready += ready;
  to.running += running;
  to.partial |= head.left_out != 0;
  return true;
}

std::optional<task_counts> task_census::read(std::uint64_t now) {
  if (blocks_.empty()) {
    // Not at once: most processes that live for a moment have none.
    if (next_try_ == 0) next_try_ = now + patience_ns_;
    if (now < next_try_) return std::nullopt;
    find();
    patience_ns_ = std::min(4 * patience_ns_, longest_patience_ns);
    next_try_ = now + patience_ns_;
  }
  task_counts found;
  // What is no block any more belonged to the program before a call of exec.
  std::erase_if(blocks_, [&](std::uint64_t each) { return !add(each, found); });
  if (found.cores == 0) return std::nullopt;
  return found;
}

}  // namespace aside_app::ask
