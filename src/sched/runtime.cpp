#include "sched/runtime.hpp"

#include "base/clock.hpp"
#include "base/cpu.hpp"
#include "base/standard_files.hpp"
#include "sched/choice.hpp"
#include "sched/name.hpp"
#include "sched/stopper.hpp"

#include <algorithm>
#include <cstdio>
#include <stdexcept>

namespace aside::inline ASIDE_ABI {

namespace detail {
namespace {

void root_child_ended(nursery_part& p, const task_header& child, bool main,
                      std::exception_ptr error, bool stopped, bool) noexcept {
  if (main)
    static_cast<runtime*>(p.owner)->main_ended(std::move(error), stopped);
  else if (error)
    report_failure(child.site_, name_of(child), error);
}

/// `outermost`: where the chain of the task's stops ends so far. Inline, twice, so that no spawn pays for
/// the other.
[[gnu::always_inline]] inline void start(task_header& t, const stop_state*& outermost) {
  const core_guard here;
  core* const c = here.get();
  if (c == nullptr) [[unlikely]] {
    core* const former = this_core();
    if (former == nullptr)
      panic("spawn was called outside a runtime: call it from a task", t.site_);
    t.home_ = &former->root;
    outermost = &former->rt.root_stop;
    this_carrier()->start(t, false);
    return;
  }
  t.home_ = &c->root;
  outermost = &c->rt.root_stop;
  c->link(c->root, t);
  c->push(t);
}

}  // namespace

void discard(task_header& t) noexcept {
  {
    frame_room room;
    room.place = reinterpret_cast<std::byte*>(&t) + t.what().block_size;
    room.taken = true;
    const room_guard own_block(room);
    t.root_->handle().destroy();
  }
  t.what().destroy_arguments(t);
  t.what().free_block(t);
}

runtime::runtime(const options& o, bool serves)
    : cpus(usable_cpus()),
      blocking("blocking", o.blocking_threads(), o.blocking_queue()),
      computing("compute", cpus, o.compute_queue()),
      on_failure(o.on_failure()),
      dog(*this, o),
      handle_signals_(o.handle_signals() && !serves),
      serves_(serves),
      guest_runs_tasks_(o.block_on_runs_tasks()),
      own_tables_(o.descriptors_per_core()) {
  choice chosen = choose_engine(o.engine());
  kind = chosen.kind;
  reason = std::move(chosen.reason);
  const unsigned guests = serves ? 1 : 0;
  const unsigned most = idle_set::limit - guests;
  if (o.workers() > most)
    throw std::invalid_argument("aside: options::workers(" + std::to_string(o.workers()) +
                                "): a runtime has at most " + std::to_string(most));
  workers = o.workers() != 0 ? o.workers() : std::min(cpus, most);
  for (unsigned i = 0; i < workers + guests; ++i) {
    cores.push_back(std::make_unique<core>(*this, i, own_tables_));
    cores.back()->root.owner = this;
    cores.back()->root.child_ended = &root_child_ended;
  }
  if (serves) guest_ = cores.back().get();
  if (o.blocking_threads() == 0)
    throw std::invalid_argument("aside: options::blocking_threads(0): blocking needs a thread");
  if (o.takeover() != 0 && !o.watchdog())
    throw std::invalid_argument("aside: options::takeover needs the watchdog");
  if (o.takeover() != 0 && own_tables_)
    throw std::invalid_argument(
        "aside: options::takeover gives a core another thread, and options::descriptors_per_core needs "
        "the one whose table has its descriptors");
  spare.begin(*this, o.takeover());
}

runtime::~runtime() = default;

runtime_info runtime::info() const noexcept {
  runtime_info i;
  i.engine = cores[0]->io->name();
  i.engine_reason = reason;
  i.workers = workers;
  const job_counts held = blocking.counts();
  i.blocking_threads = held.threads;
  i.blocking_queued = held.queued;
  i.blocking_oldest_ns = held.oldest_ns;
  i.blocking_abandoned = held.abandoned;
  const job_counts busy = computing.counts();
  i.compute_cpus = computing.most_threads();
  i.compute_queued = busy.queued;
  i.compute_oldest_ns = busy.oldest_ns;
  i.compute_abandoned = busy.abandoned;
  i.held_turns = dog.held();
  i.takeovers = spare.takeovers();
  i.ended_tasks = ended_tasks();
  i.spawned_tasks = spawned_tasks();
  i.live_tasks = static_cast<std::size_t>(i.spawned_tasks - i.ended_tasks);
  for (const auto& c : cores)
    i.turns += c->epoch.load(memory_order_relaxed);
  return i;
}

void runtime::tell_one(core* from) noexcept {
  if (cores.size() == 1 && from != nullptr) return;
  // What was published before is ordered before the look at the sleepers. [IDLE]
  fence_seq_cst();
  wake_one();
}

void runtime::wake_one() noexcept {
  const unsigned index = idle.pick();
  if (index == idle_set::nobody) return;
  cores[index]->wake();
}

void runtime::request_stop() noexcept {
  if (!root_stop.request()) return;
  stop_began.store(now_ns(), memory_order_relaxed);
  for (const auto& c : cores)
    send_stop(c->root);
}

void runtime::main_ended(std::exception_ptr error, bool stopped) noexcept {
  main_error_ = std::move(error);
  main_stopped_ = stopped;
  request_stop();
}

void runtime::core_became_idle() noexcept {
  // acq_rel: the last core sees what the others' tasks did; pairs with itself.
  if (busy_.fetch_sub(1, memory_order_acq_rel) != 1) return;
  finished_.store(true, memory_order_release);  // pairs with acquire in finished()
  for (const auto& c : cores)
    c->wake();
  spare.finish();
  porter_.dismiss();
}

void runtime::enlist(task_header& t) noexcept {
  core& c = *cores[0];
  t.home_ = &c.root;
  t.stop_ = &root_stop;
  c.link(c.root, t);
}

void runtime::await_visitors() const noexcept {
  while (visitors_.load(memory_order_seq_cst) != 0)
    std::this_thread::yield();
}

void runtime::wind_up() noexcept {
  blocking.close();
  computing.close();
  for (std::thread& t : threads_)
    t.join();
  await_visitors();
  core* outer = this_core();  // of another runtime, one of whose tasks ends this one
  if (outer != nullptr && &outer->rt == this) outer = nullptr;
  for (const auto& each : cores) {
    set_this_core(each.get());
    each->take_messages();  // parts whose nurseries have closed
  }
  set_this_core(outer);
  in_process_table([this] {
    signals_.end();
    for (const auto& each : cores)
      each->close_engine();
  });
  tell_of_hidden_failures();
}

int runtime::run(task_header& first, const int& result) {
  core* const outer = this_core();
  if (outer != nullptr)
    panic("run was called inside a runtime: co_await the function instead", first.site_);
  refuse_in_compute("run", first.site_);

  start();
  core& c = *cores[0];
  main.store(&first, memory_order_relaxed);  // the gate publishes it
  first_site_ = first.site_;
  enlist(first);
  c.push(first);
  open_gate();
  if (own_tables_)
    porter_.serve();
  else
    carry(c);
  wind_up();

  if (main_error_) {
    print_failure(first_site_, main_error_, "the main task, run");
    return 1;
  }
  const int by = signal.load(memory_order_relaxed);
  if (by != 0) return 128 + by;
  if (!main_stopped_) return result;
  std::fprintf(stderr,
               "aside: the main task, run at %s:%u was stopped from inside, before it had a value: "
               "run returns 1\n",
               first_site_.file_name(), first_site_.line());
  return 1;
}

int run_main(const options& o, task_header& main, const int& result) {
  try {
    fill_standard_files();
    runtime rt(o, false);
    return rt.run(main, result);
  } catch (...) {  // it could not start
    discard(main);
    throw;
  }
}

void start_detached(task_header& t) { start(t, t.stop_); }
void start_detached(joinable_header& t) { start(t, t.own_.parent_); }

unsigned core_count() noexcept { return this_core()->rt.workers; }
unsigned this_core_index() noexcept { return this_core()->index; }

}  // namespace detail

runtime_info info(std::source_location at) {
  const detail::core* const c = detail::this_core();
  if (c == nullptr) detail::panic("info was called outside a runtime: call it from a task", at);
  return c->rt.info();
}

}  // namespace aside::inline ASIDE_ABI
