#include <aside/aside.hpp>

#include <gtest/gtest.h>

#include <array>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <ranges>
#include <string>
#include <tuple>
#include <variant>
#include <vector>

namespace {

using aside::borrows;
using aside::sendable;

template <class Range>
using viewed = std::views::all_t<Range>;
template <class Range>
using doubled = std::ranges::transform_view<viewed<Range>, int (*)(int)>;

TEST(borrows, is_true_for_views_of_a_container_that_is_elsewhere) {
  using numbers = std::vector<int>;
  EXPECT_TRUE(borrows<viewed<numbers&>>);
  EXPECT_TRUE(borrows<viewed<const numbers&>>);
  EXPECT_TRUE(borrows<viewed<std::list<bool>&>>);
  EXPECT_TRUE(borrows<viewed<std::vector<bool>&>>);
  EXPECT_TRUE(borrows<std::ranges::subrange<int*>>);
  EXPECT_TRUE(borrows<std::ranges::subrange<numbers::iterator>>);
  EXPECT_TRUE(borrows<std::ranges::take_view<viewed<numbers&>>>);
  EXPECT_TRUE(borrows<std::ranges::take_view<viewed<std::list<int>&>>>);
  EXPECT_TRUE(borrows<std::ranges::drop_view<std::ranges::reverse_view<viewed<numbers&>>>>);
  EXPECT_TRUE(borrows<doubled<numbers&>>);
  EXPECT_TRUE((borrows<std::ranges::keys_view<viewed<std::map<int, int>&>>>));
  EXPECT_TRUE(borrows<std::ranges::take_view<std::string_view>>);
}

TEST(borrows, is_false_for_views_that_own_or_generate_their_elements) {
  EXPECT_FALSE(borrows<viewed<std::vector<int>>>);
  EXPECT_FALSE(borrows<std::ranges::take_view<viewed<std::vector<int>>>>);
  EXPECT_FALSE(borrows<doubled<std::vector<int>>>);
  EXPECT_FALSE(borrows<std::ranges::single_view<std::string>>);
  EXPECT_FALSE(borrows<std::ranges::empty_view<std::string>>);
  EXPECT_FALSE((borrows<std::ranges::iota_view<int, int>>));
  EXPECT_FALSE((borrows<std::ranges::take_view<std::ranges::iota_view<int>>>));
  EXPECT_TRUE(borrows<viewed<std::vector<std::string_view>>>);
  EXPECT_TRUE(borrows<std::ranges::iota_view<int*>>);
}

TEST(sendable, is_that_of_the_elements_for_views) {
  EXPECT_FALSE(sendable<viewed<std::vector<int>&>>);
  EXPECT_TRUE(sendable<viewed<const std::vector<int>&>>);
  EXPECT_FALSE(sendable<doubled<std::vector<int>&>>);
  EXPECT_FALSE(sendable<std::ranges::subrange<int*>>);
  EXPECT_TRUE(sendable<std::ranges::subrange<const int*>>);
  EXPECT_TRUE(sendable<viewed<std::vector<int>>>);
  EXPECT_TRUE((sendable<std::ranges::iota_view<int, int>>));
}

struct tree {
  std::string name;
  std::vector<tree> children;
};
struct tree_of_views {
  std::string_view name;
  std::vector<tree_of_views> children;
};
struct tree_with_the_pointer_last {
  std::vector<tree_with_the_pointer_last> children;
  const int* number;
};
struct tree_of_locks {
  std::vector<tree_of_locks> children;
  std::unique_lock<std::mutex> lock;
};
struct document {
  std::map<std::string, document> members;
  std::vector<std::optional<document>> items;
  std::vector<std::tuple<int, document>> numbered;
  std::vector<std::variant<int, std::vector<document>>> either;
  std::vector<std::pair<std::string, std::array<std::list<document>, 2>>> deep;
  std::shared_ptr<document> shared;
  std::unique_ptr<document> owned;
};
struct document_with_a_view_deep_inside {
  std::map<std::string, document_with_a_view_deep_inside> members;
  std::vector<std::variant<int, std::vector<std::string_view>>> either;
};
struct list_of_itself : std::vector<list_of_itself> {};
struct map_of_itself : std::map<std::string, map_of_itself> {
  explicit map_of_itself(int) {}
};

struct right;
struct left {
  std::vector<right> others;
  int number;
};
struct right {
  std::vector<left> others;
  std::string text;
};
struct right_with_a_view;
struct left_of_a_view {
  std::vector<right_with_a_view> others;
  int number;
};
struct right_with_a_view {
  std::vector<left_of_a_view> others;
  std::string_view text;
};
struct shortest {
  std::vector<shortest> all;
};
struct around_a_tree {
  tree first;
  const tree second;
  std::vector<left> others;
};
struct around_a_tree_of_views {
  int number;
  std::vector<tree_of_views> trees;
};

TEST(borrows, is_false_for_types_that_contain_themselves_and_own_all) {
  EXPECT_FALSE(borrows<tree>);
  EXPECT_FALSE(borrows<const tree>);
  EXPECT_FALSE(borrows<std::vector<tree>>);
  EXPECT_FALSE(borrows<std::optional<tree>>);
  EXPECT_FALSE(borrows<document>);
  EXPECT_FALSE(borrows<list_of_itself>);
  EXPECT_FALSE(borrows<map_of_itself>);
  EXPECT_FALSE(borrows<left>);
  EXPECT_FALSE(borrows<right>);
  EXPECT_FALSE(borrows<shortest>);
  EXPECT_FALSE(borrows<around_a_tree>);
  EXPECT_TRUE(sendable<tree>);
  EXPECT_TRUE(sendable<document>);
  EXPECT_TRUE(sendable<list_of_itself>);
  EXPECT_TRUE(sendable<map_of_itself>);
  EXPECT_TRUE(sendable<right>);
  EXPECT_TRUE(sendable<left>);
  EXPECT_TRUE(sendable<around_a_tree>);
}

TEST(borrows, finds_what_borrows_in_types_that_contain_themselves) {
  EXPECT_TRUE(borrows<tree_of_views>);
  EXPECT_TRUE(borrows<std::vector<tree_of_views>>);
  EXPECT_TRUE(borrows<tree_with_the_pointer_last>);
  EXPECT_TRUE(borrows<document_with_a_view_deep_inside>);
  EXPECT_TRUE(borrows<left_of_a_view>);
  EXPECT_TRUE(borrows<right_with_a_view>);
  EXPECT_TRUE(borrows<around_a_tree_of_views>);
  EXPECT_TRUE(borrows<std::vector<tree>::iterator>);
  EXPECT_FALSE(sendable<tree_of_locks>);
  EXPECT_FALSE(sendable<std::vector<tree_of_locks>>);
  EXPECT_FALSE(sendable<std::vector<tree>::iterator>);
}

class handle_by_number {
 public:
  explicit handle_by_number(int number) : number_(number) {}
  int number() const { return number_; }

