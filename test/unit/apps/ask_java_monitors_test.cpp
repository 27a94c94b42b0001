#include "ask/java_monitors.hpp"

#include <gtest/gtest.h>

#include <unistd.h>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

namespace aside_test {
namespace {

using namespace aside_app::ask;

template <class Value>
void put(std::string& memory, std::size_t at, Value value) {
  if (memory.size() < at + sizeof value) memory.resize(at + sizeof value);
  std::memcpy(memory.data() + at, &value, sizeof value);
}

/// What a virtual machine keeps for its tools: counters by name, all of them 64 bits.
std::string memory_with(const std::vector<std::pair<std::string, std::int64_t>>& counters) {
  std::string memory{"\xca\xfe\xc0\xc0\1\2\0\1", 8};
  put<std::int32_t>(memory, 24, 32);
  put(memory, 28, static_cast<std::int32_t>(counters.size()));
  std::size_t at = 32;
  for (const auto& [name, value] : counters) {
    const auto size = static_cast<std::uint32_t>((20 + name.size() + 1 + 7) / 8 * 8);
    put(memory, at, size + 8);
    put<std::uint32_t>(memory, at + 4, 20);
    put<std::uint32_t>(memory, at + 8, 0);
    put(memory, at + 12, 'J');
    put(memory, at + 16, size);
    for (std::size_t i = 0; i <= name.size(); ++i)
      put(memory, at + 20 + i, name.c_str()[i]);
    put(memory, at + size, value);
    at += size + 8;
  }
  return memory;
}

std::vector<std::int64_t> values_at(std::string_view memory, const std::vector<std::size_t>& places) {
  std::vector<std::int64_t> values;
  for (const auto at : places) {
    std::int64_t value = 0;
    std::memcpy(&value, memory.data() + at, sizeof value);
    values.push_back(value);
  }
  return values;
}

TEST(ask_java_monitors, the_counters_are_found_by_their_names) {
  const auto memory = memory_with({{"java.threads.started", 17},
                                   {"sun.rt._sync_ContendedLockAttempts", 400},
                                   {"sun.rt._sync_FutileWakeups", 90},
                                   {"sun.rt._sync_Notifications", 5}});
  const auto found = monitor_counters_in(memory);
  EXPECT_EQ(values_at(memory, found.waits), (std::vector<std::int64_t>{400, 90}));
  EXPECT_EQ(values_at(memory, found.tells), (std::vector<std::int64_t>{5}));
}

TEST(ask_java_monitors, memory_of_another_kind_has_none) {
  EXPECT_TRUE(monitor_counters_in("").waits.empty());
  EXPECT_TRUE(monitor_counters_in(std::string(1'000, '\0')).waits.empty());
  auto memory = memory_with({{"sun.rt._sync_FutileWakeups", 90}});
  for (std::size_t size = 0; size < memory.size(); ++size)
    EXPECT_TRUE(monitor_counters_in(std::string_view{memory}.substr(0, size)).waits.empty()) << size;
  put<std::uint32_t>(memory, 32, 0);
  EXPECT_TRUE(monitor_counters_in(memory).waits.empty()) << "an entry of no length has no next";
  memory[5] = 3;
  EXPECT_TRUE(monitor_counters_in(memory).waits.empty()) << "another layout";
}

TEST(ask_java_monitors, the_memory_is_found_by_the_name_of_its_file) {
  constexpr std::string_view maps =
      "7f1a00000000-7f1a00021000 rw-p 00000000 00:00 0 \n"
      "7f1a2c1f0000-7f1a2c1f8000 rw-s 00000000 fe:01 42    /tmp/hsperfdata_nobody/4711\n"
      "7f1a2c1f8000-7f1a2c1f9000 r--p 00000000 fe:01 43    /usr/lib/libjvm.so\n";
  const auto found = counter_memory_in(maps);
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->start, 0x7f1a2c1f0000u);
  EXPECT_EQ(found->size, 0x8000u);
  EXPECT_EQ(counter_memory_in(maps.substr(0, 40)), std::nullopt);
  EXPECT_EQ(counter_memory_in(" /hsperfdata_x/1"), std::nullopt);
  EXPECT_FALSE(java_monitors{getpid()}.counts().has_value()) << "this is no virtual machine";
}

}  // namespace
}  // namespace aside_test
