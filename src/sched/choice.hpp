#pragma once
// choice: which engine a runtime gets, and why.

#include "driver/engine.hpp"

#include <aside/options.hpp>

#include <memory>
#include <string>

namespace aside::inline ASIDE_ABI::detail {

struct choice {
  engine_kind kind;
  std::string reason;
};

/// What was asked for by the program or by ASIDE_ENGINE, if the kernel allows it. Throws
/// std::invalid_argument for a name in ASIDE_ENGINE that is no engine.
[[nodiscard]] choice choose_engine(engine_kind asked);

/// `may_move`: threads take turns at driving it.
[[nodiscard]] std::unique_ptr<engine> make_engine(engine_kind kind, bool may_move);

}  // namespace aside::inline ASIDE_ABI::detail
