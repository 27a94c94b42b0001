#include "sched/name.hpp"

#include "base/atomic.hpp"
#include "sched/runtime.hpp"

#include <aside/spawn.hpp>

#include <cstdio>
#include <cstring>
#include <new>

namespace aside::inline ASIDE_ABI {

namespace detail {
task_label::task_label(const task_descriptor& plain) noexcept
    : task_descriptor(plain), plain_(&plain) {
  label = this;
  free_block = &free_both;
}

void task_label::free_both(task_header& t) noexcept {
  task_label& mine = *t.what().label;
  mine.plain_->free_block(t);
  mine.~task_label();
  frame_free(&mine, sizeof mine);
}

void task_label::write(const task_name& n) noexcept {
  std::array<char, words * sizeof(std::uint64_t)> bytes{};
  n.view().copy(bytes.data(), bytes.size() - 1);
  std::array<std::uint64_t, words> from{};
  std::memcpy(from.data(), bytes.data(), bytes.size());
  const std::uint32_t v = version_.load(memory_order_relaxed);
  // release, each: whoever acquires a word written here sees the odd version before it.
  version_.store(v + 1, memory_order_relaxed);
  for (std::size_t i = 0; i < words; ++i)
    text_[i].store(from[i], memory_order_release);
  version_.store(v + 2, memory_order_release);  // pairs with acquire in read
}

task_name task_label::read() const noexcept {
  std::array<std::uint64_t, words> into{};
  for (;;) {
    const std::uint32_t before = version_.load(memory_order_acquire);
    for (std::size_t i = 0; i < words; ++i)
      into[i] = text_[i].load(memory_order_acquire);  // pairs with release in write
    if ((before & 1) == 0 && version_.load(memory_order_relaxed) == before) break;
    spin_pause();
  }
  std::array<char, sizeof into> bytes{};
  std::memcpy(bytes.data(), into.data(), bytes.size());
  return task_name(bytes.data());
}

task_name name_of(const task_header& t) noexcept {
  const task_label* const l = t.what().label;
  return l != nullptr ? l->read() : task_name();
}

void give_name(task_header& t, const task_name& n) {
  const task_descriptor& now = t.what();
  if (now.label != nullptr) {
    now.label->write(n);
    return;
  }
  auto* const named = ::new (frame_allocate(sizeof(task_label))) task_label(now);
  named->write(n);
  t.what_.store(named, memory_order_release);  // pairs with acquire in what()
}

void name_or_discard(task_header& t, const task_name& n) {
  try {
    give_name(t, n);
  } catch (...) {
    discard(t);
    throw;
  }
}

task_title::task_title(bool main_task, const task_name& n,
                       const std::source_location& site) noexcept {
  const std::string_view name = n.view();
  const char* const who = main_task ? "the main task" : name.empty() ? "a task" : "the task";
  const char* const quote = name.empty() ? "" : "\"";
  const char* const space = name.empty() ? "" : " ";
  const int used = std::snprintf(text_.data(), text_.size(), "%s%s%s%s%s", who, space, quote,
                                 name.data(), quote);
  if (main_task || used < 0) return;
  std::snprintf(text_.data() + used, text_.size() - static_cast<std::size_t>(used),
                " spawned at %s:%u", site.file_name(), site.line());
}

}  // namespace detail

void set_name(std::string_view name, std::source_location at) {
  detail::task_header* const t = detail::this_turn();
  if (t == nullptr) detail::panic("set_name was called outside of a task: call it from one", at);
  detail::give_name(*t, task_name(name));
}

}  // namespace aside::inline ASIDE_ABI
