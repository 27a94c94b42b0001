#include <aside/http/request.hpp>

namespace aside::inline ASIDE_ABI::http {

namespace {

// What is left of a target in absolute form once scheme and authority are gone.
std::string_view without_authority(std::string_view target) {
  if (target.empty() || target.front() == '/' || target.front() == '*') return target;
  const auto scheme = target.find("://");
  if (scheme == std::string_view::npos) return target;
  const auto end = target.find_first_of("/?#", scheme + 3);
  return end == std::string_view::npos ? std::string_view() : target.substr(end);
}

}  // namespace

std::string_view request::path() const {
  const auto rest = without_authority(target_);
  const auto path = rest.substr(0, rest.find_first_of("?#"));
  return path.empty() ? std::string_view("/") : path;
}

std::string_view request::query() const {
  auto rest = without_authority(target_);
  rest = rest.substr(0, rest.find('#'));
  const auto mark = rest.find('?');
  return mark == std::string_view::npos ? std::string_view() : rest.substr(mark + 1);
}

bool request::keep_alive() const {
  if (headers_.has_token("connection", "close")) return false;
  return version_minor_ == 1 || headers_.has_token("connection", "keep-alive");
}

void request::clear() {
  method_.clear();
  target_.clear();
  headers_.clear();
  body_.clear();
  version_minor_ = 1;
}

}  // namespace aside::inline ASIDE_ABI::http
