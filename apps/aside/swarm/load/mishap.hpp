#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <system_error>

namespace aside_app::load {

/// Why a connection came to nothing, or ended before its time. The order is that of `mishap_names`.
enum class mishap : std::uint8_t {
  none,
  refused,        ///< ECONNREFUSED: nobody listens
  no_port,        ///< EADDRNOTAVAIL: the source address has no free port, or is not ours
  no_descriptor,  ///< EMFILE, ENFILE
  not_connected,  ///< any other error of connect
  closed,         ///< the peer has ended the stream
  reset,          ///< ECONNRESET, EPIPE
  wrong_bytes,    ///< not what was sent, more than was asked for, or no HTTP
  wrong_status,   ///< HTTP, but another status: of an answer, the connection goes on
  no_answer,      ///< not within the patience
  other,          ///< any other error of an open connection
};
inline constexpr std::size_t mishap_kinds = 11;

/// Keys of the JSON result.
inline constexpr std::array<std::string_view, mishap_kinds> mishap_names{
    "none",   "refused", "no_port",     "no_descriptor", "not_connected", "closed",
    "reset",  "wrong_bytes", "wrong_status", "no_answer",     "other"};

mishap of_connect(const std::error_code& error) noexcept;
mishap of_stream(const std::error_code& error) noexcept;

/// What happened, as the end of "127 connections ...".
std::string_view words_of(mishap what) noexcept;

}  // namespace aside_app::load
