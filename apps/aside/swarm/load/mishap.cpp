#include "swarm/load/mishap.hpp"

namespace aside_app::load {

mishap of_connect(const std::error_code& error) noexcept {
  using std::errc;
  if (error == errc::connection_refused) return mishap::refused;
  if (error == errc::address_not_available) return mishap::no_port;
  if (error == errc::too_many_files_open || error == errc::too_many_files_open_in_system)
    return mishap::no_descriptor;
  if (error == errc::timed_out) return mishap::no_answer;
  return mishap::not_connected;
}

mishap of_stream(const std::error_code& error) noexcept {
  using std::errc;
  if (error == errc::connection_reset || error == errc::broken_pipe) return mishap::reset;
  if (error == errc::timed_out) return mishap::no_answer;
  return mishap::other;
}

std::string_view words_of(mishap what) noexcept {
  switch (what) {
    case mishap::none: return "are well";
    case mishap::refused: return "were refused";
    case mishap::no_port: return "found no free port at their source address";
    case mishap::no_descriptor: return "found no free descriptor";
    case mishap::not_connected: return "could not be opened";
    case mishap::closed: return "were closed by the server";
    case mishap::reset: return "were reset by the server";
    case mishap::wrong_bytes: return "got wrong bytes";
    case mishap::wrong_status: return "got another status";
    case mishap::no_answer: return "got no answer in time";
    case mishap::other: return "failed";
  }
  return {};
}

}  // namespace aside_app::load
