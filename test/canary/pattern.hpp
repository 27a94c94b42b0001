#pragma once
// How a pattern is written down: one coroutine with a sentence for a name, and the value it must
// return. run.py finds a pattern in the source by its macro in the first column and by the closing
// brace in the first column, so that it can leave out what a compiler refuses.

#include <memory>
#include <utility>
#include <vector>

#include "parcel.hpp"
#include "task.hpp"

namespace canary {

struct pattern {
  const char* kind;
  const char* name;
  task<int> (*body)();
  int wanted;
};

inline std::vector<pattern>& all_patterns() {
  static std::vector<pattern> patterns;
  return patterns;
}

struct enrolment {
  enrolment(const char* kind, const char* name, task<int> (*body)(), int wanted) {
    all_patterns().push_back({kind, name, body, wanted});
  }
};

// The usual partners of a pattern. Each really suspends once before it returns.

inline task<int> weigh(const parcel& item) {
  co_await next_turn();
  co_return item.weight();
}

inline task<int> deliver(parcel item) {
  co_await next_turn();
  co_return item.weight();
}

inline task<int> deliver_both(parcel one, parcel other) {
  co_await next_turn();
  co_return one.weight() + other.weight();
}

inline task<bool> accept(parcel item) {
  co_await next_turn();
  co_return item.weight() > 0;
}

inline task<parcel> fetch(int weight) {
  co_await next_turn();
  co_return parcel(weight);
}

inline task<std::unique_ptr<parcel>> fetch_boxed(int weight) {
  co_await next_turn();
  co_return std::make_unique<parcel>(weight);
}

}  // namespace canary

#define CANARY_ENROL(kind, name, wanted)                                      \
  static canary::task<int> name();                                            \
  static const canary::enrolment name##_enrolled(kind, #name, &name, wanted); \
  static canary::task<int> name()

// One of the patterns that are counted and compared with expected/<compiler>.txt.
#define PATTERN(name, wanted) CANARY_ENROL("pattern", name, wanted)
// Another form of a fault that a pattern already shows; counted apart.
#define VARIANT(name, wanted) CANARY_ENROL("variant", name, wanted)
// The way round a fault that docs/compilers.md recommends; has to be right on every compiler.
#define REMEDY(name, wanted) CANARY_ENROL("remedy", name, wanted)
