#include <aside/aside.hpp>

#include <gtest/gtest.h>

#include <any>
#include <atomic>
#include <chrono>
#include <expected>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace {

using aside::borrows;
using aside::sendable;

struct plain {
  std::string name;
  std::vector<std::string> lines;
  std::map<std::string, int> counts;
  std::shared_ptr<int> shared;
  std::function<void()> then;
  std::optional<int> limit;
  std::chrono::milliseconds time;
  int number = 3;
};
struct array_member {
  int pair[2];
};
struct text_buffer {
  char text[100];
  int length;
};
struct base {
  int number;
};
struct derived : base {
  std::string name;
};
struct with_union {
  union {
    int number;
    float fraction;
  };
  int tag;
};
struct bit_fields {
  int low : 3;
  int high : 5;
  std::string name;
};
struct const_members {
  const int number;
  const std::string name;
};
struct move_only {
  std::unique_ptr<int> owned;
  int number;
};
struct no_default {
  explicit no_default(int) {}
  std::unique_ptr<int> owned;
};
struct no_default_behind {
  std::string name;
  no_default last;
};
struct hides_behind_no_default {
  std::string name;
  no_default middle;
  const char* text;
};
struct function_pointer {
  void (*function)();
  int number;
};
struct anything_first {
  std::any thing;
  int number;
};

TEST(borrows, is_false_for_aggregates_of_owning_members) {
  EXPECT_FALSE(borrows<plain>);
  EXPECT_FALSE(borrows<array_member>);
  EXPECT_FALSE(borrows<text_buffer>);
  EXPECT_FALSE(borrows<derived>);
  EXPECT_FALSE(borrows<with_union>);
  EXPECT_FALSE(borrows<bit_fields>);
  EXPECT_FALSE(borrows<const_members>);
  EXPECT_FALSE(borrows<move_only>);
  EXPECT_FALSE(borrows<no_default_behind>);
  EXPECT_TRUE(sendable<no_default_behind>);
  EXPECT_TRUE(borrows<hides_behind_no_default>);
  EXPECT_FALSE(borrows<function_pointer>);
  EXPECT_FALSE(borrows<anything_first>);
  EXPECT_FALSE(borrows<std::vector<plain>>);
}

struct hidden_pointer {
  int number;
  std::string* name;
};
struct two_levels_down {
  hidden_pointer inner;
  int number;
};
struct sixth_of_six {
  std::string a, b, c, d, e;
  std::string* f;
};
struct pointer_array {
  int* cells[2];
};
struct pointer_base {
  int* number;
};
struct derived_from_pointer : pointer_base {
  std::string name;
};
struct view_member {
  std::string_view text;
  int number;
};
struct optional_view {
  std::optional<std::string_view> text;
};
struct reference_wrapped {
  std::reference_wrapper<int> number;
};

TEST(borrows, finds_pointers_and_views_inside_aggregates) {
  EXPECT_TRUE(borrows<hidden_pointer>);
  EXPECT_TRUE(borrows<two_levels_down>);
  EXPECT_TRUE(borrows<sixth_of_six>);
  EXPECT_TRUE(borrows<pointer_array>);
  EXPECT_TRUE(borrows<derived_from_pointer>);
  EXPECT_TRUE(borrows<view_member>);
  EXPECT_TRUE(borrows<const view_member>);
  EXPECT_TRUE(borrows<optional_view>);
  EXPECT_TRUE(borrows<reference_wrapped>);
}

struct reference_member {
  int& number;
  int other;
};
struct const_reference_first {
  const std::string& name;
  std::string other;
};
struct const_reference_last {
  std::string other;
  const std::string& name;
};
struct rvalue_reference {
  int&& number;
};

TEST(borrows, finds_reference_members) {
  EXPECT_TRUE(borrows<reference_member>);
  EXPECT_TRUE(borrows<const_reference_first>);
  EXPECT_TRUE(borrows<const_reference_last>);
  EXPECT_TRUE(borrows<rvalue_reference>);
}

