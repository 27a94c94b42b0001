#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "swarm/load/dialogue.hpp"

namespace aside_app::load {

/// The bytes of all messages of an echo load. A message is a window into random bytes, at a place
/// that depends on its connection and its number: nothing is copied, and an answer that belongs to
/// another connection or to an earlier message does not match.
class message_bytes {
 public:
  /// For windows of up to `largest` bytes.
  explicit message_bytes(std::size_t largest);
  std::string_view window(std::uint64_t connection, std::uint64_t number,
                          std::size_t size) const noexcept;

 private:
  static constexpr std::size_t places = std::size_t{1} << 14;
  std::string bytes_;
};

/// Every byte that is sent must come back, and no other.
class echo_dialogue final : public dialogue {
 public:
  echo_dialogue(const message_bytes& bytes, std::size_t size, std::uint64_t connection) noexcept
      : bytes_{bytes}, size_{size}, connection_{connection} {}

  std::string_view ask(unsigned count) override;
  taken take(std::string_view bytes) override;

 private:
  const message_bytes& bytes_;
  std::size_t size_;
  std::uint64_t connection_;
  std::uint64_t number_ = 0;
  std::string_view expected_;
  std::size_t come_ = 0;  // of `expected_`
};

}  // namespace aside_app::load
