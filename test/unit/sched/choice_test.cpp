#include "sched/choice.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <stdexcept>

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
  try {
    static_cast<void>(choose_engine(engine_kind::automatic));
    ADD_FAILURE() << "took another";
  } catch (const std::invalid_argument& e) {
    EXPECT_STREQ(e.what(),
                 "aside: ASIDE_ENGINE=kqueue is no engine: set it to epoll or uring, or unset it");
  }
  EXPECT_EQ(choose_engine(engine_kind::epoll).kind, engine_kind::epoll);
}

TEST_F(engine_choice, knows_both_names_of_io_uring) {
  say("uring");
  const auto one = choose_engine(engine_kind::automatic);
  say("io_uring");
  const auto other = choose_engine(engine_kind::automatic);
  EXPECT_EQ(one.kind, other.kind);
  EXPECT_EQ(one.reason, other.reason);
}

TEST_F(engine_choice, of_the_program_wins_over_the_environment) {
  say("uring");
  const auto got = choose_engine(engine_kind::epoll);
  EXPECT_EQ(got.kind, engine_kind::epoll);
  EXPECT_NE(got.reason.find("asked for by the program"), std::string::npos) << got.reason;
}

}  // namespace
