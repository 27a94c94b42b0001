// How many failures are printed: peers that break off must neither fill a log nor hide what fails besides.
#include "sched/failure_allowance.hpp"
#include "unit/child_process.hpp"
#include "unit/run_test.hpp"

#include <aside/io/transfer_error.hpp>

#include <chrono>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

namespace {

using namespace aside_test;
using namespace std::chrono_literals;
using aside::nursery;
using aside::task;
using aside::detail::failure_allowance;

constexpr std::uint64_t second_ns = 1'000'000'000;
constexpr std::uint64_t now_ns = 1'000 * second_ns;

TEST(failure_allowance, is_so_many_at_once_and_then_one_each_time) {
  failure_allowance some(3, second_ns);
  for (int i = 0; i < 3; ++i)
    EXPECT_TRUE(some.take(now_ns)) << i;
  EXPECT_FALSE(some.take(now_ns));
  EXPECT_FALSE(some.take(now_ns + second_ns - 1));
  EXPECT_EQ(some.take_hidden(), 2u);
  EXPECT_EQ(some.take_hidden(), 0u);
  EXPECT_TRUE(some.take(now_ns + second_ns));
  EXPECT_FALSE(some.take(now_ns + second_ns));
  EXPECT_TRUE(some.take(now_ns + 2 * second_ns));
  EXPECT_EQ(some.take_hidden(), 1u);
}

TEST(failure_allowance, recovers_and_becomes_no_more_than_it_was) {
  failure_allowance some(3, second_ns);
  for (const std::uint64_t at : {now_ns, now_ns + 1'000 * second_ns}) {
    int shown = 0;
    for (int i = 0; i < 10; ++i)
      shown += static_cast<int>(some.take(at));
    EXPECT_EQ(shown, 3);
    EXPECT_EQ(some.take_hidden(), 7u);
  }
}

TEST(failure_allowance, counts_from_many_threads) {
  failure_allowance some(100, second_ns);
  std::atomic<int> shown{0};
  std::vector<std::thread> all;
  for (int n = 0; n < 4; ++n)
    all.emplace_back([&] {
      for (int i = 0; i < 1'000; ++i)
        shown += static_cast<int>(some.take(now_ns));
    });
  for (std::thread& each : all)
    each.join();
  EXPECT_EQ(shown, 100);
  EXPECT_EQ(some.take_hidden(), 3'900u);
}

// ---- what a runtime prints

std::size_t times(const std::string& text, std::string_view part) {
  std::size_t n = 0;
  for (std::size_t at = 0; (at = text.find(part, at)) != std::string::npos; ++at)
    ++n;
  return n;
}

task<> fails(std::string text) {
  throw std::runtime_error(text);
  co_return;
}
task<> fails_for_a_peer(int which) {
  constexpr std::errc of_peers[] = {std::errc::connection_reset, std::errc::broken_pipe,
                                    std::errc::timed_out, std::errc::not_connected};
  if (which == 4) throw std::system_error(aside::errc::end_of_stream, "read_exact");
  const std::error_code why(static_cast<int>(of_peers[which]), std::system_category());
  if (which % 2 == 0) throw std::system_error(why, "receive");
  throw aside::transfer_error(aside::transfer_failure(why, 3), "write");
  co_return;
}

template <class F, class Argument>
task<> many_times(int many, F fn, Argument with) {
  co_await aside::supervise([&](nursery& n) -> task<> {
    for (int i = 0; i < many; ++i)
      n.spawn(fn, with);
    co_return;
  });
}

/// In a process of its own, because a process has one allowance: what it prints.
template <class F>
std::string said_by(F body) {
  testing::internal::CaptureStderr();
  EXPECT_EQ(outcome_in_child([&] { return aside::run(quiet(2), body); }), 0);
  return testing::internal::GetCapturedStderr();
}

TEST(failures, of_peers_hide_no_other) {
  const std::string said = said_by([]() -> task<> {
    for (int which = 0; which < 5; ++which)
      co_await many_times(100, &fails_for_a_peer, which);
    co_await many_times(1, &fails, std::string("the disk is full"));
  });
  EXPECT_EQ(times(said, "the disk is full"), 1u) << said;
  const std::size_t shown = times(said, "failed: receive: ") + times(said, "failed: write: ") +
                            times(said, "failed: read_exact: ");
  EXPECT_GE(shown, 10u) << said;
  EXPECT_LT(shown, 100u) << said;
  EXPECT_NE(said.find(" more failures of connections whose peers had gone were not shown"),
            std::string::npos)
      << said;
}

TEST(failures, are_shown_again_after_a_while) {
  const std::string said = said_by([]() -> task<> {
    co_await many_times(1'000, &fails, std::string("many"));
    co_await aside::sleep_for(1100ms);  // until one may be shown once more
    co_await many_times(1, &fails, std::string("the disk is full"));
  });
  EXPECT_EQ(times(said, "failed: the disk is full"), 1u) << said;
  EXPECT_GE(times(said, "failed: many"), 100u) << said;
  EXPECT_LT(times(said, "failed: many"), 900u) << said;
  EXPECT_NE(said.find(" more failures were not shown"), std::string::npos) << said;
}

TEST(failures, that_were_not_shown_are_told_of_when_a_runtime_ends) {
  const std::string said =
      said_by([]() -> task<> { co_await many_times(1'000, &fails, std::string("many")); });
  std::size_t told = times(said, "failed: many");
  constexpr std::string_view rest = " more failures were not shown";
  for (std::size_t at = 0; (at = said.find(rest, at)) != std::string::npos; ++at)
    told += std::stoul(said.substr(said.rfind(' ', at - 1) + 1));
  EXPECT_EQ(told, 1'000u) << said;
}

}  // namespace
