#pragma once

#include <stdint.h>
#include <string.h>

// Log-linear: 128 buckets to each power of two, so a value is off by at most 0.8 %.
enum { histogram_bits = 7, histogram_buckets = (64 - histogram_bits + 1) << histogram_bits };

struct histogram {
  uint64_t total;
  uint64_t bucket[histogram_buckets];
};

static inline void histogram_clear(struct histogram* h) { memset(h, 0, sizeof *h); }

static inline void histogram_add(struct histogram* h, uint64_t value, uint64_t times) {
  unsigned shift = 0;
  if (value >> histogram_bits) shift = 63u - (unsigned)__builtin_clzll(value) - histogram_bits;
  h->bucket[((uint64_t)shift << histogram_bits) + (value >> shift)] += times;
  h->total += times;
}

// The middle of the bucket in which the value of that rank lies; there must be one.
static inline double histogram_quantile(const struct histogram* h, double quantile) {
  uint64_t rank = (uint64_t)(quantile * (double)(h->total - 1)) + 1, seen = 0;
  uint64_t i = 0;
  while ((seen += h->bucket[i]) < rank)
    i++;
  uint64_t shift = i >> (histogram_bits + 1) ? (i >> histogram_bits) - 1 : 0;
  uint64_t low = (i - (shift << histogram_bits)) << shift;
  return (double)low + (double)((UINT64_C(1) << shift) - 1) / 2;
}
