// Bytes that `aside ask` takes from the kernel's rings and sockets and from the memory and the files of other
// programs. The first byte chooses the reader. Checked beyond memory: nothing is found that is not there.
#include "ask/aside_note.hpp"
#include "ask/goroutine.hpp"
#include "ask/netlink_attribute.hpp"
#include "ask/proc_text.hpp"
#include "ask/quota.hpp"
#include "ask/switch_event.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <span>
#include <string_view>
#include <vector>

namespace {

void expect(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "%s\n", what);
  std::abort();
}

void read_goroutine(std::span<const std::byte> bytes) {
  using namespace aside_app::ask;
  if (bytes.empty()) return;
  goroutine_record record{};
  std::memcpy(record.data(), bytes.data(), std::min(bytes.size(), sizeof record));
  if (const auto stack = stack_in(record)) {
    expect(stack->holds(stack->pointer) && stack->low < stack->high, "a stack that goes on elsewhere");
    std::vector<std::uint64_t> words(bytes.size() / sizeof record[0]);
    std::memcpy(words.data(), bytes.data(), words.size() * sizeof record[0]);
    std::uint64_t last = 0;
    for (auto at = stack->frame; const auto frame = frame_in(*stack, words, at); at = frame->caller) {
      expect(at > last, "a frame below the one that it has called");
      last = at;
    }
  }
  (void)may_be_record(record[0]);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace aside_app::ask;
  if (size == 0) return 0;
  // A copy of its own length: reading beyond it is seen.
  const std::vector<std::byte> copy(reinterpret_cast<const std::byte*>(data) + 1,
                                    reinterpret_cast<const std::byte*>(data) + size);
  const std::span<const std::byte> bytes{copy};
  const std::string_view text{reinterpret_cast<const char*>(copy.data()), copy.size()};
  switch (data[0] % 7) {
    case 0: {
      std::vector<switch_event> events;
      parse_records(bytes, events);
      expect(events.size() <= bytes.size() / 24, "more events than records have room");
      break;
    }
    case 1:
      expect(block_in(bytes, 0x1000) == 0 || text.find("aside") != text.npos, "a note that is not there");
      break;
    case 2: {
      const auto found = attribute_in(bytes, 4, 3);
      expect(found.empty() || (found.data() >= bytes.data() + 8 &&
                               found.data() + found.size() <= bytes.data() + bytes.size()),
             "an attribute beyond its answer");
      break;
    }
    case 3:
      expect(parse_first_pages(text).size() <= text.size() / 4, "more files than lines");
      break;
    case 4:
      expect(parse_code_ranges(text, "/bin/x").empty() || text.find(" /bin/x") != text.npos,
             "code of a file that is not there");
      break;
    case 5:
      read_goroutine(bytes);
      (void)is_made_by_go(text);
      break;
    default:
      if (const auto cores = parse_cpu_max(text)) expect(*cores >= 0, "less than no core");
      break;
  }
  return 0;
}
