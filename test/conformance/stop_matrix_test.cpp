// The cancellation matrix of the core: every awaitable, stopped at every moment, by its scope and, once its
// task is spawned, by the task's handle.
//   before     it was requested when the operation begins, with and without a result that is there
//   queued     the operation's task is spawned and has not begun
//   waiting    the operation waits
//   completed  it was completed, and its task has not gone on yet
//   ending     what it runs or awaits is stopped by the destructor of that
//   racing     completion and stop come from two cores at the same time
// On one core each moment is reached in a fixed number of turns. Each cell asserts who got the result,
// that the next wait is stopped, that destructors have run, and that no timer, task or operation stays.
#include "conformance/stop_matrix.hpp"

#include "sched/runtime.hpp"

namespace aside_test {
namespace {

using aside::nursery;
using aside::task;
using namespace std::chrono_literals;

enum class moment : std::uint8_t { before, ready_before, queued, waiting, completed, ending };
constexpr std::array moments{moment::before,  moment::ready_before, moment::queued,
                             moment::waiting, moment::completed,    moment::ending};
constexpr std::array<const char*, 6> moment_names{"before",  "ready_before", "queued",
                                                  "waiting", "completed",    "ending"};

enum class way : std::uint8_t { scope, handle };

/// '1', '0', or '-' where the row has no such moment.
char expected(const row& r, moment m) {
  switch (m) {
    case moment::before:
      return r.gives[0];
    case moment::ready_before:
      return r.complete != nullptr && !r.timed && r.waits == nullptr ? r.gives[0] : '-';
    case moment::queued:
      return r.gives[1];
    case moment::waiting:
      return r.gives[2];
    case moment::completed:
      return r.gives[3];
    default:
      return r.gives[4];
  }
}

class fate {
 public:
  explicit fate(cell& c) : cell_(&c) { ++c.begun; }
  fate(const fate&) = delete;
  fate& operator=(const fate&) = delete;
  ~fate() {
    ++cell_->ended;
    if (aside::stopping()) ++cell_->ended_in_stop;
  }

 private:
  cell* cell_;
};

task<> victim(cell_ptr c, std::size_t index) {
  const fate f(*c);
  co_await rows()[index].await(c);
  ++c->completed;
  co_await wait_for_ever();
  ++c->went_on;
}

task<> turns(int count) {
  for (int i = 0; i < count; ++i)
    co_await aside::yield();
}

task<> until_it_waits(const cell& c, const row& r) {
  while (c.begun == 0 || (r.waits != nullptr && !r.waits(c)))
    co_await aside::yield();
  co_await turns(r.settles);
}

void complete(cell& c, const row& r) { c.given += r.complete(c); }

/// What must hold whenever the stop came.
task<> expect_nothing_left(cell& c, const row& r) {
  if (r.rest != nullptr) {
    const int rest = co_await r.rest(c);
    if (rest != dropped) {
      EXPECT_EQ(c.delivered + rest, c.given);
    }
  }
  EXPECT_EQ(c.begun, 1);
  EXPECT_EQ(c.ended, 1);
  EXPECT_EQ(c.ended_in_stop, 1);
  EXPECT_EQ(c.went_on, 0);
  EXPECT_EQ(c.live, 0);
  EXPECT_EQ(aside::detail::this_host()->io->in_flight(), 0u);
}

/// The task, and who asks it to stop: its scope or its handle.
class stoppable {
 public:
  stoppable(nursery& n, way by) noexcept : nursery_(&n), by_(by) {}
  void spawn(const cell_ptr& c, std::size_t index) {
    if (by_ == way::scope)
      nursery_->spawn(&victim, c, index);
    else
      handle_.emplace(nursery_->spawn_joinable(&victim, c, index));
  }
  void request_stop() noexcept {
    if (by_ == way::scope)
      nursery_->request_stop();
    else
      handle_->request_stop();
  }

