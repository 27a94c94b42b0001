// A core's registry: the tasks whose home it is, whichever core runs them.
//
// Only the home core links and unlinks (H3). A task that ends elsewhere is sent home in a batch, and
// its block is freed there.

#include "sched/name.hpp"
#include "sched/runtime.hpp"
#include "task/prefetch.hpp"

#include <cstdio>

namespace aside::inline ASIDE_ABI::detail {

namespace {
constexpr unsigned homeward_batch = 32;
}  // namespace

void core::adopt(std::span<task_header* const> many, std::size_t of_ring) noexcept {
  std::uint64_t n = of_ring;
  for (std::size_t i = 0; i < many.size(); ++i) {
    task_header& t = *many[i];
    if (t.home_ != nullptr) continue;
    t.home_ = &root;
    link(root, t);
    if (i >= of_ring) ++n;
  }
  if (n == 0) return;
  // seq_cst: the closer says that it closes, then counts; one of the two sees the other.
  adopted.store(adopted.load(memory_order_relaxed) + n, memory_order_seq_cst);
  if (rt.closing()) rt.adoption_seen();
}

void core::send_home(task_header& ended) noexcept {
  core& home = *ended.home_->home;
  homeward& chain = homeward_[home.index];
  switch (chain.count % 4) {
    case 0:
      ended.queued_ = chain.last;
      ended.rider1_ = ended.rider2_ = ended.rider3_ = nullptr;
      if (chain.last == nullptr) {
        chain.first = &ended;
        ++chains_homeward_;
      }
      chain.last = &ended;
      break;
    case 1:
      chain.last->rider1_ = &ended;
      break;
    case 2:
      chain.last->rider2_ = &ended;
      break;
    default:
      chain.last->rider3_ = &ended;
  }
  if (++chain.count == homeward_batch) flush(chain, home);
}

void core::flush(homeward& chain, core& home) noexcept {
  task_header* head = home.returned_.load(memory_order_relaxed);
  do {
    chain.first->queued_ = head;
    // seq_cst: release publishes the chain to reclaim; order against sleeps [IDLE].
  } while (!home.returned_.compare_exchange_weak(head, chain.last, memory_order_seq_cst,
                                                 memory_order_relaxed));
  // Reclaiming can wait until home wakes by itself, but not for ever, and not while it is waited for.
  const bool full = chain.count == homeward_batch;
  chain = {};
  --chains_homeward_;
  if ((full || rt.stopping()) && rt.idle.sleeps(home.index)) home.wake();
}

void core::flush_homeward() noexcept {
  for (std::size_t i = 0; chains_homeward_ != 0 && i < homeward_.size(); ++i)
    if (homeward_[i].count != 0) flush(homeward_[i], *rt.cores[i]);
}

void core::reclaim() noexcept {
  task_header* t = returned_.exchange(nullptr, memory_order_acquire);
  if (t != nullptr) prefetch_carried(*t);
  while (t != nullptr) {
    task_header* const next = t->queued_;
    if (next != nullptr) prefetch_carried(*next);
    const std::array four{t, t->rider1_, t->rider2_, t->rider3_};
    for (task_header* each : four)
      if (each != nullptr) unlink_and_free(*each);
    t = next;
  }
}

void core::link(nursery_part& p, task_header& t) noexcept {
  if (!p.listed) {
    p.listed = true;
    p.prev_on_core = nullptr;
    p.next_on_core = parts_;
    if (parts_ != nullptr) parts_->prev_on_core = &p;
    parts_ = &p;
  }
  t.root_->since_ = age.load(memory_order_relaxed);
  task_links* const first = p.children.next_;
  t.next_ = first;
  t.prev_ = &p.children;
  first->prev_ = &t;
  p.children.next_ = &t;
  const std::size_t before = homed.load(memory_order_relaxed);
  homed.store(before + 1, memory_order_relaxed);
  tasks_spawned.store(tasks_spawned.load(memory_order_relaxed) + 1, memory_order_relaxed);
  if (before == 0) rt.core_became_busy();
}

void core::unlink_and_free(task_header& t) noexcept {
  nursery_part& p = *t.home_;
  t.next_->prev_ = t.prev_;
  t.prev_->next_ = t.next_;
  // seq_cst: the watchdog reads where a task was spawned; see watchdog.cpp for the pairing.
  while (rt.inspecting.load(memory_order_seq_cst)) [[unlikely]]
    spin_pause();
  t.what().free_block(t);
  release_if_over(p);
  const std::size_t left = homed.load(memory_order_relaxed) - 1;
  homed.store(left, memory_order_relaxed);
  if (left == 0) rt.core_became_idle();
}

void core::release_if_over(nursery_part& p) noexcept {
  if (!p.closed || p.first() != nullptr) return;
  if (p.listed) {
    if (p.next_on_core != nullptr) p.next_on_core->prev_on_core = p.prev_on_core;
    if (p.prev_on_core != nullptr)
      p.prev_on_core->next_on_core = p.next_on_core;
    else
      parts_ = p.next_on_core;
  }
  p.~nursery_part();
  frame_free(&p, sizeof p);
}

}  // namespace aside::inline ASIDE_ABI::detail
