// What `aside ask` reads of the kernel and of other programs' files. The first byte chooses the parser.
// Checked beyond memory: a number of descriptors, rows or letters never exceeds what the text has room for.
#include "ask/proc_text.hpp"
#include "ask/rust_name.hpp"

#include <cstdint>
#include <cstdio>
#include <cstdlib>

namespace {

void expect(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "%s\n", what);
  std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace aside_app::ask;
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0] % 11) {
    case 0:
      (void)parse_schedstat(text);
      break;
    case 1:
      if (const auto line = parse_stat(text))
        expect(text.find(line->name) != text.npos, "a name that is not there");
      break;
    case 2:
      if (const auto call = parse_system_call(text))
        expect(call->running || call->repeats(*call), "a call that differs from itself");
      break;
    case 3:
      (void)inode_in(text);
      break;
    case 4:
      expect(parse_epoll_targets(text).size() <= text.size(), "more descriptors than text");
      break;
    case 5:
      expect(parse_tcp_table(text).size() <= text.size(), "more sockets than text");
      break;
    case 6:
      expect(parse_unix_table(text).size() <= text.size(), "more sockets than text");
      break;
    case 8:
      expect(!shared_place_in(text, 0x1000) || text.size() >= 14, "a place without a line");
      break;
    case 9:
      expect(parse_file_locks(text).size() <= text.size() / 20, "more locks than text");
      break;
    case 10:
      expect(!opens_for_writing(text) || text.find("flags:") != text.npos, "flags that are not there");
      expect(!has_lock(text) || text.find("lock:") != text.npos, "a lock that is not there");
      break;
    default:
      expect(!readable_rust_name(text).empty() || text.empty(), "a name that is lost");
      break;
  }
  return 0;
}
