#pragma once
// slab: objects that stay of one type for ever, so that a late look at a dead one is harmless.
//
// Invariants: chunks are aligned to their size and freed only with the slab; one thread allocates
// and frees (the owner); `owner_of` works from any thread. T gives `slab_next`, used while free.

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
    while (chunks_ != nullptr) {
      chunk* const next = chunks_->next;
      std::free(chunks_);
      chunks_ = next;
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
  // Less than that is asked for, so that malloc can put its own words between two chunks.
  static constexpr std::size_t chunk_bytes = chunk_size - 64;
  struct chunk {
    Owner* owner;
    chunk* next;
  };
  static constexpr std::size_t first = (sizeof(chunk) + alignof(T) - 1) / alignof(T) * alignof(T);
  static constexpr std::size_t count = (chunk_bytes - first) / sizeof(T);

  bool grow() noexcept {
    void* memory = nullptr;
    if (::posix_memalign(&memory, chunk_size, chunk_bytes) != 0) return false;
    chunks_ = ::new (memory) chunk{owner_, chunks_};
    auto* const bytes = static_cast<std::byte*>(memory);
    for (std::size_t i = count; i-- > 0;) {
      T* const t = ::new (bytes + first + i * sizeof(T)) T();
      t->set_slab_next(free_);
      free_ = t;
    }
    return true;
  }

  Owner* owner_;
  chunk* chunks_ = nullptr;
  T* free_ = nullptr;
  std::size_t live_ = 0;
};

}  // namespace aside::inline ASIDE_ABI::detail
