// A task whose transfers never wait, beside one on its core that waits for the kernel: the latter is served
// after one turn of the former.
#include "unit/net/endpoints.hpp"

#include <vector>

namespace {

using namespace aside_test;

task<> answer(tcp_stream quiet, std::atomic<bool>& answered) {
  std::array<std::byte, 1> byte;
  co_await quiet.read_exact(byte);
  answered = true;
}

/// Until `enough`; how often.
template <class Enough>
task<unsigned> move(stream_pair& greedy, std::span<std::byte> piece, Enough enough) {
  unsigned times = 0;
  for (; !enough(times); ++times) {
    co_await greedy.near.write(piece);
    co_await greedy.far.read_exact(piece);
  }
  co_return times;
}

/// How often a piece of so many bytes goes to and fro before the quiet peer's byte is seen.
unsigned moved(std::size_t size, bool in_branches) {
  unsigned times = 0;
  run_on(1, [&]() -> task<> {
    stream_pair greedy = co_await connected();
    stream_pair other = co_await connected();
    stream_pair quiet = co_await connected();
    std::vector<std::byte> piece(size);
    std::atomic<bool> answered = false;
    co_await aside::scope([&](aside::nursery& n) -> task<> {
      n.spawn(&answer, std::move(quiet.near), std::ref(answered));
      const auto often = [](unsigned times_moved) { return times_moved == 1000; };
      co_await move(greedy, piece, often);  // so that its streams are known to be ready; the quiet one waits
      co_await move(other, piece, often);
      EXPECT_EQ(::send(quiet.far.native_handle(), "x", 1, 0), 1);
      const auto seen = [&](unsigned) { return answered.load(); };
      if (in_branches) {
        const auto [a, b] = co_await aside::all(move(greedy, piece, seen), move(other, piece, seen));
        times = a + b;
      } else {
        times = co_await move(greedy, piece, seen);
      }
    });
  });
  return times;
}

TEST(fairness, of_small_transfers_is_a_turn_of_16_calls) { EXPECT_LE(moved(64, false), 10u); }
TEST(fairness, of_large_transfers_is_by_what_they_copy) {
  EXPECT_LE(moved(std::size_t{16} * 1024, false), 3u);
}
TEST(fairness, holds_for_all_branches_together) {
  EXPECT_LE(moved(64, true), 20u);
  EXPECT_LE(moved(std::size_t{16} * 1024, true), 6u);
}

}  // namespace
