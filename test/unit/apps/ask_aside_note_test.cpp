#include "ask/aside_note.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <string_view>
#include <vector>

namespace aside_test {
namespace {

using aside_app::ask::block_in;

void add(std::vector<std::byte>& to, const void* bytes, std::size_t size) {
  const auto* from = static_cast<const std::byte*>(bytes);
  to.insert(to.end(), from, from + size);
}

/// A note as linkers lay it out: its name and its text filled up to four bytes.
void add_note(std::vector<std::byte>& to, std::string_view name, std::uint32_t kind,
              std::span<const std::byte> text) {
  const std::array<std::uint32_t, 3> head{static_cast<std::uint32_t>(name.size()),
                                          static_cast<std::uint32_t>(text.size()), kind};
  add(to, head.data(), sizeof head);
  add(to, name.data(), name.size());
  to.resize((to.size() + 3) / 4 * 4);
  add(to, text.data(), text.size());
  to.resize((to.size() + 3) / 4 * 4);
}

constexpr std::string_view ours{"aside", 6};
constexpr std::int64_t distance = -64;

std::vector<std::byte> two_notes() {
  std::vector<std::byte> notes;
  const std::array<std::byte, 5> id{};
  add_note(notes, {"GNU", 4}, 3, id);
  add_note(notes, ours, 1, std::as_bytes(std::span{&distance, 1}));
  return notes;
}

TEST(ask_aside_note, leads_from_where_it_lies) {
  const auto notes = two_notes();
  // Of the last eight bytes, which say how far it is.
  EXPECT_EQ(block_in(notes, 0x10'000), 0x10'000 + notes.size() - 8 - 64);
}

TEST(ask_aside_note, others_are_none) {
  std::vector<std::byte> notes;
  const auto text = std::as_bytes(std::span{&distance, 1});
  add_note(notes, {"other", 6}, 1, text);
  add_note(notes, ours, 2, text);
  add_note(notes, ours, 1, text.first(4));
  EXPECT_EQ(block_in(notes, 0x10'000), 0u);
  EXPECT_EQ(block_in({}, 0x10'000), 0u);
}

TEST(ask_aside_note, one_that_is_cut_is_none) {
  const auto notes = two_notes();
  for (std::size_t size = 0; size < notes.size(); ++size) {
    const std::vector<std::byte> cut(notes.begin(),
                                     notes.begin() + static_cast<std::ptrdiff_t>(size));
    EXPECT_EQ(block_in(cut, 0x10'000), 0u) << size;
  }
}

TEST(ask_aside_note, impossible_sizes_end_the_search) {
  std::vector<std::byte> notes;
  const std::array<std::uint32_t, 3> head{~0u, ~0u, 1};
  add(notes, head.data(), sizeof head);
  const auto more = two_notes();
  notes.insert(notes.end(), more.begin(), more.end());
  EXPECT_EQ(block_in(notes, 0x10'000), 0u);
}

}  // namespace
}  // namespace aside_test
