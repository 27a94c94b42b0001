// Misuses that no compiler sees, each in a process of its own: cases <name>. What aside says about
// each is on record in reports.txt and in docs/misuses.md; run.py checks it. The line that the report
// has to name bears the comment `here`.

#include "cases.hpp"

namespace {

// case: a task is dropped without being awaited
task<> save() { co_return; }  // here

void dropped_task() {
  auto&& forgotten = save();
  static_cast<void>(forgotten);
}
// end

// case: a coroutine with a result ends without co_return
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wreturn-type"
task<int> no_result() { co_await nothing(); }  // here
#pragma GCC diagnostic pop

void missing_co_return() {
  run_it([]() -> task<> {
    const int n = co_await no_result();
    std::printf("%d\n", n);
  });
}
// end

// case: block_on is called by a task
void block_on_in_a_task() {
  aside::runtime rt(aside::options().workers(1));
  rt.block_on([&]() -> task<> {
    static_cast<void>(rt.block_on(number, 1));  // here
    co_return;
  });
}
// end

// case: run is called by a task
void run_in_a_task() {
  run_it([]() -> task<> {
    static_cast<void>(aside::run(nothing));  // here
    co_return;
  });
}
// end

// case: spawn is called outside a runtime
void spawn_outside() {
  aside::spawn(nothing);  // here
}
// end

// case: info is called outside a runtime
void info_outside() {
  static_cast<void>(aside::info());  // here
}
// end

// case: dump_tasks is called outside a runtime
void dump_outside() {
  aside::dump_tasks();  // here
}
// end

// case: set_name is called outside of a task
void set_name_outside() {
  aside::set_name("nobody");  // here
}
// end

// case: a runtime is destroyed by one of its own tasks
task<> destroy(std::unique_ptr<aside::runtime>& rt) {
  rt.reset();
  co_return;
}

void runtime_destroyed_inside() {
  auto rt = std::make_unique<aside::runtime>(aside::options().workers(1));
  rt->block_on(destroy, rt);  // here
}
// end

// case: a generator is asked for a value while another next() is under way
aside::async_generator<int> slow_numbers() {
  co_await aside::sleep_for(1h);
  co_yield 1;
}

task<> ask(aside::async_generator<int>& numbers) {
  static_cast<void>(co_await numbers.next());  // here
}

void generator_asked_twice() {
  run_it([]() -> task<> {
    auto numbers = slow_numbers();
    co_await aside::all(ask(numbers), ask(numbers));
  });
}
// end

// case: a generator is destroyed while its next() is awaited
void generator_destroyed() {
  run_it([]() -> task<> {
    std::optional<aside::async_generator<int>> numbers;
    numbers.emplace(slow_numbers());
    const auto asks = [&]() -> task<> {
      static_cast<void>(co_await numbers->next());  // here
    };
    const auto destroys = [&]() -> task<> {
      numbers.reset();
      co_return;
    };
    co_await aside::all(asks(), destroys());
  });
}
// end

// case: a generator that was moved from is asked for a value
void generator_moved_from() {
  run_it([]() -> task<> {
    auto numbers = slow_numbers();
    auto taken = std::move(numbers);
    static_cast<void>(co_await numbers.next());  // here
    static_cast<void>(co_await taken.next());
  });
}
// end

// case: two tasks read one stream
void two_readers() {
  run_it([]() -> task<> {
    auto listener = co_await aside::tcp_listener::bind("127.0.0.1:0");
    const std::string there = "127.0.0.1:" + std::to_string(listener.port());
    auto stream = co_await aside::tcp_stream::connect(there);
    co_await aside::scope([&](nursery& n) -> task<> {
      n.spawn_local([&]() -> task<> { static_cast<void>(co_await stream.receive()); });
      co_await aside::yield();
      static_cast<void>(co_await stream.receive());  // here
    });
  });
}
// end

// case: a task consumes bytes in which another one looks for the end of a line
void consumed_under_a_read() {
  run_it([]() -> task<> {
    auto [reader, writer] = aside::memory_pipe();
    aside::buffered_reader in(reader);
    co_await writer.write("half a line");
    co_await aside::scope([&](nursery& n) -> task<> {
      n.spawn_local([&]() -> task<> { static_cast<void>(co_await in.line()); });
      co_await aside::yield();
      in.consume(4);  // here
    });
  });
}
// end

// case: two tasks accept on one listener
void two_acceptors() {
  run_it([]() -> task<> {
    auto listener = co_await aside::tcp_listener::bind("127.0.0.1:0");
    co_await aside::scope([&](nursery& n) -> task<> {
      n.spawn_local([&]() -> task<> { static_cast<void>(co_await listener.accept()); });
      co_await aside::yield();
      static_cast<void>(co_await listener.accept());  // here
    });
  });
}
// end

// case: a listener is served twice
task<> ignores(aside::tcp_stream) { co_return; }

void served_twice() {
  run_it([]() -> task<> {
    auto listener = co_await aside::tcp_listener::bind("127.0.0.1:0");
    co_await aside::scope([&](nursery& n) -> task<> {
      n.spawn_local([&]() -> task<> { co_await listener.serve(ignores); });
      co_await aside::yield();
      co_await listener.serve(ignores);  // here
    });
  });
}
// end

// case: a listener is closed while it is served
void closed_under_a_serve() {
  run_it([]() -> task<> {
    auto bound = co_await aside::tcp_listener::bind("127.0.0.1:0");
    std::optional listener(std::move(bound));
    co_await aside::scope([&](nursery& n) -> task<> {
      n.spawn_local([&]() -> task<> {
        co_await listener->serve(ignores);  // here
      });
      co_await aside::yield();
      listener.reset();
    });
  });
}
// end

// case: a listener is closed while accept waits
void closed_under_an_accept() {
  run_it([]() -> task<> {
    auto bound = co_await aside::tcp_listener::bind("127.0.0.1:0");
    std::optional listener(std::move(bound));
    co_await aside::scope([&](nursery& n) -> task<> {
      n.spawn_local([&]() -> task<> {
        static_cast<void>(co_await listener->accept());  // here
      });
      co_await aside::yield();
      listener.reset();
    });
  });
}
// end

// case: a listener is moved while it is served
void moved_under_a_serve() {
  run_it([]() -> task<> {
    auto listener = co_await aside::tcp_listener::bind("127.0.0.1:0");
    co_await aside::scope([&](nursery& n) -> task<> {
      n.spawn_local([&]() -> task<> {
        co_await listener.serve(ignores);  // here
      });
      co_await aside::yield();
      const aside::tcp_listener elsewhere(std::move(listener));
    });
  });
}
// end

// case: a stream is closed while an operation waits on it
void closed_under_an_operation() {
  run_it([]() -> task<> {
    auto listener = co_await aside::tcp_listener::bind("127.0.0.1:0");
    const std::string there = "127.0.0.1:" + std::to_string(listener.port());
    auto connected = co_await aside::tcp_stream::connect(there);
    std::optional stream(std::move(connected));
    co_await aside::scope([&](nursery& n) -> task<> {
      n.spawn_local([&]() -> task<> {
        static_cast<void>(co_await stream->receive());  // here
      });
      co_await aside::yield();
      stream.reset();
    });
  });
}
// end

// case: a stream is used on another core, where cores have tables of descriptors of their own
task<> take_it(aside::oneshot_receiver<aside::tcp_stream> from) {
  auto stream = co_await from;
  co_await stream.write("hello");  // here
}

task<> give_it(aside::oneshot_sender<aside::tcp_stream> to, std::string there) {
  auto stream = co_await aside::tcp_stream::connect(there);
  to.set(std::move(stream));
}

void stream_of_another_core() {
  // Each runtime has one core, so the two are not the same.
  aside::runtime one(aside::options().workers(1).descriptors_per_core(true));
  aside::runtime other(aside::options().workers(1).descriptors_per_core(true));
  one.block_on([&]() -> task<> {
    auto listener = co_await aside::tcp_listener::bind("127.0.0.1:0");
    const std::string there = "127.0.0.1:" + std::to_string(listener.port());
    auto ends = aside::oneshot<aside::tcp_stream>();
    other.spawn(give_it, std::move(ends.sender), there);
    co_await take_it(std::move(ends.receiver));
  });
}
// end

// case: a task blocks its core
task<> runs_a_program() {
  while (aside::info().held_turns == 0)
    static_cast<void>(std::system("sleep 0.1"));
  co_return;
}

void blocked_core() {
  run_it([]() -> task<> {
    co_await aside::scope([](nursery& n) -> task<> {
      n.spawn(runs_a_program);  // here
      co_return;
    });
  });
}
// end

// case: a std::mutex is held across an await, and another task of the core locks it
std::mutex shared;

task<> holds_across_an_await() {
  const std::scoped_lock held(shared);
  co_await aside::sleep_for(1ms);
}

task<> locks_too() {
  const std::scoped_lock held(shared);  // for ever: the other task needs this core to go on
  co_return;
}

void mutex_held_across_an_await() {
  run_it([]() -> task<> {
    co_await aside::scope([](nursery& n) -> task<> {
      n.spawn(holds_across_an_await);
      co_await aside::yield();
      n.spawn(locks_too);  // here
    });
  });
}
// end

// case: an object that is bound to a thread is used on another
void used_elsewhere() {
  run_it([]() -> task<> {
    aside::thread_bound<int> window(1);
    std::thread other([&] {
      window.get() = 2;  // here
    });
    other.join();
    co_return;
  });
}
// end

// case: an object that is bound to a thread dies on another
void dies_elsewhere() {
  std::unique_ptr<aside::thread_bound<int>> window(new aside::thread_bound<int>(1));  // here
  std::thread other([&] { window.reset(); });
  other.join();
}
// end

// case: a thread that is no task spawns into a scope
void scope_spawn_by_a_thread() {
  run_it([]() -> task<> {
    co_await aside::scope([](nursery& n) -> task<> {
      std::thread other([&] { n.spawn(nothing); });  // here
      other.join();
      co_return;
    });
  });
}
// end

// case: a task spawns into a scope of another runtime
task<> spawns_there(aside::nursery_ref there) {
  there.spawn(nothing);  // here
  co_return;
}

void scope_of_another_runtime() {
  aside::runtime one(aside::options().workers(1));
  aside::runtime other(aside::options().workers(1));
  one.block_on([&]() -> task<> {
    co_await aside::scope([&](nursery& n) -> task<> {
      other.spawn(spawns_there, aside::nursery_ref(n));
      co_return;
    });
  });
}
// end

// case: tasks wait for each other
void waits_in_a_circle() {
  run_it([]() -> task<> {
    aside::event never;
    co_await never.wait();
  });
}
// end

// case: a spawned task fails and nobody awaits it
void lost_failure() {
  run_it([]() -> task<> {
    aside::spawn(fails, std::string("no route"));  // here
    co_await aside::yield();
    co_await aside::yield();
    co_await aside::yield();
  });
}
// end

// case: the loser of a race fails
task<> fails_late() {
  throw std::runtime_error("too late");
  co_return;
}

void failing_loser() {
  run_it([]() -> task<> {
    auto ended = co_await aside::race(number(1), fails_late());  // here
    static_cast<void>(ended);
  });
}
// end

// case: the clean-up of finally fails after its body has failed
task<> cannot_clean_up() {
  throw std::runtime_error("the disk is full");
  co_return;
}

void failing_clean_up() {
  run_it([]() -> task<> {
    try {
      co_await aside::finally(fails("no route"), cannot_clean_up());  // here
    } catch (const std::runtime_error&) {  // "no route"
    }
  });
}
// end

// case: a call of blocking still runs when the runtime ends
void never_returns(std::shared_ptr<std::atomic<bool>> begun) {
  *begun = true;
  for (;;)
    std::this_thread::sleep_for(1h);
}

task<> calls_it(std::shared_ptr<std::atomic<bool>> begun) {
  co_await aside::blocking(never_returns, begun);  // here
}

void endless_call() {
  run_it([]() -> task<> {
    auto begun = std::make_shared<std::atomic<bool>>(false);
    aside::spawn(calls_it, begun);
    while (!*begun)
      co_await aside::yield();
  });
}
// end

constexpr misuse all[] = {
    {"dropped_task", dropped_task},
    {"missing_co_return", missing_co_return},
    {"block_on_in_a_task", block_on_in_a_task},
    {"run_in_a_task", run_in_a_task},
    {"spawn_outside", spawn_outside},
    {"info_outside", info_outside},
    {"dump_outside", dump_outside},
    {"set_name_outside", set_name_outside},
    {"runtime_destroyed_inside", runtime_destroyed_inside},
    {"generator_asked_twice", generator_asked_twice},
    {"generator_destroyed", generator_destroyed},
    {"generator_moved_from", generator_moved_from},
    {"two_readers", two_readers},
    {"consumed_under_a_read", consumed_under_a_read},
    {"two_acceptors", two_acceptors},
    {"served_twice", served_twice},
    {"closed_under_a_serve", closed_under_a_serve},
    {"closed_under_an_accept", closed_under_an_accept},
    {"moved_under_a_serve", moved_under_a_serve},
    {"closed_under_an_operation", closed_under_an_operation},
    {"stream_of_another_core", stream_of_another_core},
    {"blocked_core", blocked_core},
    {"mutex_held_across_an_await", mutex_held_across_an_await},
    {"used_elsewhere", used_elsewhere},
    {"dies_elsewhere", dies_elsewhere},
    {"scope_spawn_by_a_thread", scope_spawn_by_a_thread},
    {"scope_of_another_runtime", scope_of_another_runtime},
    {"waits_in_a_circle", waits_in_a_circle},
    {"lost_failure", lost_failure},
    {"failing_loser", failing_loser},
    {"failing_clean_up", failing_clean_up},
    {"endless_call", endless_call},
};

}  // namespace

int main(int argc, char** argv) {
  const std::string_view wanted = argc == 2 ? argv[1] : "";
  const std::span<const misuse> groups[] = {all, handover_cases};
  for (const std::span<const misuse> group : groups)
    for (const misuse& each : group) {
      if (wanted != each.name) continue;
      each.commit();
      return 0;
    }
  std::fprintf(stderr, "usage: %s <misuse>, one of:\n", argv[0]);
  for (const std::span<const misuse> group : groups)
    for (const misuse& each : group)
      std::fprintf(stderr, "  %.*s\n", static_cast<int>(each.name.size()), each.name.data());
  return 2;
}
