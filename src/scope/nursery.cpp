// nursery: counts its children and carries a stop to them.
//
// Invariants
//   Counts: N4 in sched/part.hpp. Whoever brings `live_` to 0 notifies the joiner and touches the
//   nursery no more.
//   Parts are added by any core that spawns, and closed by the nursery's end, when no child is left.
// The races that matter. A part that is added while the join asks the others to merge: the adder
// puts it into the list, then looks at `joining_`; the joiner sets that, then walks the list; if both
// see the other, `merge_sent` and `merged` let one of them through.
// A child spawned while a stop is carried to the parts. The spawner adds the
// child, then looks at the request; the stopper sets the request, then walks. A child that neither
// sees begins, and looks at the request itself before its first wait.
// The children of whom somebody outside has asked the nursery to stop end while that call still walks
// the parts: it holds a unit of `live_` meanwhile, so that the scope waits for it.

#include "sched/carrier.hpp"
#include "sched/name.hpp"
#include "sched/stopper.hpp"
#include "scope/drain.hpp"
#include "scope/end_hearer.hpp"
#include "scope/start_on.hpp"
#include "task/branches.hpp"
#include "task/lease.hpp"

#include <aside/scope.hpp>

#include <cstddef>

namespace aside::inline ASIDE_ABI {

namespace detail {
namespace {

/// A unit of `live_`: the body's, or a part's.
void give_up(nursery& n) noexcept {
  // acq_rel: what the children did is seen by the joiner; pairs among them.
  if (nursery_access::live(n).fetch_sub(1, memory_order_acq_rel) == 1)
    notify(*nursery_access::joiner(n));
}

/// As `hold`, of a nursery that somebody else may be about to leave. False: nothing keeps it any more.
bool try_hold(nursery& n) noexcept {
  atomic<std::size_t>& live = nursery_access::live(n);
  std::size_t now = live.load(memory_order_relaxed);
  do {
    if (now == 0) return false;
  } while (!live.compare_exchange_weak(now, now + 1, memory_order_relaxed));
  return true;
}

void give_up(nursery_part& p, std::int64_t children) noexcept {
  // acq_rel: as above, for the children of one part.
  if (p.away.fetch_sub(children, memory_order_acq_rel) == children)
    give_up(*static_cast<nursery*>(p.owner));
}

/// Home core. The part may be gone from its nursery afterwards.
void merge(nursery_part& p) noexcept {
  if (p.merged) return;
  p.merged = true;
  give_up(p, unmerged - p.alive.exchange(0, memory_order_relaxed));
}

void send_merge(nursery_part& p) noexcept {
  if (p.merge_sent.exchange(true, memory_order_relaxed)) return;
  p.merge.run = [](message& m, void*) noexcept {
    auto& part = *reinterpret_cast<nursery_part*>(reinterpret_cast<std::byte*>(&m) -
                                                  offsetof(nursery_part, merge));
    merge(part);
  };
  p.home->post(p.merge);
}

void count(nursery_part& p, std::int64_t by) noexcept {
  p.alive.store(p.alive.load(memory_order_relaxed) + by, memory_order_relaxed);
}

void child_ended(nursery_part& p, const task_header& child, bool, std::exception_ptr error, bool,
                 bool at_home) noexcept {
  auto& n = *static_cast<nursery*>(p.owner);
  if (error) {
    if (nursery_access::policy(n) == failure_policy::together) {
      nursery_access::keep_error(n, std::move(error));
      n.request_stop();
    } else {
      report_failure(child.site_, name_of(child), error);
    }
  }
  if (at_home && !p.merged)
    count(p, -1);
  else
    give_up(p, 1);
}

void heard_child_ended(nursery_part& p, const task_header& child, bool main,
                       std::exception_ptr error, bool stopped, bool at_home) noexcept {
  p.hearer->ended(*p.hearer);
  child_ended(p, child, main, std::move(error), stopped, at_home);
}

nursery_part& part_on(nursery& n, core& c, const core* here, const std::source_location& site) {
  atomic<nursery_part*>& parts = nursery_access::parts(n);
  nursery_part* first = parts.load(memory_order_acquire);  // pairs with seq_cst below
  for (nursery_part* p = first; p != nullptr; p = p->next_of_nursery) {
    if (p->home == &c) return *p;
  }
  if (&nursery_access::opener(n)->home_->home->rt != &c.rt) [[unlikely]]
    panic("a nursery's spawn was called by a task of another runtime than the scope's: spawn there by that "
          "runtime's handle",
          site);
  auto* const p = ::new (frame_allocate(sizeof(nursery_part))) nursery_part();
  p->home = &c;
  p->owner = &n;
  p->child_ended = &child_ended;
  nursery_access::live(n).fetch_add(1, memory_order_relaxed);  // the spawner keeps it above 0
  do {
    p->next_of_nursery = first;
  } while (!parts.compare_exchange_weak(first, p, memory_order_seq_cst, memory_order_acquire));
  if (nursery_access::joining(n).load(memory_order_seq_cst)) {
    if (&c == here)
      merge(*p);
    else
      send_merge(*p);
  }
  return *p;
}

void close_part(nursery_part& p) noexcept {
  p.close.run = [](message& m, void* home) noexcept {
    auto& part = *reinterpret_cast<nursery_part*>(reinterpret_cast<std::byte*>(&m) -
                                                  offsetof(nursery_part, close));
    part.closed = true;
    static_cast<core*>(home)->release_if_over(part);
  };
  // Behind a stop that may be under way, in the same inbox.
  p.home->post_lazily(p.close);
}

/// Asks the children alone: the opener's task has been asked, or is past the body and must not be.
bool stop_children_of(nursery& n) noexcept {
  if (!nursery_access::stop(n).request()) return false;
  // seq_cst: a spawner that this walk misses sees the request; pairs with part_on.
  for (nursery_part* p = nursery_access::parts(n).load(memory_order_seq_cst); p != nullptr;
       p = p->next_of_nursery)
    send_stop(*p);
  return true;
}

armed join_arm(leaf& l, host&, bool stop) noexcept {
  auto& op = static_cast<join_op&>(l);
  nursery& n = *op.nursery_;
  if (op.counted_)  // woken by the last child
    return armed::ready;
  if (stop) static_cast<void>(stop_children_of(n));
  op.counted_ = true;
  nursery_access::set_joiner(n, l);
  nursery_access::joining(n).store(true, memory_order_seq_cst);  // pairs with part_on
  core* const here = this_core();
  // The body's unit keeps the nursery, and its parts, until the walk is over.
  for (nursery_part* p = nursery_access::parts(n).load(memory_order_seq_cst); p != nullptr;
       p = p->next_of_nursery) {
    if (p->home == here)
      merge(*p);
    else
      send_merge(*p);
  }
  // release: publishes the joiner to the last child; acquire: sees what ended children did.
  return nursery_access::live(n).fetch_sub(1, memory_order_acq_rel) == 1 ? armed::ready
                                                                         : armed::waiting;
}

bool join_cancel(leaf& l) noexcept {
  static_cast<void>(stop_children_of(*static_cast<join_op&>(l).nursery_));
  return false;  // it still waits for the children
}

constexpr leaf_ops join_ops{&join_arm, &join_cancel, "join"};

/// Puts a new task among n's children on core c. `here` is what the calling thread drives. Without
/// memory for that it is gone, and throws.
nursery_part& adopt(nursery& n, core& c, task_header& t, const core* here) {
  nursery_part* part = nullptr;
  try {
    part = &part_on(n, c, here, t.site_);
  } catch (...) {
    discard(t);
    throw;
  }
  t.home_ = part;
  if (&c == here && !part->merged)
    count(*part, 1);
  else if (part->away.fetch_add(1, memory_order_relaxed) == 0)
    nursery_access::live(n).fetch_add(1, memory_order_relaxed);  // the spawner keeps it above 0
  return *part;
}

// Inline, twice, so that no spawn pays for the other.
[[gnu::always_inline]] inline void start_child(nursery& n, task_header& t, bool local) {
  const core_guard guard;
  core* const here = guard.get();
  core* const c = here != nullptr ? here : this_core();
  if (c == nullptr)
    panic("a nursery's spawn was called outside a runtime: call it from a task; other threads spawn by a "
          "runtime_handle",
          t.site_);
  nursery_part& p = adopt(n, *c, t, here);
  if (local) {
    // What it captures may be the spawner's: that stays on this core too from here on, so that the two
    // are never parallel.
    t.pinned_ = static_cast<std::uint8_t>(c->index + 1);
    if (task_header* const spawner = this_turn(); spawner != nullptr) spawner->pinned_ = t.pinned_;
  }
  if (here == nullptr) {
    this_carrier()->start(t, local);
    return;
  }
  c->link(p, t);
  if (local)
    c->push_local(t);
  else
    c->push(t);
}

}  // namespace

join_op::join_op(nursery& n) noexcept : leaf_awaiter(join_ops), nursery_(&n) {}

void hold(nursery& n) noexcept {
  nursery_access::live(n).fetch_add(1, memory_order_relaxed);  // the caller keeps it above 0
}
void let_go(nursery& n) noexcept { give_up(n); }

void start_in(nursery& n, task_header& t, bool local) {
  t.stop_ = &nursery_access::stop(n);
  start_child(n, t, local);
}
void start_in(nursery& n, joinable_header& t) {
  t.own_.parent_ = &nursery_access::stop(n);
  start_child(n, t, false);
}

void stop_scopes_of(const task_header& at) noexcept {
  for (const stop_state* s = at.stop_; s != nullptr; s = outwards(*s)) {
    if (s->kind_ != stop_kind::scope) continue;
    nursery& n = nursery_access::of(*s);
    if (nursery_access::opener(n) != &at) return;
    // Its own flag first: the children of such a scope have been asked, and a deep nest stays quadratic.
    if (!s->requested_.load(memory_order_relaxed) && s->requested())
      static_cast<void>(stop_children_of(n));
  }
}

void hear_ends(nursery& n, end_hearer& h) {
  const core_guard guard;
  core* const here = guard.get();
  nursery_part& p = part_on(n, *this_core(), here, std::source_location::current());
  p.hearer = &h;
  p.child_ended = &heard_child_ended;
}

void drain_children(nursery& n) {
  nursery_part* p = nullptr;
  {
    const core_guard guard;
    p = &part_on(n, *this_core(), guard.get(), std::source_location::current());
  }
  with_host([p](host&) noexcept { stop_children(*p); });  // N1, if the core has been taken over meanwhile, too
}

bool drains(const task_header& t) noexcept {
  const end_hearer* const h = t.home_->hearer;
  return h != nullptr && h->drains.load(memory_order_seq_cst);  // pairs with the claims of drain_children
}

void start_on(nursery& n, task_header& t, unsigned index) {
  const core_guard here;
  core& c = *this_core()->rt.cores[index];
  t.stop_ = &nursery_access::stop(n);
  adopt(n, c, t, here.get());
  t.pinned_ = static_cast<std::uint8_t>(index + 1);
  t.prev_ = &t;  // not in the registry yet: its home core will link it
  c.post_pinned(t);
}

}  // namespace detail

nursery::nursery(detail::failure_policy policy) noexcept : policy_(policy) {}

std::size_t nursery::size() const noexcept {
  using namespace detail;
  std::int64_t n = 0;
  // acquire: pairs with seq_cst in part_on.
  for (const nursery_part* p = parts_.load(memory_order_acquire); p != nullptr;
       p = p->next_of_nursery) {
    const std::int64_t away = p->away.load(memory_order_relaxed);
    // An unmerged part's `away` is near `unmerged`: below by what has ended elsewhere.
    n += (away > unmerged / 2 ? away - unmerged : away) + p->alive.load(memory_order_relaxed);
  }
  return n > 0 ? static_cast<std::size_t>(n) : 0;
}

nursery::~nursery() {
  for (detail::nursery_part* p = parts_.load(detail::memory_order_acquire); p != nullptr;) {
    detail::nursery_part* const next = p->next_of_nursery;
    detail::close_part(*p);
    p = next;
  }
}

void nursery::request_stop() noexcept {
  // What ends because of it may be all that keeps the scope, its parts and its opener.
  if (!detail::try_hold(*this)) return;
  if (detail::stop_children_of(*this) && opener_ != nullptr) opener_->what().stop(*opener_);
  detail::let_go(*this);
}

}  // namespace aside::inline ASIDE_ABI
