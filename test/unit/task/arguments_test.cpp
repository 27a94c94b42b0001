#include <aside/aside.hpp>

#include <gtest/gtest.h>

#include <functional>
#include <string>

namespace {

using aside::task;
using aside::detail::refers_to_arguments;

struct derived : std::string {};
struct caller {
  task<> member(const std::string& text) const;
};

TEST(refers_to_arguments, is_true_for_values_and_for_arguments_of_the_type_itself) {
  EXPECT_TRUE((refers_to_arguments<task<> (*)(std::string), const char (&)[4]>()));
  EXPECT_TRUE((refers_to_arguments<task<> (*)(const std::string&), std::string>()));
  EXPECT_TRUE((refers_to_arguments<task<> (*)(const std::string&), const std::string&>()));
  EXPECT_TRUE((refers_to_arguments<task<> (*)(std::string&&), std::string>()));
  EXPECT_TRUE((refers_to_arguments<task<>(const std::string&) noexcept, derived&>()));
}

TEST(refers_to_arguments, is_true_for_what_converts_to_a_reference_by_itself) {
  EXPECT_TRUE((refers_to_arguments<task<> (*)(const int&), std::reference_wrapper<int>>()));
  EXPECT_TRUE((refers_to_arguments<task<> (*)(int&), std::reference_wrapper<int>>()));
}

TEST(refers_to_arguments, is_false_where_the_conversion_makes_a_temporary) {
  EXPECT_FALSE((refers_to_arguments<task<> (*)(const std::string&), const char (&)[4]>()));
  EXPECT_FALSE((refers_to_arguments<task<> (*)(std::string&&), const char*>()));
  EXPECT_FALSE((refers_to_arguments<task<> (*)(int, const double&), int, float>()));
  EXPECT_FALSE((refers_to_arguments<decltype(&caller::member), caller*, const char*>()));
  const auto body = [](const std::string& text) -> task<> {
    EXPECT_FALSE(text.empty());
    co_return;
  };
  EXPECT_FALSE((refers_to_arguments<decltype(body), const char*>()));
}

TEST(refers_to_arguments, does_not_see_into_templates) {
  const auto body = [](const auto& text) -> task<> {
    EXPECT_FALSE(std::string(text).empty());
    co_return;
  };
  EXPECT_TRUE((refers_to_arguments<decltype(body), const char*>()));
}

}  // namespace