 private:
  nursery* nursery_;
  way by_;
  std::optional<aside::join_handle<>> handle_;
};

task<> stop_at(std::size_t index, moment m, way by) {
  const row& r = rows()[index];
  const auto c = std::make_shared<cell>();
  const bool comes_due = r.timed && (m == moment::completed || m == moment::ending);
  c->due = std::chrono::steady_clock::now() + (comes_due ? 30ms : 1h);
  if (r.prepare != nullptr) co_await r.prepare(c);
  co_await aside::scope([&](nursery& n) -> task<> {
    stoppable v(n, by);
    if (m == moment::ready_before) complete(*c, r);
    if (m == moment::before || m == moment::ready_before) v.request_stop();
    v.spawn(c, index);
    if (m == moment::queued) v.request_stop();
    if (m == moment::waiting || m == moment::completed || m == moment::ending) {
      co_await until_it_waits(*c, r);
      EXPECT_EQ(c->ended, 0);
      if (m == moment::ending) c->stop_at_end = &n;
      if (m != moment::waiting) complete(*c, r);
      if (m != moment::ending) v.request_stop();
    }
    if (r.needs_completion && c->given == 0 && m != moment::completed) {
      co_await aside::shield(turns(10));
      EXPECT_EQ(c->ended, 0) << "a stop alone has ended it";
      complete(*c, r);
    }
  });
  EXPECT_EQ(c->completed, expected(r, m) - '0');
  co_await expect_nothing_left(*c, r);
  if (r.after != nullptr) r.after(*c, m >= moment::waiting);
  EXPECT_EQ(aside::detail::this_host()->wheel->size(), 0u);
  EXPECT_EQ(aside::info().live_tasks, 1u) << "this one";
}

using cell_of = std::tuple<std::size_t, moment, way>;
class stop_matrix : public testing::TestWithParam<cell_of> {};

std::vector<cell_of> cells() {
  std::vector<cell_of> some;
  for (std::size_t i = 0; i < rows().size(); ++i) {
    for (const moment m : moments) {
      if (expected(rows()[i], m) == '-') continue;
      some.emplace_back(i, m, way::scope);
      if (m >= moment::queued && m <= moment::completed) some.emplace_back(i, m, way::handle);
    }
  }
  return some;
}

aside::options few(unsigned workers) { return quiet(workers).blocking_threads(1).watchdog(false); }

TEST_P(stop_matrix, gives_the_result_or_the_stop_once) {
  const auto [index, m, by] = GetParam();
  EXPECT_EQ(aside::run(few(1), &stop_at, index, m, by), 0);
}
std::string name_of(const testing::TestParamInfo<cell_of>& made) {
  const auto [index, m, by] = made.param;
  return std::string(rows()[index].name) + "_" + moment_names[static_cast<std::size_t>(m)] +
         (by == way::handle ? "_by_handle" : "");
}
INSTANTIATE_TEST_SUITE_P(core, stop_matrix, testing::ValuesIn(cells()), &name_of);

// ---- racing

task<> complete_later(cell_ptr c, std::size_t index, int after) {
  co_await turns(after);
  complete(*c, rows()[index]);
}

task<> stop_while_it_completes(std::size_t index, int rounds, way by) {
  const row& r = rows()[index];
  for (int i = 0; i < rounds && !testing::Test::HasFailure(); ++i) {
    const auto c = std::make_shared<cell>();
    const auto now = std::chrono::steady_clock::now();
    c->due = now + (r.timed ? std::chrono::microseconds(500 + i * 37 % 2000) : 1h);
    if (r.prepare != nullptr) co_await r.prepare(c);
    co_await aside::scope([&](nursery& completing) -> task<> {
      const auto body = [&](nursery& n) -> task<> {
        stoppable v(n, by);
        v.spawn(c, index);
        while (r.waits != nullptr && !r.waits(*c))
          co_await aside::yield();
        co_await turns(i % 5);
        if (r.complete != nullptr && !r.timed) completing.spawn(&complete_later, c, index, i % 3);
        if (r.timed) {  // busy until about then
          const auto about = c->due + std::chrono::microseconds(i * 101 % 2000);
          while (std::chrono::steady_clock::now() < about)
            co_await aside::yield();
        }
        co_await turns(i % 4);
        v.request_stop();
      };
      co_await aside::scope(body);
    });
    co_await expect_nothing_left(*c, r);
    if (r.after != nullptr) r.after(*c, true);
  }
}

using race_of = std::tuple<std::size_t, way>;
class stop_race : public testing::TestWithParam<race_of> {};

TEST_P(stop_race, gives_the_result_or_the_stop_once) {
  const auto [index, by] = GetParam();
  EXPECT_EQ(aside::run(few(2), &stop_while_it_completes, index, scaled(100), by), 0);
}
std::string name_of_race(const testing::TestParamInfo<race_of>& made) {
  const auto [index, by] = made.param;
  return std::string(rows()[index].name) + (by == way::handle ? "_by_handle" : "");
}
INSTANTIATE_TEST_SUITE_P(core, stop_race,
                         testing::Combine(testing::Range(std::size_t{0}, rows().size()),
                                          testing::Values(way::scope, way::handle)),
                         &name_of_race);

}  // namespace
}  // namespace aside_test
