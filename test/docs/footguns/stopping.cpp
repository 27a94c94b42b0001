#include <aside/aside.hpp>

#include <chrono>
#include <cstdio>
#include <exception>
#include <vector>

using aside::task;
using namespace std::chrono_literals;

struct account {
  int money = 100;
  task<> take(int n) {
    co_await aside::yield();
    money -= n;
  }
  task<> give(int n) {
    co_await aside::yield();
    money += n;
  }
  task<> lend(int) { co_await aside::sleep_for(1h); }  // a slow bank
};

namespace wrong {
// [catch_does_not_run]
task<> transfer(account& from, account& to) {
  co_await from.take(10);
  try {
    co_await to.lend(10);
  } catch (...) {
    from.money += 10;  // wrong: does not run when the transfer is stopped
    throw;
  }
}
// [/catch_does_not_run]
}  // namespace wrong

namespace right {
// [finally]
task<> lend(account& from, account& to, int& taken) {
  co_await from.take(10);
  taken = 10;
  co_await to.lend(10);
  taken = 0;
}
task<> give_back(account& from, const int& taken) { co_await from.give(taken); }

task<> transfer(account& from, account& to) {
  int taken = 0;  // and not lent yet
  co_await aside::finally(lend(from, to, taken), give_back(from, taken));
}
// [/finally]
}  // namespace right

// [guard]
class transaction {
 public:
  ~transaction() {
    const bool failed = std::uncaught_exceptions() > before_;
    std::puts(failed || aside::stopping() ? "rolled back" : "committed");
  }

 private:
  int before_ = std::uncaught_exceptions();
};
// [/guard]

task<> work_in_a_transaction() {
  const transaction open;
  co_await aside::sleep_for(1h);
}

task<> write_footer() {
  co_await aside::sleep_for(30ms);
  std::puts("the footer is written");
}

task<> write_all() {
  // [shield]
  co_await aside::shield(write_footer());
  // [/shield]
  co_await aside::sleep_for(1h);
  std::puts("never printed");
}

void use(const aside::chunk& bytes) { std::printf("%zu bytes\n", bytes.size()); }

namespace wrong {
task<> read(aside::tcp_stream& stream) {
  // [race_wrong]
  auto [bytes, late] = co_await aside::race(stream.receive(), aside::sleep_for(1s));
  if (late) co_return;  // wrong: bytes may have come as well
  use(*bytes);
  // [/race_wrong]
}
}  // namespace wrong

namespace right {
task<> read(aside::tcp_stream& stream) {
  // [race_right]
  auto [bytes, late] = co_await aside::race(stream.receive(), aside::sleep_for(1s));
  if (bytes) use(*bytes);
  if (late) co_return;
  // [/race_right]
}
}  // namespace right

task<> race_with_bytes() {
  auto listener = co_await aside::tcp_listener::bind("127.0.0.1:0");
  const std::string address = "127.0.0.1:" + std::to_string(listener.port());
  auto ours = co_await aside::tcp_stream::connect(address);
  auto theirs = co_await listener.accept();
  co_await theirs.write("hello");
  co_await right::read(ours);
}

void hash(int) {}
task<> hash_all(const std::vector<int>& table) {
  // [no_wait]
  for (const int row : table)
    hash(row);  // a timeout around this has no effect
  // [/no_wait]
  co_return;
}

task<int> first_match(aside::nursery& n) {
  n.request_stop();
  co_await aside::sleep_for(1h);
  co_return 1;
}

int times = 0;
task<> worker() {
  ++times;
  co_await aside::sleep_for(1h);
}

// [supervisor]
task<> keep_running() {
  while (!aside::stop_requested())  // without it, this never ends
    co_await aside::try_stopped(worker());
}
// [/supervisor]

task<> app() {
  account from;
  account to;
  {
    using wrong::transfer;
    // [timeout]
    co_await aside::timeout(100ms, transfer(from, to));
    // [/timeout]
  }
  std::printf("with catch: %d left\n", from.money);
  account again;
  co_await aside::timeout(100ms, right::transfer(again, to));
  std::printf("with finally: %d left\n", again.money);

  co_await aside::timeout(5ms, work_in_a_transaction());
  co_await aside::timeout(5ms, write_all());
  co_await race_with_bytes();

  const std::vector<int> table(10);
  const auto in_time = co_await aside::timeout(0ms, hash_all(table));
  std::printf("a loop that does not wait: %s\n", in_time ? "runs to its end" : "is stopped");

  co_await aside::scope([&](aside::nursery& n) -> task<> {
    // [try_stopped]
    const auto found = co_await aside::try_stopped(first_match(n));
    if (!found) std::puts("it was stopped, from inside or outside");
    // [/try_stopped]
  });

  co_await aside::scope([](aside::nursery& n) -> task<> {
    n.spawn(&keep_running);
    co_await aside::sleep_for(1ms);
    n.request_stop();
  });
  std::printf("the worker ran %s\n", times == 1 ? "once" : "more than once");
}

int main() { return aside::run(app); }
