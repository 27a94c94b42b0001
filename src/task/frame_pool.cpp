// Memory for frames and task blocks: per-thread free lists by size, exchanged through a depot.
//
// Invariants
//   P1  A block belongs to a thread's list, to a chain in the depot, or to its user.
//   P2  A thread's lists are touched by that thread alone.
//   P3  A list hands half of itself to the depot when it has two chains, so blocks freed on one
//       thread and allocated on another come back in chains of 64, one lock for each.
// Under AddressSanitizer everything goes to malloc, so that use after free is seen.

#include "base/assert.hpp"
#include "base/atomic.hpp"
#include "base/spin.hpp"

#include <aside/detail/header.hpp>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <mutex>
#include <new>
#include <utility>

namespace aside::inline ASIDE_ABI::detail {

frame_room*& current_room() noexcept {
  static thread_local constinit frame_room* room = nullptr;
  return room;
}

#if defined(ASIDE_ASAN)

void* frame_allocate(std::size_t size) {
  void* memory = std::malloc(size);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}
void frame_free(void* memory, std::size_t) noexcept { std::free(memory); }
std::byte* lend_buffer() noexcept { return static_cast<std::byte*>(std::malloc(lent_buffer_size)); }
void return_buffer(std::byte* buffer) noexcept { std::free(buffer); }

#else

namespace {

constexpr std::size_t step = 16;
constexpr std::size_t largest = 1024;
constexpr std::size_t slab_size = 4096;
constexpr std::size_t classes = largest / step + 1;
constexpr unsigned chain_length = 64;
constexpr unsigned buffer_chain_length = 8;

constexpr std::size_t class_of(std::size_t size) noexcept {
  return size <= largest ? (size + step - 1) / step - 1 : classes - 1;
}
constexpr std::size_t bytes_of(std::size_t index) noexcept {
  return index + 1 == classes ? lent_buffer_size : (index + 1) * step;
}
constexpr unsigned length_of(std::size_t index) noexcept {
  return index + 1 == classes ? buffer_chain_length : chain_length;
}
constexpr bool pooled(std::size_t size) noexcept {
  return (size <= largest && size != 0) || size == lent_buffer_size;
}

struct block {
  block* next;
  std::uintptr_t next_chain;  // in the depot: the next chain, tagged as `chains` is
};

/// Chains have the length of their class, or 1: then the pointer to them is tagged, so that taking one
/// need not walk it.
struct depot {
  std::mutex mutex;
  std::uintptr_t chains = 0;
};
constexpr std::uintptr_t single = 1;
std::array<depot, classes>& depots() noexcept {
  static std::array<depot, classes> all;
  return all;
}

struct free_list {
  block* first;
  unsigned count;
};

// Without a destructor, so that the fast path tests no guard; `at_exit` empties it.
thread_local constinit std::array<free_list, classes> mine{};

thread_local constinit bool tidies = false;  // this thread's lists are emptied when it ends
struct exit_guard {
  exit_guard() noexcept { tidies = true; }
  void see_to_it() const noexcept {}
  ~exit_guard();
};
thread_local exit_guard at_exit;

block* cut_chain(free_list& list, unsigned length) noexcept {
  block* const head = list.first;
  block* last = head;
  for (unsigned i = 1; i < length; ++i)
    last = last->next;
  list.first = last->next;
  last->next = nullptr;
  list.count -= length;
  return head;
}

void give_chain(std::size_t index, block* chain, std::uintptr_t tag) noexcept {
  depot& d = depots()[index];
  const auto lock = lock_spinning(d.mutex);
  chain->next_chain = d.chains;
  d.chains = reinterpret_cast<std::uintptr_t>(chain) | tag;
}

exit_guard::~exit_guard() {
  tidies = false;
  for (std::size_t index = 0; index < classes; ++index) {
    free_list& list = mine[index];
    while (list.count >= length_of(index))
      give_chain(index, cut_chain(list, length_of(index)), 0);
    while (list.first != nullptr) {
      block* const b = list.first;
      list.first = b->next;
      --list.count;
      b->next = nullptr;
      give_chain(index, b, single);
    }
  }
}

bool refill(std::size_t index, free_list& list) noexcept {
  at_exit.see_to_it();
  depot& d = depots()[index];
  const auto lock = lock_spinning(d.mutex);
  if (d.chains == 0) return false;
  list.first = reinterpret_cast<block*>(d.chains & ~single);
  list.count = (d.chains & single) != 0 ? 1 : length_of(index);
  d.chains = list.first->next_chain;
  return true;
}

/// What malloc gave and nobody has got yet. Its own words, and what it leaves out for the alignment,
/// would cost a hundred bytes for every few blocks if it were asked each time.
struct region {
  std::mutex mutex;
  std::byte* at = nullptr;
  std::size_t left = 0;
};
constexpr std::size_t region_size = std::size_t{16} * slab_size;

/// Whole cache lines, so that blocks of whole lines share none.
constexpr std::size_t in_lines(std::size_t bytes) noexcept {
  return (bytes + cache_line - 1) / cache_line * cache_line;
}

/// Room for so many blocks, or for fewer: then `blocks` says how many.
std::byte* take_room(std::size_t bytes, std::size_t& blocks) noexcept {
  static region rest;
  const auto apart = [&] {
    return static_cast<std::byte*>(std::aligned_alloc(cache_line, in_lines(bytes * blocks)));
  };
  if (bytes > largest) return apart();
  const auto lock = lock_spinning(rest.mutex);
  if (rest.left < bytes) {
    void* const fresh = std::aligned_alloc(cache_line, region_size);
    if (fresh == nullptr) return apart();
    rest.at = static_cast<std::byte*>(fresh);
    rest.left = region_size;
  }
  blocks = std::min(blocks, rest.left / bytes);
  const std::size_t taken = in_lines(bytes * blocks);
  rest.left -= taken;
  return std::exchange(rest.at, rest.at + taken);
}

void grow(std::size_t index, free_list& list) {
  const std::size_t bytes = bytes_of(index);
  std::size_t blocks = bytes > largest ? 1 : slab_size / bytes;
  std::byte* const memory = take_room(bytes, blocks);
  if (memory == nullptr) throw std::bad_alloc();
  for (std::size_t i = blocks; i-- > 0;)
    list.first = ::new (memory + i * bytes) block{list.first, 0};
  list.count += static_cast<unsigned>(blocks);
}

}  // namespace

namespace {

[[gnu::noinline]] void* allocate_slowly(std::size_t size) {
  if (!pooled(size)) {
    void* memory = std::malloc(size);
    if (memory == nullptr) throw std::bad_alloc();
    return memory;
  }
  const std::size_t index = class_of(size);
  free_list& list = mine[index];
  if (list.first == nullptr && !refill(index, list)) grow(index, list);
  block* const b = list.first;
  list.first = b->next;
  --list.count;
  return b;
}

[[gnu::noinline]] void free_slowly(void* memory, std::size_t size) noexcept {
  if (!pooled(size)) {
    std::free(memory);
    return;
  }
  const std::size_t index = class_of(size);
  free_list& list = mine[index];
  list.first = ::new (memory) block{list.first, 0};
  at_exit.see_to_it();
  if (++list.count >= 2 * length_of(index)) give_chain(index, cut_chain(list, length_of(index)), 0);
}

}  // namespace

void* frame_allocate(std::size_t size) {
  // 0 - 1 wraps around, so this is false for 0 as well.
  if (size - 1 < largest) [[likely]] {
    free_list& list = mine[(size - 1) / step];
    if (block* const b = list.first; b != nullptr) [[likely]] {
      list.first = b->next;
      __builtin_prefetch(list.first, 1);  // another core may have written it last
      --list.count;
      return b;
    }
  }
  return allocate_slowly(size);
}

void frame_free(void* memory, std::size_t size) noexcept {
  if (size - 1 < largest) [[likely]] {
    free_list& list = mine[(size - 1) / step];
    if (list.count < 2 * chain_length - 1 && tidies) [[likely]] {
      list.first = ::new (memory) block{list.first, 0};
      ++list.count;
      return;
    }
  }
  free_slowly(memory, size);
}

std::byte* lend_buffer() noexcept {
  free_list& list = mine[classes - 1];
  if (block* const b = list.first; b != nullptr) [[likely]] {
    list.first = b->next;
    --list.count;
    return reinterpret_cast<std::byte*>(b);
  }
  try {
    return static_cast<std::byte*>(allocate_slowly(lent_buffer_size));
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}

void return_buffer(std::byte* buffer) noexcept {
  free_list& list = mine[classes - 1];
  if (list.count < 2 * buffer_chain_length - 1 && tidies) [[likely]] {
    list.first = ::new (buffer) block{list.first, 0};
    ++list.count;
    return;
  }
  free_slowly(buffer, lent_buffer_size);
}

#endif

}  // namespace aside::inline ASIDE_ABI::detail
