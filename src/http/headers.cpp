#include <aside/http/headers.hpp>

#include "http/characters.hpp"

#include <limits>
#include <stdexcept>

namespace aside::inline ASIDE_ABI::http {

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i != a.size(); ++i) {
    if (detail::to_lower(a[i]) != detail::to_lower(b[i])) return false;
  }
  return true;
}

void headers::add(std::string_view name, std::string_view value) {
  if (!detail::is_token(name)) {
    throw std::invalid_argument(
        "http: a header field name must be a token (letters, digits, some punctuation): "
        "check the name given to headers::add");
  }
  if (!detail::is_value(value)) {
    throw std::invalid_argument(
        "http: the value of header field '" + std::string(name) +
        "' holds a control character or an outer blank: encode or trim it before adding it");
  }
  append_unchecked(name, value);
}

void headers::append_unchecked(std::string_view name, std::string_view value) {
  if (text_.size() + name.size() + value.size() > std::numeric_limits<std::uint32_t>::max()) {
    throw std::length_error("http: header fields larger than 4 GiB: send it as the body");
  }
  field f{};
  f.name_begin = static_cast<std::uint32_t>(text_.size());
  f.value_begin = static_cast<std::uint32_t>(text_.size() + name.size());
  f.value_end = static_cast<std::uint32_t>(f.value_begin + value.size());
  if (fields_.empty()) fields_.reserve(8);
  text_.append(name).append(value);
  fields_.push_back(f);
}

void headers::clear() {
  text_.clear();
  fields_.clear();
}

header_view headers::operator[](std::size_t index) const {
  const field& f = fields_[index];
  const std::string_view text = text_;
  return {text.substr(f.name_begin, f.value_begin - f.name_begin),
          text.substr(f.value_begin, f.value_end - f.value_begin)};
}

std::optional<std::string_view> headers::find(std::string_view name) const {
  for (std::size_t i = 0; i != size(); ++i) {
    const header_view line = (*this)[i];
    if (equal_ignoring_case(line.name(), name)) return line.value();
  }
  return std::nullopt;
}

std::size_t headers::count(std::string_view name) const {
  std::size_t n = 0;
  for (std::size_t i = 0; i != size(); ++i) {
    if (equal_ignoring_case((*this)[i].name(), name)) ++n;
  }
  return n;
}

bool headers::has_token(std::string_view name, std::string_view token) const {
  for (std::size_t i = 0; i != size(); ++i) {
    const header_view line = (*this)[i];
    if (!equal_ignoring_case(line.name(), name)) continue;
    std::string_view list = line.value();
    for (auto e = detail::next_list_element(list); !e.empty();
         e = detail::next_list_element(list)) {
      if (equal_ignoring_case(e, token)) return true;
    }
  }
  return false;
}

}  // namespace aside::inline ASIDE_ABI::http