 private:
  int number_;
};
struct kept_alive_elsewhere {
  const char* text;
};
struct view_by_number {
  int number;
};
struct around_a_view_by_number {
  view_by_number view;
  std::string text;
};
struct tree_of_handles {
  std::vector<tree_of_handles> children;
  handle_by_number handle;
};
struct tree_of_kept_alive {
  std::vector<tree_of_kept_alive> children;
  kept_alive_elsewhere text;
};
struct declared_tree {
  std::vector<declared_tree> children;
};
struct around_a_declared_tree {
  std::vector<declared_tree> trees;
  std::vector<around_a_declared_tree> others;
};

}  // namespace

template <>
inline constexpr bool aside::borrows<handle_by_number> = true;
template <>
inline constexpr bool aside::sendable<handle_by_number> = false;
template <>
inline constexpr bool aside::borrows<view_by_number> = true;
template <>
inline constexpr bool aside::sendable<view_by_number> = false;
template <>
inline constexpr bool aside::borrows<kept_alive_elsewhere> = false;
template <>
inline constexpr bool aside::borrows<declared_tree> = true;
template <>
inline constexpr bool aside::sendable<declared_tree> = false;

namespace {

TEST(borrows, is_what_its_author_says) {
  EXPECT_TRUE(borrows<handle_by_number>);
  EXPECT_TRUE(borrows<const handle_by_number>);
  EXPECT_TRUE(borrows<tree_of_handles>);
  EXPECT_TRUE((borrows<std::map<int, tree_of_handles>>));
  EXPECT_TRUE(borrows<view_by_number>);
  EXPECT_TRUE(borrows<around_a_view_by_number>);
  EXPECT_FALSE(borrows<kept_alive_elsewhere>);
  EXPECT_FALSE(borrows<tree_of_kept_alive>);
  EXPECT_TRUE(borrows<declared_tree>);
  EXPECT_TRUE(borrows<around_a_declared_tree>);
  EXPECT_FALSE(sendable<handle_by_number>);
  EXPECT_FALSE(sendable<tree_of_handles>);
  EXPECT_FALSE(sendable<around_a_view_by_number>);
  EXPECT_FALSE(sendable<declared_tree>);
  EXPECT_FALSE(sendable<around_a_declared_tree>);
}

template <class T>
  requires aside::sendable<T> && (!aside::borrows<T>)
constexpr bool may_be_given_away(const T&) {
  return true;
}

TEST(borrows, is_a_constraint_too) { EXPECT_TRUE(may_be_given_away(tree())); }

}  // namespace
