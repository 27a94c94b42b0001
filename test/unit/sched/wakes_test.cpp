// How often cores park, and are woken, for a work: the best detector of thrash between them.
//
// On one core both are exact. On two, a core that finds nothing for 50 us parks, as it does when the other
// one's thread is kept from its processor: the bounds hold on a machine with ten busy threads beside us, one
// time of three under the slower sanitizers. Thrash of our own breaks them each time.
#include "base/cpu.hpp"
#include "sched/runtime.hpp"
#include "unit/run_test.hpp"

#include <sched.h>
#include <thread>

namespace {

using aside::nursery;
using aside::task;
using namespace aside_test;

struct work {
  const char* name;
  task<> (*run)();
  unsigned most;  // parks, and wakes, of one run on two cores
};

struct counts {
  std::uint64_t parks = 0;
  std::uint64_t wakes = 0;
};
counts of_all_cores() {
  counts sum;
  for (const auto& c : aside::detail::this_core()->rt.cores) {
    sum.parks += c->parks.load(std::memory_order_relaxed);
    sum.wakes += c->wakes_sent.load(std::memory_order_relaxed);
  }
  return sum;
}

class countdown {
 public:
  explicit countdown(int from) : left_(from) {}
  void one_less() {
    if (left_.fetch_sub(1) == 1) done_.set();
  }
  [[nodiscard]] auto wait() { return done_.wait(); }

 private:
  std::atomic<int> left_;
  aside::event done_;
};
using countdown_ptr = std::shared_ptr<countdown>;

task<> decrement(countdown_ptr left) {
  left->one_less();
  co_return;
}
task<> spawn_many_local() {
  const auto left = std::make_shared<countdown>(scaled(10'000));
  for (int i = 0; i < scaled(10'000); ++i)
    aside::spawn(&decrement, left);
  co_await left->wait();
}

task<int> one() { co_return 1; }
task<> spawn_many_remote_idle() {
  std::vector<aside::join_handle<int>> handles;
  for (int i = 0; i < scaled(10'000); ++i)
    handles.push_back(aside::spawn_joinable(&one));
  for (auto& handle : handles) {
    const int got = co_await handle.join();
    EXPECT_EQ(got, 1);
  }
}

task<> yielder(countdown_ptr left) {
  for (int i = 0; i < scaled(1000); ++i)
    co_await aside::yield();
  left->one_less();
}
task<> yield_many() {
  const auto left = std::make_shared<countdown>(200);
  for (int i = 0; i < 200; ++i)
    aside::spawn(&yielder, left);
  co_await left->wait();
}

task<> pong(aside::oneshot_receiver<int> from, aside::oneshot_sender<int> to) {
  const int got = co_await from;
  to.set(got);
}
task<> ping(countdown_ptr left) {
  auto [to_pong, at_pong] = aside::oneshot<int>();
  auto [to_ping, at_ping] = aside::oneshot<int>();
  aside::spawn(&pong, std::move(at_pong), std::move(to_ping));
  to_pong.set(1);
  const int got = co_await at_ping;
  EXPECT_EQ(got, 1);
  left->one_less();
}
task<> spawn_pings(countdown_ptr left) {
  for (int i = 0; i < 1000; ++i)
    aside::spawn(&ping, left);
  co_return;
}
task<> ping_pong() {
  const auto left = std::make_shared<countdown>(1000);
  aside::spawn(&spawn_pings, left);
  co_await left->wait();
}

task<> chain(aside::oneshot_sender<int> end, int left) {
  if (left == 1)
    end.set(1);
  else
    aside::spawn(&chain, std::move(end), left - 1);
  co_return;
}
task<> chained_spawn() {
  auto [end, ended] = aside::oneshot<int>();
  aside::spawn(&chain, std::move(end), 1000);
  const int got = co_await ended;
  EXPECT_EQ(got, 1);
}

task<> oneshot() {
  for (int i = 0; i < 1000; ++i) {
    auto [send, receive] = aside::oneshot<int>();
    send.set(i);
    const int got = co_await receive;
    EXPECT_EQ(got, i);
  }
}

constexpr std::array works{
    work{"spawn_many_local", &spawn_many_local, 40},
    work{"spawn_many_remote_idle", &spawn_many_remote_idle, 40},
    work{"yield_many", &yield_many, 8},
    work{"ping_pong", &ping_pong, 8},
    work{"chained_spawn", &chained_spawn, 2},
    work{"oneshot", &oneshot, 2},
};

constexpr int runs = 50;

task<> repeat(const work& w, counts& got) {
  co_await w.run();  // the others are up
  const counts before = of_all_cores();
  for (int i = 0; i < runs; ++i)
    co_await w.run();
  const counts after = of_all_cores();
  got.parks = after.parks - before.parks;
  got.wakes = after.wakes - before.wakes;
}

counts counted(const work& w, unsigned workers) {
  counts got;
  EXPECT_EQ(aside::run(quiet(workers).watchdog(false), &repeat, std::cref(w), std::ref(got)), 0);
  return got;
}

class wakes_and_parks : public testing::TestWithParam<work> {};

TEST_P(wakes_and_parks, of_one_core_are_none) {
  const counts got = counted(GetParam(), 1);
  EXPECT_EQ(got.parks, 0u);
  EXPECT_EQ(got.wakes, 0u);
}

TEST_P(wakes_and_parks, of_two_cores_are_few) {
  const unsigned most = GetParam().most * runs;
  counts got = counted(GetParam(), 2);
  for (int more = 2; more > 0 && (got.parks > most || got.wakes > most); --more)
    got = counted(GetParam(), 2);
  RecordProperty("parks", static_cast<int>(got.parks));
  RecordProperty("wakes", static_cast<int>(got.wakes));
  EXPECT_LE(got.parks, most);
  EXPECT_LE(got.wakes, most);
}

task<> look_whether_it_spins(bool& answer) {
  answer = aside::detail::this_core()->rt.is_worth_spinning();
  co_return;
}

/// Of a runtime that is started by a thread which may use the first so many of the CPUs.
bool spins_on(int cpus, unsigned workers) {
  bool answer = false;
  std::thread([&] {
    cpu_set_t all;
    cpu_set_t some;
    CPU_ZERO(&some);
    ASSERT_EQ(::sched_getaffinity(0, sizeof all, &all), 0);
    for (std::size_t cpu = 0; cpu < CPU_SETSIZE && CPU_COUNT(&some) < cpus; ++cpu)
      if (CPU_ISSET(cpu, &all)) CPU_SET(cpu, &some);
    ASSERT_EQ(::sched_setaffinity(0, sizeof some, &some), 0);
    EXPECT_EQ(aside::run(quiet(workers), &look_whether_it_spins, std::ref(answer)), 0);
  }).join();
  return answer;
}

TEST(spinning, is_for_several_cores_on_several_cpus) {
  EXPECT_FALSE(spins_on(1, 1));
  EXPECT_FALSE(spins_on(1, 2));
  EXPECT_FALSE(spins_on(2, 1));
  EXPECT_EQ(spins_on(2, 2), aside::detail::usable_cpus() > 1);
}

INSTANTIATE_TEST_SUITE_P(of, wakes_and_parks, testing::ValuesIn(works),
                         [](const auto& made) { return made.param.name; });

}  // namespace
