#pragma once

#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>

namespace aside_app::load {

/// When the messages of an open loop are due, counted from its begin: at equal distances, each on the
/// connection after the last one's. It does not depend on how fast anybody answers.
class schedule {
 public:
  schedule(double rate, std::size_t connections) noexcept
      : rate_{rate}, connections_{connections} {}

  /// Of the message that is the `turn`th, from 0, on the connection of this number.
  std::chrono::nanoseconds due(std::size_t connection, std::uint64_t turn) const noexcept {
    const auto number = static_cast<double>(turn) * static_cast<double>(connections_) +
                        static_cast<double>(connection);
    return std::chrono::nanoseconds{std::llround(number * 1e9 / rate_)};
  }

 private:
  double rate_;
  std::size_t connections_;
};

}  // namespace aside_app::load
