#include "sched/choice.hpp"

#include "driver/epoll/epoll_engine.hpp"
#include "driver/uring/uring_engine.hpp"

#include <cstdlib>
#include <cstring>
#include <stdexcept>

namespace aside::inline ASIDE_ABI::detail {

choice choose_engine(engine_kind asked) {
  std::string who = "asked for by the program";
  if (asked == engine_kind::automatic) {
    const char* const env = std::getenv("ASIDE_ENGINE");
    const std::string_view name = env != nullptr ? env : "";
    if (name == "uring" || name == "io_uring") {
      asked = engine_kind::uring;
    } else if (name == "epoll") {
      asked = engine_kind::epoll;
    } else if (!name.empty()) {
      throw std::invalid_argument("aside: ASIDE_ENGINE=" + std::string(name) +
                                  " is no engine: set it to epoll or uring, or unset it");
    }
    who = "asked for by ASIDE_ENGINE";
  }
  if (asked == engine_kind::automatic)
    return {engine_kind::epoll, "the default: as cheap as any, and allowed in every container"};
  if (asked == engine_kind::epoll) return {engine_kind::epoll, who};
  if (const int error = probe_uring(); error != 0)
    return {engine_kind::epoll,
            "io_uring was " + who + ", but the kernel refused it: " + std::strerror(error)};
  return {engine_kind::uring, who};
}

std::unique_ptr<engine> make_engine(engine_kind kind, bool may_move) {
  if (kind == engine_kind::uring) return std::make_unique<uring_engine>(may_move);
  return std::make_unique<epoll_engine>();
}

}  // namespace aside::inline ASIDE_ABI::detail
