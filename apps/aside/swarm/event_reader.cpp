#include "swarm/event_reader.hpp"

#include <charconv>

namespace aside_app {
namespace {

/// The value of "field: value" or "field:value"; false when the line is another field.
bool value_of(std::string_view line, std::string_view field, std::string& value) {
  if (!line.starts_with(field) || line.size() <= field.size() || line[field.size()] != ':')
    return false;
  line.remove_prefix(field.size() + 1);
  if (line.starts_with(' ')) line.remove_prefix(1);
  if (!value.empty()) value += '\n';
  value += line;
  return true;
}

}  // namespace

int status_of(std::string_view line) noexcept {
  constexpr std::string_view begin = "HTTP/1.1 ";
  if (!line.starts_with(begin)) return 0;
  line.remove_prefix(begin.size());
  int status = 0;
  std::from_chars(line.data(), line.data() + line.size(), status);
  return status;
}

event_reader::taken event_reader::take_line() {
  if (status_ == 0) {
    status_ = status_of(line_);
    return status_ == 200 ? taken::line : taken::refusal;
  }
  if (in_head_) {
    if (line_.empty()) in_head_ = false;
    return taken::line;
  }
  if (!line_.empty()) {
    if (!value_of(line_, "data", data_)) value_of(line_, "event", name_);
    return taken::line;
  }
  return data_.empty() && name_.empty() ? taken::line : taken::event;
}

}  // namespace aside_app
