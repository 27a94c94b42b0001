#include "ask/switch_event.hpp"

#include <gtest/gtest.h>
#include <linux/perf_event.h>

#include <cstring>

namespace aside_test {
namespace {

using namespace aside_app::ask;
using kind = switch_event::kind;

/// Builds records as the kernel lays them out.
class records {
 public:
  template <class Value>
  records& put(Value value) {
    const auto* bytes = reinterpret_cast<const std::byte*>(&value);
    bytes_.insert(bytes_.end(), bytes, bytes + sizeof value);
    return *this;
  }
  records& header(std::uint32_t type, std::uint16_t misc, std::uint16_t size) {
    return put(type).put(misc).put(size);
  }
  records& switched(std::uint16_t misc, std::uint32_t pid, std::uint32_t tid, std::uint64_t time) {
    return header(PERF_RECORD_SWITCH, misc, 24).put(pid).put(tid).put(time);
  }
  std::span<const std::byte> bytes() const { return bytes_; }

 private:
  std::vector<std::byte> bytes_;
};

TEST(ask_switch_event, every_kind) {
  records given;
  given.switched(0, 10, 11, 100);
  given.switched(PERF_RECORD_MISC_SWITCH_OUT, 10, 11, 200);
  given.switched(PERF_RECORD_MISC_SWITCH_OUT | (1u << 14), 10, 11, 300);
  given.header(PERF_RECORD_FORK, 0, 48)
      .put(std::uint32_t{20})
      .put(std::uint32_t{10})
      .put(std::uint32_t{21})
      .put(std::uint32_t{11})
      .put(std::uint64_t{400})
      .put(std::uint32_t{10})
      .put(std::uint32_t{11})
      .put(std::uint64_t{400});
  given.header(PERF_RECORD_EXIT, 0, 48)
      .put(std::uint32_t{20})
      .put(std::uint32_t{10})
      .put(std::uint32_t{21})
      .put(std::uint32_t{11})
      .put(std::uint64_t{500})
      .put(std::uint32_t{20})
      .put(std::uint32_t{21})
      .put(std::uint64_t{500});
  given.header(PERF_RECORD_LOST, 0, 40)
      .put(std::uint64_t{1})
      .put(std::uint64_t{9})
      .put(std::uint64_t{0})
      .put(std::uint64_t{0});
  std::vector<switch_event> got;
  EXPECT_EQ(parse_records(given.bytes(), got), 9u);
  const std::vector<switch_event> expected{{kind::in, 10, 11, 0, 100},
                                           {kind::blocked, 10, 11, 0, 200},
                                           {kind::preempted, 10, 11, 0, 300},
                                           {kind::born, 20, 21, 10, 400},
                                           {kind::ended, 20, 21, 10, 500}};
  EXPECT_EQ(got, expected);
}

TEST(ask_switch_event, cut_and_impossible_records_end_the_reading) {
  records given;
  given.switched(0, 1, 2, 3);
  for (std::size_t cut = 0; cut < given.bytes().size(); ++cut) {
    std::vector<switch_event> got;
    EXPECT_EQ(parse_records(given.bytes().first(cut), got), 0u);
    EXPECT_TRUE(got.empty()) << cut;
  }
  records endless;
  endless.header(PERF_RECORD_SWITCH, 0, 0).put(std::uint64_t{0});
  std::vector<switch_event> got;
  EXPECT_EQ(parse_records(endless.bytes(), got), 0u);
  EXPECT_TRUE(got.empty());
}

}  // namespace
}  // namespace aside_test
