#pragma once
// The library's atomics (ASIDE_MODEL_ATOMICS), each operation a choice of the explorer.

#include "model/model.hpp"

#include <atomic>

namespace aside::inline ASIDE_ABI::detail {

using std::memory_order;
using std::memory_order_acq_rel;
using std::memory_order_acquire;
using std::memory_order_relaxed;
using std::memory_order_release;
using std::memory_order_seq_cst;

template <class T>
class atomic {
  static_assert(sizeof(T) <= sizeof(std::uint64_t));

 public:
  constexpr atomic(T value = T()) noexcept : value_(value) {}
  atomic(const atomic&) = delete;
  atomic& operator=(const atomic&) = delete;

  T load(memory_order = memory_order_seq_cst) const {
    return value(explore().load(&value_, sizeof(T)));
  }
  void store(T to, memory_order order = memory_order_seq_cst) {
    explore().store(&value_, sizeof(T), bits(to), order == memory_order_seq_cst);
  }
  T exchange(T to, memory_order = memory_order_seq_cst) {
    return value(explore().modify(&value_, sizeof(T), [&](std::uint64_t) { return bits(to); }));
  }
  bool compare_exchange_strong(T& expected, T to, memory_order = memory_order_seq_cst,
                               memory_order = memory_order_seq_cst) {
    const std::uint64_t wanted = bits(expected);
    const std::uint64_t was = explore().modify(
        &value_, sizeof(T), [&](std::uint64_t is) { return is == wanted ? bits(to) : is; });
    expected = value(was);
    return was == wanted;
  }
  bool compare_exchange_weak(T& expected, T to, memory_order success = memory_order_seq_cst,
                             memory_order failure = memory_order_seq_cst) {
    return compare_exchange_strong(expected, to, success, failure);
  }
  T fetch_add(T by, memory_order = memory_order_seq_cst) {
    return change([&](T was) { return was + by; });
  }
  T fetch_sub(T by, memory_order = memory_order_seq_cst) {
    return change([&](T was) { return was - by; });
  }
  T fetch_or(T with, memory_order = memory_order_seq_cst) {
    return change([&](T was) { return was | with; });
  }
  T fetch_and(T with, memory_order = memory_order_seq_cst) {
    return change([&](T was) { return was & with; });
  }

 private:
  template <class F>
  T change(F to) {
    return value(explore().modify(&value_, sizeof(T), [&](std::uint64_t was) {
      return bits(static_cast<T>(to(value(was))));
    }));
  }
  static aside_test::model::explorer& explore() { return aside_test::model::explorer::current(); }
  static std::uint64_t bits(T v) noexcept {
    std::uint64_t b = 0;
    std::memcpy(&b, &v, sizeof(T));
    return b;
  }
  static T value(std::uint64_t b) noexcept {
    T v;
    std::memcpy(&v, &b, sizeof(T));
    return v;
  }
  T value_;
};

}  // namespace aside::inline ASIDE_ABI::detail
