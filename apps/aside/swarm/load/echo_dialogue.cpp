#include "swarm/load/echo_dialogue.hpp"

#include <random>

namespace aside_app::load {
namespace {

std::uint64_t mixed(std::uint64_t x) noexcept {
  x *= 0xd6e8feb86659fd93u;
  x ^= x >> 32;
  return x * 0xd6e8feb86659fd93u;
}

}  // namespace

message_bytes::message_bytes(std::size_t largest) : bytes_(places + largest, '\0') {
  std::minstd_rand random{7};
  for (auto& each : bytes_)
    each = static_cast<char>(random() >> 8);
}

std::string_view message_bytes::window(std::uint64_t connection, std::uint64_t number,
                                       std::size_t size) const noexcept {
  const auto place = mixed(number * 0x10001 + connection) >> 50;
  return std::string_view{bytes_}.substr(place, size);
}

std::string_view echo_dialogue::ask(unsigned count) {
  come_ = 0;
  expected_ = bytes_.window(connection_, number_++, size_ * count);
  return expected_;
}

dialogue::taken echo_dialogue::take(std::string_view bytes) {
  if (bytes.size() > expected_.size() - come_ ||
      bytes != expected_.substr(come_, bytes.size()))
    return {0, 0, mishap::wrong_bytes};
  const auto before = come_ / size_;
  come_ += bytes.size();
  return {static_cast<unsigned>(come_ / size_ - before), 0, mishap::none};
}

}  // namespace aside_app::load
