#include "swarm/load/response_reader.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>

namespace aside_app::load {
namespace {

std::string lower(std::string_view text) {
  std::string result{text};
  for (auto& each : result)
    each = static_cast<char>(std::tolower(static_cast<unsigned char>(each)));
  return result;
}

std::string_view trimmed(std::string_view text) {
  const auto begin = std::min(text.find_first_not_of(" \t"), text.size());
  text.remove_prefix(begin);
  return text.substr(0, text.find_last_not_of(" \t") + 1);
}

/// Whether a comma-separated list names `word`, both in lower case.
bool names(std::string_view list, std::string_view word) {
  while (!list.empty()) {
    const auto comma = std::min(list.find(','), list.size());
    if (trimmed(list.substr(0, comma)) == word) return true;
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  return false;
}

bool number(std::string_view text, int base, std::uint64_t& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  return error == std::errc{} && end == text.data() + text.size();
}

}  // namespace

response_reader::found response_reader::feed(std::string_view& piece) {
  while (!piece.empty()) {
    if (at_ == place::to_the_end) {
      piece = {};
    } else if (at_ == place::sized || at_ == place::chunk) {
      const auto part = std::min<std::uint64_t>(left_, piece.size());
      piece.remove_prefix(part);
      left_ -= part;
      if (left_ > 0) continue;
      if (at_ == place::sized) {
        at_ = place::start;
        return found::response;
      }
      at_ = place::chunk_end;
    } else {
      const auto end = piece.find('\n');
      const auto part = std::min(end, piece.size());
      if (line_.size() + part > longest_head || (head_bytes_ += part) > longest_head)
        return found::nonsense;
      line_.append(piece.substr(0, part));
      if (end == std::string_view::npos) {
        piece = {};
        continue;
      }
      piece.remove_prefix(end + 1);
      if (!line_.empty() && line_.back() == '\r') line_.pop_back();
      const auto what = take_line();
      line_.clear();
      if (what != found::more) return what;
    }
  }
  return found::more;
}

response_reader::found response_reader::end() noexcept {
  if (at_ == place::to_the_end) {
    at_ = place::start;
    return found::response;
  }
  return between() ? found::more : found::nonsense;
}

response_reader::found response_reader::take_line() {
  std::uint64_t value = 0;
  switch (at_) {
    case place::start:
      if (!line_.starts_with("HTTP/1.") || line_.size() < 12 || line_[8] != ' ' ||
          !number(std::string_view{line_}.substr(9, 3), 10, value) || value < 100)
        return found::nonsense;
      status_ = static_cast<int>(value);
      closes_ = line_[7] == '0';
      chunked_ = sized_ = false;
      left_ = 0;
      at_ = place::head;
      return found::more;
    case place::head:
      if (line_.empty()) return head_is_over();
      return take_field() ? found::more : found::nonsense;
    case place::chunk_size: {
      const auto digits = trimmed(std::string_view{line_}.substr(0, line_.find(';')));
      if (!number(digits, 16, left_)) return found::nonsense;
      head_bytes_ = 0;
      at_ = left_ > 0 ? place::chunk : place::trailer;
      return found::more;
    }
    case place::chunk_end:
      at_ = place::chunk_size;
      return line_.empty() ? found::more : found::nonsense;
    case place::trailer:
      if (!line_.empty()) return found::more;
      at_ = place::start;
      head_bytes_ = 0;
      return found::response;
    default: return found::nonsense;
  }
}

response_reader::found response_reader::head_is_over() noexcept {
  head_bytes_ = 0;
  at_ = place::start;
  if (status_ < 200) return found::more;  // an interim response: the real one follows
  if (status_ == 204 || status_ == 304) return found::response;
  if (chunked_) {
    at_ = place::chunk_size;
  } else if (sized_) {
    if (left_ == 0) return found::response;
    at_ = place::sized;
  } else {
    closes_ = true;
    at_ = place::to_the_end;
  }
  return found::more;
}

bool response_reader::take_field() {
  const auto colon = line_.find(':');
  if (colon == std::string::npos || colon == 0) return false;
  const auto name = lower(std::string_view{line_}.substr(0, colon));
  const auto value = lower(trimmed(std::string_view{line_}.substr(colon + 1)));
  if (name == "content-length") {
    sized_ = true;
    return number(value, 10, left_);
  }
  if (name == "transfer-encoding") chunked_ = names(value, "chunked");
  if (name == "connection") {
    if (names(value, "close")) closes_ = true;
    if (names(value, "keep-alive")) closes_ = false;
  }
  return true;
}

}  // namespace aside_app::load
