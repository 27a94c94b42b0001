#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace aside_app {

/// Reads a stream of server-sent events as a swarm needs it: the response's status, then for each
/// event its name and its data. Feed it pieces cut anywhere.
class event_reader {
 public:
  /// Calls `on_event(name, data)` for each whole event in `piece`; both are valid only meanwhile.
  /// False when the response is not a 200: nothing more is read then.
  template <class OnEvent>
  bool feed(std::string_view piece, OnEvent on_event) {
    while (!piece.empty()) {
      const auto end = piece.find('\n');
      line_.append(piece.substr(0, end));
      if (end == std::string_view::npos) break;
      piece.remove_prefix(end + 1);
      if (!line_.empty() && line_.back() == '\r') line_.pop_back();
      const auto what = take_line();
      line_.clear();
      if (what == taken::refusal) return false;
      if (what == taken::event) {
        on_event(std::string_view{name_}, std::string_view{data_});
        name_.clear();
        data_.clear();
      }
    }
    return true;
  }

  /// The response's status; 0 until it is known.
  int status() const noexcept { return status_; }

 private:
  enum class taken : std::uint8_t { line, event, refusal };
  taken take_line();

  std::string line_;
  std::string name_;
  std::string data_;
  int status_ = 0;
  bool in_head_ = true;
};

/// The status of a response's first line ("HTTP/1.1 202 Accepted"); 0 when it is none.
int status_of(std::string_view line) noexcept;

}  // namespace aside_app
