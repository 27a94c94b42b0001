#include "ask/callers.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>
#include <algorithm>
#include <cstring>
#include <span>

#include "system/text_file.hpp"

namespace aside_app::ask {
namespace {

constexpr std::size_t stack_words = 128;
constexpr std::size_t deep_stack_words = 512;
constexpr std::size_t calls_of_a_thread = 4;
constexpr unsigned longest_patience = 1'024;
constexpr std::size_t most_known = 4'096;

std::size_t copy(pid_t pid, std::uint64_t from, void* into, std::size_t bytes) noexcept {
  iovec here{into, bytes};
  iovec there{reinterpret_cast<void*>(from), bytes};  // NOLINT(performance-no-int-to-ptr)
  const auto got = process_vm_readv(pid, &here, 1, &there, 1, 0);
  return got > 0 ? static_cast<std::size_t>(got) : 0;
}

std::string first_page_of(const std::string& path) {
  std::string text(4'096, '\0');
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  const auto size = file < 0 ? 0 : pread(file, text.data(), text.size(), 0);
  if (file >= 0) close(file);
  text.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
  return text;
}

bool is_same_file(const std::string& one, const std::string& other) noexcept {
  struct stat first{};
  struct stat second{};
  return stat(one.c_str(), &first) == 0 && stat(other.c_str(), &second) == 0 &&
         first.st_dev == second.st_dev && first.st_ino == second.st_ino;
}

}  // namespace

bool ends_with_call(const std::array<std::uint8_t, 8>& code) noexcept {
#if defined(__x86_64__)
  if (code[3] == 0xe8) return true;
  // FF /2 with its addressing bytes, in its lengths from two to seven.
  for (std::size_t at = 1; at < 7; ++at)
    if (code[at] == 0xff && ((code[at + 1] >> 3) & 7) == 2) return true;
  return false;
#elif defined(__aarch64__)
  std::uint32_t last = 0;
  std::memcpy(&last, code.data() + 4, sizeof last);
  return (last & 0xfc000000u) == 0x94000000u || (last & 0xfffffc1fu) == 0xd63f0000u;
#else
  return false;
#endif
}

void callers::load() {
  ranges_.clear();
  known_.clear();
  misses_ = 0;
  patience_ = std::clamp(2 * patience_, 8u, longest_patience);
  std::array<char, 4096> link;
  const auto folder = "/proc/" + std::to_string(pid_);
  const auto size = readlink((folder + "/exe").c_str(), link.data(), link.size());
  if (size <= 0) return;
  file_.assign(link.data(), static_cast<std::size_t>(size));
  is_go_ = is_made_by_go(first_page_of(folder + "/exe"));
  // In another root, as a container has, the same path leads to another file with other names.
  if (!is_same_file(folder + "/exe", file_)) return;
  ranges_ = parse_code_ranges(read_text(folder + "/maps"), file_);
}

bool callers::follows_a_call(std::uint64_t address) {
  if (const auto found = known_.find(address); found != known_.end()) return found->second;
  std::array<std::uint8_t, 8> code{};
  const bool is_call = copy(pid_, address - code.size(), code.data(), code.size()) == code.size() &&
                       ends_with_call(code);
  if (known_.size() < most_known) known_.emplace(address, is_call);
  return is_call;
}

/// The one whose record is named farthest up the thread's stack: a goroutine that parks hands its
/// record to the scheduler's first call there. The scheduler's own record, whose stack is this one,
/// says where the stack ends.
std::optional<goroutine_stack> callers::goroutine_above(std::uint64_t stack_pointer) const {
  std::array<std::uint64_t, deep_stack_words> stack;
  const auto words = copy(pid_, stack_pointer, stack.data(), sizeof stack) / sizeof stack[0];
  std::optional<goroutine_stack> found;
  std::uint64_t end = stack_pointer + sizeof stack;
  std::uint64_t tried = 0;
  for (std::size_t i = 0; i < words && stack_pointer + i * sizeof stack[0] < end; ++i) {
    goroutine_record record{};
    if (!may_be_record(stack[i]) || stack[i] == tried) continue;
    tried = stack[i];
    if (copy(pid_, tried, record.data(), sizeof record) != sizeof record) continue;
    const auto its = stack_in(record);
    if (its && its->holds(stack_pointer))
      end = std::min(end, its->high);
    else if (its)
      found = its;
  }
  return found;
}

bool callers::is_go() {
  if (misses_ >= patience_) load();
  return is_go_;
}

bool callers::take(std::uint64_t address, call_chain& into, std::size_t& count) {
  const auto in = std::find_if(ranges_.begin(), ranges_.end(), [&](const code_range& each) {
    return address >= each.start + 8 && address < each.end;
  });
  if (in == ranges_.end() || !follows_a_call(address)) return false;
  into.offsets[count++] = address - in->start + in->offset;
  return true;
}

std::optional<waiting_call> callers::of(const system_call& call) {
  if (misses_ >= patience_) load();
  std::array<std::uint64_t, deep_stack_words> stack;
  const auto at = call.stack_pointer & ~std::uint64_t{7};
  waiting_call found;
  std::size_t count = 0;
  const auto goroutine = is_go_ ? goroutine_above(at) : std::nullopt;
  const auto words = goroutine ? copy(pid_, goroutine->pointer, stack.data(), sizeof stack)
                               : copy(pid_, at, stack.data(), stack_words * sizeof stack[0]);
  const std::span seen{stack.data(), words / sizeof stack[0]};
  if (goroutine) {
    found.goroutine = goroutine->low;
    found.chain.by_frames = true;
    take(goroutine->code, found.chain, count);
    for (auto frame = goroutine->frame; count > 0 && count < found.chain.offsets.size();) {
      const auto next = frame_in(*goroutine, seen, frame);
      if (!next || !take(next->code, found.chain, count)) break;
      frame = next->caller;
    }
  }
  // Without frames all that looks like an address counts.
  if (count < 2) {
    count = 0;
    found.chain.offsets = {};
    found.chain.by_frames = false;
    const auto most = goroutine ? found.chain.offsets.size() : calls_of_a_thread;
    for (std::size_t i = 0; i < std::min(seen.size(), stack_words) && count < most; ++i)
      take(seen[i], found.chain, count);
  }
  if (count == 0) {
    ++misses_;
    return std::nullopt;
  }
  found.chain.file = file_;
  return found;
}

}  // namespace aside_app::ask
