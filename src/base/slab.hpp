#pragma once
// slab: objects that stay of one type for ever, so that a late look at a dead one is harmless.
//
// Invariants: chunks are aligned to their size and freed only with the slab; one thread allocates
// and frees (the owner); `owner_of` works from any thread. T gives `slab_next`, used while free.
// Chunks come several at a time: what malloc leaves out for the alignment may be as large as one.

#include "base/assert.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <new>

namespace aside::inline ASIDE_ABI::detail {

template <class T, class Owner>
class slab {
 public:
  explicit slab(Owner& owner) noexcept : owner_(&owner) {}
  slab(const slab&) = delete;
  slab& operator=(const slab&) = delete;
  ~slab() {
    while (regions_ != nullptr) {
      chunk* const next = regions_->next_region;
      std::free(regions_);
      regions_ = next;
    }
  }

  /// Null when there is no memory.
  [[nodiscard]] T* allocate() noexcept {
    if (free_ == nullptr && !grow()) return nullptr;
    T* const t = free_;
    free_ = t->slab_next();
    ++live_;
    return t;
  }
  void free(T& t) noexcept {
    t.set_slab_next(free_);
    free_ = &t;
    --live_;
  }
  [[nodiscard]] std::size_t live() const noexcept { return live_; }

  [[nodiscard]] static Owner& owner_of(const T& t) noexcept {
    const auto address = reinterpret_cast<std::uintptr_t>(&t) & ~std::uintptr_t{chunk_size - 1};
    return *reinterpret_cast<const chunk*>(address)->owner;
  }

 private:
  static constexpr std::size_t chunk_size = 8192;  // and its alignment
  static constexpr unsigned chunks_at_once = 8;
  // Less than that is asked for, so that malloc can put its own words between two regions.
  static constexpr std::size_t chunk_bytes = chunk_size - 64;
  struct chunk {
    Owner* owner;
    chunk* next_region;  // in the first one of a region
  };
  static constexpr std::size_t first = (sizeof(chunk) + alignof(T) - 1) / alignof(T) * alignof(T);
  static constexpr std::size_t count = (chunk_bytes - first) / sizeof(T);

  bool grow() noexcept {
    if (fresh_chunks_ == 0) {
      void* memory = nullptr;
      const std::size_t all = chunks_at_once * chunk_size - (chunk_size - chunk_bytes);
      if (::posix_memalign(&memory, chunk_size, all) != 0) return false;
      regions_ = ::new (memory) chunk{owner_, regions_};
      fresh_ = static_cast<std::byte*>(memory);
      fresh_chunks_ = chunks_at_once;
    }
    std::byte* const bytes = fresh_;
    if (fresh_chunks_ != chunks_at_once) ::new (bytes) chunk{owner_, nullptr};
    fresh_ += chunk_size;
    --fresh_chunks_;
    for (std::size_t i = count; i-- > 0;) {
      T* const t = ::new (bytes + first + i * sizeof(T)) T();
      t->set_slab_next(free_);
      free_ = t;
    }
    return true;
  }

  Owner* owner_;
  chunk* regions_ = nullptr;
  std::byte* fresh_ = nullptr;  // the next of the newest region's chunks that are not in use
  unsigned fresh_chunks_ = 0;
  T* free_ = nullptr;
  std::size_t live_ = 0;
};

}  // namespace aside::inline ASIDE_ABI::detail
