#include "sched/choice.hpp"

#include <gtest/gtest.h>

#include <cstdlib>

namespace {

using aside::engine_kind;
using aside::detail::choose_engine;

class engine_choice : public testing::Test {
 protected:
  void SetUp() override {
    const char* const set = std::getenv("ASIDE_ENGINE");
    before_ = set != nullptr ? set : "";
  }
  void TearDown() override { say(before_.c_str()); }
  static void say(const char* engine) { ::setenv("ASIDE_ENGINE", engine, 1); }

 private:
  std::string before_;
};

TEST_F(engine_choice, is_epoll_where_nobody_asks) {
  say("");
  const auto got = choose_engine(engine_kind::automatic);
  EXPECT_EQ(got.kind, engine_kind::epoll);
  EXPECT_NE(got.reason.find("the default"), std::string::npos) << got.reason;
}

TEST_F(engine_choice, is_what_the_environment_names) {
  say("epoll");
  const auto got = choose_engine(engine_kind::automatic);
  EXPECT_EQ(got.kind, engine_kind::epoll);
  EXPECT_NE(got.reason.find("asked for by ASIDE_ENGINE"), std::string::npos) << got.reason;
}

TEST_F(engine_choice, says_that_a_name_in_the_environment_is_no_engine) {
  say("kqueue");
  const auto got = choose_engine(engine_kind::automatic);
  EXPECT_EQ(got.kind, engine_kind::epoll);
  EXPECT_NE(got.reason.find("ASIDE_ENGINE=kqueue is no engine"), std::string::npos) << got.reason;
}

TEST_F(engine_choice, of_the_program_wins_over_the_environment) {
  say("uring");
  const auto got = choose_engine(engine_kind::epoll);
  EXPECT_EQ(got.kind, engine_kind::epoll);
  EXPECT_NE(got.reason.find("asked for by the program"), std::string::npos) << got.reason;
}

}  // namespace
