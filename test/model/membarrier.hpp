#pragma once
// membarrier, for the model: every thread's stores reach memory. Or not, for those who want to see that it is needed.

#include "model/model.hpp"

namespace aside_test::model {

/// For as long as it lives.
class membarrier_works {
 public:
  explicit membarrier_works(bool does) noexcept { does_ = does; }
  membarrier_works(const membarrier_works&) = delete;
  membarrier_works& operator=(const membarrier_works&) = delete;
  ~membarrier_works() { does_ = true; }

  static bool does() noexcept { return does_; }

 private:
  inline static bool does_ = true;
};

}  // namespace aside_test::model
