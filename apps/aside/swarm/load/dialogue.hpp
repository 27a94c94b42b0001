#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "swarm/load/mishap.hpp"

namespace aside_app::load {

/// What one connection says, and what must come back.
class dialogue {
 public:
  struct taken {
    unsigned answers = 0;         ///< that have become complete, and are right
    unsigned refusals = 0;        ///< that have become complete, and are not what was asked for
    mishap wrong = mishap::none;  ///< then the connection is of no use any more
  };

  dialogue() = default;
  dialogue(const dialogue&) = delete;
  dialogue& operator=(const dialogue&) = delete;
  virtual ~dialogue() = default;

  /// What is to be sent for the next `count` messages. Valid until the next call, which must not come
  /// before all of their answers have.
  virtual std::string_view ask(unsigned count) = 0;
  /// Bytes that came, cut anywhere.
  virtual taken take(std::string_view bytes) = 0;
  /// The stream has ended: that may complete an answer.
  virtual taken end() { return {0, 0, mishap::closed}; }
  /// What the last refusal was, in words.
  virtual std::string refusal() const { return {}; }
  /// The peer has said that it will close the connection, and it shall be opened anew.
  virtual bool wants_new_connection() const noexcept { return false; }
  /// A new connection takes the place of the old one.
  virtual void begin_anew() {}
};

}  // namespace aside_app::load
