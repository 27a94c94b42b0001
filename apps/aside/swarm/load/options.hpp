#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace aside_app::load {

enum class protocol : std::uint8_t { tcp, http };

/// What `aside swarm tcp` or `aside swarm http` was asked for. Connections, idle ones and rates are those
/// of all processes together.
struct options {
  load::protocol protocol = load::protocol::tcp;
  std::string target = "127.0.0.1:7000";
  std::size_t connections = 100;
  std::size_t idle = 0;
  std::size_t processes = 1;
  std::vector<std::string> sources;
  double ramp = 0;  ///< connections a second; 0: as fast as they are accepted
  double rate = 0;  ///< messages a second; 0: closed loop
  std::size_t in_flight = 1;
  std::chrono::milliseconds think{0};
  std::chrono::milliseconds warm_up{1'000};
  std::chrono::milliseconds duration{10'000};
  std::chrono::milliseconds patience{10'000};  ///< for a handshake, and for an answer
  std::size_t size = 64;                       ///< tcp: bytes of a message
  std::string path = "/";                      ///< http
  int status = 200;                            ///< http: what every answer must be
  bool json = false;
  std::string engine = "auto";
  unsigned workers = 1;  ///< of each process

  /// Which of the processes this is, when it is one: it steps when told on stdin, and reports in JSON
  /// lines.
  std::size_t share = 0;
  bool controlled = false;

  bool open_loop() const noexcept { return rate > 0; }
  /// What of `all` falls to process `share`: those whose number leaves this rest.
  std::size_t mine(std::size_t all) const noexcept {
    return all / processes + (share < all % processes ? 1 : 0);
  }
  /// The number among all of this process's connection `index`.
  std::size_t number_of(std::size_t index) const noexcept { return index * processes + share; }
};

}  // namespace aside_app::load