TEST(borrows, looks_into_containers) {
  EXPECT_TRUE(borrows<std::vector<std::string_view>>);
  EXPECT_TRUE((borrows<std::map<std::string, view_member>>));
  EXPECT_TRUE((borrows<std::array<std::string_view, 3>>));
  EXPECT_TRUE((borrows<std::pair<int, int*>>));
  EXPECT_FALSE((borrows<std::map<std::string, int>>));
  EXPECT_FALSE(borrows<std::string>);
}

TEST(borrows, looks_into_variants) {
  EXPECT_TRUE((borrows<std::variant<int, const char*>>));
  EXPECT_FALSE((borrows<std::variant<int, std::string>>));
  EXPECT_FALSE((sendable<std::variant<int, std::unique_lock<std::mutex>>>));
  EXPECT_TRUE((sendable<std::variant<int, std::string>>));
}

TEST(borrows, is_true_for_iterators_and_lists) {
  EXPECT_TRUE(borrows<std::vector<int>::iterator>);
  EXPECT_TRUE((borrows<std::map<int, int>::const_iterator>));
  EXPECT_TRUE(borrows<std::optional<std::vector<int>::iterator>>);
  EXPECT_TRUE(borrows<std::initializer_list<int>>);
}

TEST(borrows, looks_into_both_sides_of_an_expected) {
  EXPECT_TRUE((borrows<std::expected<int, int*>>));
  EXPECT_TRUE((borrows<std::expected<std::string_view, int>>));
  EXPECT_TRUE((borrows<std::expected<void, const char*>>));
  EXPECT_FALSE((borrows<std::expected<std::string, int>>));
  EXPECT_FALSE((borrows<std::expected<void, std::string>>));
  EXPECT_FALSE((sendable<std::expected<int, std::unique_lock<std::mutex>>>));
}

class opaque {
 public:
  explicit opaque(int* target) : target_(target) {}
  int* target() const { return target_; }

 private:
  int* target_;
};

TEST(borrows, cannot_see_into_a_class_with_private_members) { EXPECT_FALSE(borrows<opaque>); }

struct locked {
  std::unique_lock<std::mutex> lock;
  int number;
};
struct nursery_reference {
  aside::nursery& children;
};
struct const_reference {
  const int& number;
};

TEST(sendable, is_false_for_locks_and_for_references_to_what_is_not_shareable) {
  EXPECT_FALSE(sendable<locked>);
  EXPECT_FALSE(sendable<std::vector<std::unique_lock<std::mutex>>>);
  EXPECT_FALSE(sendable<reference_member>);
  EXPECT_FALSE(sendable<pointer_array>);
  EXPECT_FALSE(sendable<reference_wrapped>);
  EXPECT_FALSE(sendable<std::span<int>>);
  EXPECT_FALSE(sendable<std::vector<int>::iterator>);
  EXPECT_FALSE((sendable<std::map<int, int>::iterator>));
}

TEST(sendable, is_true_for_values_and_for_references_to_what_is_shareable) {
  EXPECT_TRUE(sendable<plain>);
  EXPECT_TRUE(sendable<array_member>);
  EXPECT_TRUE(sendable<derived>);
  EXPECT_TRUE(sendable<move_only>);
  EXPECT_TRUE(sendable<nursery_reference>);
  EXPECT_TRUE(sendable<const_reference>);
  EXPECT_TRUE(sendable<std::string_view>);
  EXPECT_TRUE(sendable<std::span<const char>>);
  EXPECT_TRUE(sendable<std::span<std::atomic<int>>>);
  EXPECT_TRUE(sendable<std::vector<int>::const_iterator>);
  EXPECT_TRUE(sendable<int (*)()>);
}

TEST(shareable, is_what_is_const_or_atomic) {
  EXPECT_TRUE(aside::shareable<const std::string>);
  EXPECT_TRUE(aside::shareable<std::atomic<int>>);
  EXPECT_TRUE(sendable<std::reference_wrapper<std::atomic<bool>>>);
  EXPECT_FALSE(aside::shareable<int>);
  EXPECT_FALSE(aside::shareable<std::string>);
}

}  // namespace
