#include "swarm/load/echo_dialogue.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace aside_test {
namespace {

using aside_app::load::echo_dialogue;
using aside_app::load::message_bytes;
using aside_app::load::mishap;

TEST(load_echo_dialogue, takes_what_was_sent_cut_anywhere) {
  const message_bytes bytes{30};
  for (std::size_t cut = 1; cut <= 30; ++cut) {
    echo_dialogue talk{bytes, 10, 1};
    for (int round = 0; round < 3; ++round) {
      const std::string sent{talk.ask(3)};
      ASSERT_EQ(sent.size(), 30u);
      unsigned answers = 0;
      for (std::size_t at = 0; at < sent.size(); at += cut) {
        const auto now = talk.take(std::string_view{sent}.substr(at, cut));
        EXPECT_EQ(now.wrong, mishap::none);
        answers += now.answers;
        EXPECT_EQ(answers, std::min(at + cut, sent.size()) / 10);
      }
      EXPECT_EQ(answers, 3u);
    }
  }
}

TEST(load_echo_dialogue, notices_every_wrong_byte) {
  const message_bytes bytes{16};
  for (std::size_t at = 0; at < 16; ++at) {
    echo_dialogue talk{bytes, 16, 1};
    std::string answer{talk.ask(1)};
    answer[at] = static_cast<char>(answer[at] ^ 1);
    EXPECT_EQ(talk.take(answer).wrong, mishap::wrong_bytes);
  }
}

TEST(load_echo_dialogue, notices_more_than_was_asked_for) {
  const message_bytes bytes{16};
  echo_dialogue talk{bytes, 16, 1};
  const std::string answer{talk.ask(1)};
  EXPECT_EQ(talk.take(answer).answers, 1u);
  EXPECT_EQ(talk.take("x").wrong, mishap::wrong_bytes);
}

TEST(load_echo_dialogue, messages_differ_by_connection_and_number) {
  const message_bytes bytes{64};
  std::set<std::string> seen;
  for (std::uint64_t connection = 0; connection < 20; ++connection)
    for (std::uint64_t number = 0; number < 20; ++number)
      seen.emplace(bytes.window(connection, number, 64));
  // 400 of 16,384 places: a few may meet.
  EXPECT_GT(seen.size(), 385u);
}

}  // namespace
}  // namespace aside_test
