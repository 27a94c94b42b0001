// The core that owns a registry walks it, because nobody else may (H3). Its tasks may be in turns of
// other cores, so it claims each before it looks inside: docs/design/0001.

#include "sched/snapshot.hpp"

#include "base/clock.hpp"
#include "sched/age.hpp"
#include "sched/claim.hpp"
#include "sched/runtime.hpp"

#include <aside/detail/branches.hpp>

#include <array>
#include <new>

namespace aside::inline ASIDE_ABI::detail {

namespace {

using kind = seen_place::kind;

constexpr std::size_t most_tasks = 10'000;
constexpr std::size_t most_awaits = 64;

class walker {
 public:
  walker(core_snapshot& into, const task_header* main, std::uint32_t now) noexcept
      : into_(&into), main_(main), now_(now) {}

  /// Under the task's claim, or while it runs, on `on`, and is only named.
  void look(task_header& t, const core* on) {
    add({&t == main_ ? kind::main_task : kind::task, 0, t.site_, nullptr, number_of_name(t)});
    if (on != nullptr)
      add({kind::running, 0, t.site_, nullptr, age(on->age.load(memory_order_relaxed))});
    else if (t.leaf_ == nullptr)
      add({kind::fresh, 0, t.site_, nullptr, age(t.root_->since_)});
    else
      waits(*t.leaf_, t.mood_ == task_mood::yielding);
  }

 private:
  [[nodiscard]] static bool same(const std::source_location& a,
                                 const std::source_location& b) noexcept {
    return a.file_name() == b.file_name() && a.line() == b.line() && a.column() == b.column();
  }
  void add(seen_place p) { into_->places.push_back(p); }
  [[nodiscard]] std::uint64_t age(std::uint32_t since) const noexcept {
    return age_ms(since, now_);
  }
  [[nodiscard]] std::uint64_t number_of_name(const task_header& t) {
    const task_name n = name_of(t);
    if (n.view().empty()) return 0;
    into_->names.push_back(n);
    return into_->names.size();
  }

  /// `above`: where the group of its branch is awaited; an operation that is a branch has no other place.
  void awaits(const leaf& l, std::uint16_t level, const std::source_location* above) {
    std::array<const promise_base*, most_awaits> chain;
    std::size_t n = 0;
    bool more = false;
    for (const promise_base* p = l.at_; p != nullptr;
         p = p->awaiter_ != nullptr ? p->awaiter_->self_ : nullptr) {
      more = n == chain.size();
      if (more) break;
      chain[n++] = p;
    }
    if (more)
      add({kind::more, level, l.at_->where_});
    else if (above != nullptr && same(chain[n - 1]->where_, *above))
      --n;
    while (n > 0)
      add({kind::await, level, chain[--n]->where_});
  }

  void waits(leaf& outermost, bool yields) {
    std::uint16_t level = 0;
    leaf* l = &outermost;
    branch_group* group = nullptr;
    for (;;) {
      awaits(*l, level, group != nullptr ? &group->at_->where_ : nullptr);
      const std::uint64_t how_long = yields ? seen_place::unknown : age(l->at_->since_);
      if (branch_group* const inner = group_of(*l); inner != nullptr) {
        add({kind::branches, level, l->at_->where_, l->ops_->name, how_long});
        ++level;
        group = inner;
        group->cursor_ = 0;
      } else {
        add({kind::operation, level, l->at_->where_, l->ops_->name, how_long});
      }
      l = nullptr;
      while (group != nullptr && l == nullptr) {
        if (group->cursor_ == group->count()) {
          --level;
          group = is_branch(group->owner()) ? static_cast<branch&>(group->owner()).group_ : nullptr;
          continue;
        }
        branch& b = group->begin_of_branches()[group->cursor_++];
        if (b.leaf_ == nullptr) continue;  // it has ended, or has not begun
        add({kind::branch, level, b.site_});
        l = b.leaf_;
      }
      if (l == nullptr) return;
    }
  }

  core_snapshot* into_;
  const task_header* main_;
  std::uint32_t now_;
};

void look_at(core& c, task_header& t, core_snapshot& into, std::uint32_t now) noexcept {
  const std::size_t before = into.places.size();
  try {
    const core* const on = claims::in_a_turn(c.rt, t);
    if (!t.ended_.load(memory_order_acquire))  // release in core::end
      walker(into, c.rt.main.load(memory_order_relaxed), now).look(t, on);
  } catch (const std::bad_alloc&) {
    into.places.resize(before);
    into.out_of_memory = true;
    ++into.left_out;
  }
  claims::give_up(t);
}

}  // namespace

void take_snapshot(core& c, core_snapshot& into) noexcept {
  std::array<task_header*, 64> batch;
  std::size_t n = 0;
  std::size_t seen = 0;
  const std::uint32_t now = age_at(now_ns());
  const auto look_at_batch = [&] {
    c.rt.barrier.heavy_barrier();
    for (std::size_t i = 0; i < n; ++i)
      look_at(c, *batch[i], into, now);
    n = 0;
  };
  c.for_each_task([&](task_header& t) {
    if (t.ended_.load(memory_order_acquire)) return;  // release in core::end
    if (++seen > most_tasks || into.out_of_memory) {
      ++into.left_out;
      return;
    }
    if (!claims::try_take(t)) {
      // Waiting for a claim while holding others could deadlock.
      if (n != 0) look_at_batch();
      claims::take(t);
    }
    batch[n++] = &t;
    if (n == batch.size()) look_at_batch();
  });
  if (n != 0) look_at_batch();
}

}  // namespace aside::inline ASIDE_ABI::detail
